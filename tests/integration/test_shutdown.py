# SPDX-License-Identifier: Apache-2.0
"""SIGTERM under load: accepted requests are answered, nothing acknowledged is lost, exit status 0."""
import concurrent.futures
import contextlib
import http.client
import json
import os
import signal
import socket
import threading
import unittest

from bare_http2 import BareHttp2
from disk_faults import LIBRARY, READ, SYNC, DiskFaults
from skald_server import PATIENCE, SkaldServer, now_ns, wait_for
from test_grpc import push_request
from test_tail import BareTail

QUERY = '{app="bye"}'


class Load:
    """Pushes over HTTP and gRPC, queries and tails, each as fast as it is answered, until the server is gone."""

    def __init__(self, server):
        self.server, self.start = server, now_ns()
        self.acknowledged, self.tailed, self.broken, self.closed = [], [], [], []
        self.warm = threading.Semaphore(0)
        steps = [self.push] * 3 + [self.push_by_grpc] * 2 + [self.ask] * 2 + [self.tail] * 2
        self.threads = [threading.Thread(target=self.run, args=(step, f"t{i}")) for i, step in enumerate(steps)]
        for thread in self.threads:
            thread.start()

    def run(self, step, name):
        try:
            step(name)
        except http.client.IncompleteRead as error:
            self.broken.append(f"{name}: {error}")
        except (OSError, EOFError, http.client.HTTPException):
            pass

    def took(self, line):
        self.acknowledged.append(line)
        self.warm.release()

    def push(self, name):
        number = 0
        with contextlib.closing(self.server.connect()) as connection:
            while True:
                number += 1
                line = f"{name}-{number}"
                body = json.dumps({"streams": [{"stream": {"app": "bye"}, "values": [[str(now_ns()), line]]}]})
                connection.request("POST", "/loki/api/v1/push", body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                response.read()
                if response.status != 204:
                    return
                self.took(line)

    def push_by_grpc(self, name):
        number = 0
        while True:
            number += 1
            line = f"{name}-{number}"
            with BareHttp2(self.server) as client:
                if client.call(push_request(QUERY, [(now_ns(), line)])) != 0:
                    return
            self.took(line)

    def ask(self, _):
        with contextlib.closing(self.server.connect()) as connection:
            while True:
                connection.request("GET", "/loki/api/v1/query_range?query=%7Bapp%3D%22bye%22%7D&limit=5000")
                response = connection.getresponse()
                body = response.read()
                if response.status == 200:
                    json.loads(body)

    def tail(self, name):
        with BareTail(self.server, QUERY) as tail:
            try:
                while True:
                    self.tailed += [value[1] for stream in tail.message()["streams"] for value in stream["values"]]
            except EOFError as end:
                self.closed.append(end.args[0][:2] if end.args else f"{name}: no close")


class Shutdown(unittest.TestCase):
    def lines(self, server, start):
        found = [line for _, line in server.lines(QUERY, start, now_ns())]
        self.assertEqual(len(found), len(set(found)))
        return set(found)

    def test_sigterm_under_load(self):
        with SkaldServer(["-validation.max-entries-limit=0", "-querier.max-concurrent-tail-requests=10"]) as server:
            load = Load(server)
            for _ in range(300):
                self.assertTrue(load.warm.acquire(timeout=PATIENCE))
            self.assertEqual(server.stop(), 0)
            for thread in load.threads:
                thread.join()
            self.assertEqual(load.broken, [])
            self.assertEqual(load.closed, [b"\x03\xe9"] * 2, "tails are told that the server goes away")
            server.start()
            found = self.lines(server, load.start)
            self.assertLessEqual(set(load.acknowledged), found)
            self.assertGreater(len(load.tailed), 0)
            self.assertLessEqual(set(load.tailed), found, "a tail showed what is not stored")

    @unittest.skipUnless(os.path.exists(LIBRARY), "the preloaded library is not built")
    def test_requests_that_wait_for_the_disk_are_answered(self):
        """The disk is held, so that all of them are under way when the signal comes, and goes on only after that."""
        server = SkaldServer()
        self.addCleanup(server.__exit__)
        faults = DiskFaults(server)
        server.start()
        start = now_ns()
        self.assertEqual(server.push([({"app": "bye"}, [(start, "stored")])]).status, 204)
        server.flush()
        self.assertEqual(server.stop(), 0)
        server.start()  # With empty caches.
        with concurrent.futures.ThreadPoolExecutor(30) as pool, BareTail(server, QUERY, start=now_ns()) as tail:
            self.addCleanup(faults.release)
            faults.hold(SYNC | READ)
            asked = [pool.submit(server.lines, QUERY, start - 1, start + 1) for _ in range(4)]
            pushed = [self.push(pool, server, 0)]
            one = wait_for("a push at the disk", lambda: self.waiting_bytes(server))
            pushed += [self.push(pool, server, i) for i in range(1, 8)]
            called = [pool.submit(self.call, server, f"grpc {i}") for i in range(8)]
            half = self.half_a_push(server)
            wait_for("pushes at the disk", lambda: self.waiting_bytes(server) == 16 * one)
            wait_for("queries", lambda: self.queries_under_way(server) == 4)
            server.process.send_signal(signal.SIGTERM)
            wait_for("the stop to begin", lambda: self.is_refused(server.grpc_port))
            self.assertFalse(any(each.done() for each in [*asked, *pushed, *called]))
            half.sendall(b'"late"]]}]}')
            faults.release()
            self.assertEqual([each.result().status for each in pushed], [204] * 8)
            self.assertEqual([each.result() for each in called], [0] * 8)
            self.assertEqual([each.result() for each in asked], [[(start, "stored")]] * 4)
            answer = http.client.HTTPResponse(half)
            answer.begin()
            self.assertEqual(answer.status, 204)
            half.close()
            with self.assertRaises(EOFError) as end:
                while True:
                    tail.message()
            self.assertEqual(end.exception.args[0][:2], b"\x03\xe9")
        self.assertEqual(server.process.wait(timeout=PATIENCE), 0)
        server.start()
        expected = {"stored", "late", *[f"{kind} {i}" for kind in ("http", "grpc") for i in range(8)]}
        self.assertEqual(self.lines(server, start), expected)

    @staticmethod
    def call(server, line):
        with BareHttp2(server, timeout=PATIENCE) as client:
            return client.call(push_request(QUERY, [(now_ns(), line)]))

    @staticmethod
    def half_a_push(server):
        client = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
        body = '{"streams":[{"stream":{"app":"bye"},"values":[["%d",' % now_ns()
        head = f"POST /loki/api/v1/push HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body) + 11}\r\n\r\n"
        client.sendall((head + body).encode())
        return client

    @staticmethod
    def push(pool, server, number):
        return pool.submit(server.push, [({"app": "bye"}, [(now_ns(), f"http {number}")])])

    def waiting_bytes(self, server):
        return self.metric(server, "skald_ingester_in_flight_bytes")

    def queries_under_way(self, server):
        return self.metric(server, "loki_inflight_requests", 'route="loki_api_v1_query_range"')

    @staticmethod
    def metric(server, name, label=""):
        for line in server.get("/metrics").text.splitlines():
            if line.startswith((name + " ", name + "{")) and label in line:
                return float(line.rsplit(" ", 1)[1])
        return 0

    @staticmethod
    def is_refused(port):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
        except (ConnectionRefusedError, ConnectionResetError):  # Reset: by a socket that is closed meanwhile.
            return True
        return False


if __name__ == "__main__":
    unittest.main()

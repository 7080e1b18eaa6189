# SPDX-License-Identifier: Apache-2.0
"""Live tail over real WebSockets: a client from the npm registry, and one of bare sockets for what a client may do wrong."""
import base64
import functools
import json
import os
import queue
import socket
import subprocess
import threading
import time
import unittest
import urllib.parse

import shape_checker
from skald_server import PATIENCE, SkaldServer, now_ns

# Longer than anybody waits for the end.
LONG_GRACE = ["-server.graceful-shutdown-timeout=1h"]
CLIENTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clients")

# Many tails of one query get the same messages.
check_frame = functools.lru_cache(maxsize=8)(shape_checker.check_tail_frame)


class NodeTail:
    """tail.mjs and its events."""

    def __init__(self, server, query, **parameters):
        parameters["query"] = query
        url = f"ws://127.0.0.1:{server.port}/loki/api/v1/tail?{urllib.parse.urlencode(parameters)}"
        self.process = subprocess.Popen(["node", "tail.mjs", url], cwd=CLIENTS, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.events = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def _read(self):
        for line in self.process.stdout:
            event = line.rstrip("\n")
            if event.startswith("frame "):
                try:
                    check_frame(event.removeprefix("frame ").encode(), False, False)
                    continue
                except shape_checker.ShapeError as error:
                    event = f"misshapen {error}: {event}"
            self.events.put((time.monotonic(), event))
        self.events.put((time.monotonic(), None))

    def next(self, skip=("ping",)):
        while True:
            at, event = self.events.get(timeout=PATIENCE)
            if event not in skip:
                return at, event

    def event(self):
        return self.next()[1]

    def close(self):
        self.process.stdin.write("close\n")
        self.process.stdin.flush()


class BareTail:
    """A WebSocket on a socket, as much as the tests need."""

    def __init__(self, server, query, headers=(), receive_buffer=None, path="/loki/api/v1/tail", **parameters):
        self.categorized = any("categorize-labels" in header for header in headers)
        self.legacy = "/api/prom/" in path
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", server.port))
        parameters["query"] = query
        lines = [f"GET {path}?{urllib.parse.urlencode(parameters)} HTTP/1.1", "Host: x", "Upgrade: websocket",
                 "Connection: keep-alive, Upgrade", "Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)).decode(),
                 "Sec-WebSocket-Version: 13", *headers]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self._receive()
        self.head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _receive(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError
        return data

    def _take(self, size):
        while len(self.buffer) < size:
            self.buffer += self._receive()
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def frame(self):
        """(opcode, payload) of the next frame; a message of the right shape."""
        first, size = self._take(2)
        assert first & 0x80, "a message in one frame"
        if size == 126:
            size = int.from_bytes(self._take(2), "big")
        elif size == 127:
            size = int.from_bytes(self._take(8), "big")
        code, payload = first & 15, self._take(size)
        if code == 1:
            check_frame(payload, self.categorized, self.legacy)
        return code, payload

    def send_frame(self, code, payload):
        self.socket.sendall(bytes([0x80 | code, 0x80 | len(payload), 0, 0, 0, 0]) + payload)

    def message(self):
        while True:
            code, payload = self.frame()
            if code == 1:
                return json.loads(payload)
            if code == 8:
                raise EOFError(payload)


class Tail(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not os.path.isdir(os.path.join(CLIENTS, "node_modules", "ws")):
            subprocess.run(["npm", "ci", "--silent", "--no-progress"], cwd=CLIENTS, check=True, timeout=300)

    def push(self, server, line, app="a", at=None):
        answer = server.push([({"app": app}, [(at or now_ns(), line)])])
        self.assertEqual(answer.status, 204, answer.text)

    def test_history_then_live_each_line_once(self):
        with SkaldServer() as server:
            for i in range(5):
                self.push(server, f"old {i}")
            with NodeTail(server, '{app="a"} |~ "old|new" != "new 1"', limit=3) as tail:
                self.assertEqual([tail.event() for _ in range(4)], ["open", "line old 2", "line old 3", "line old 4"])
                for i in range(20):
                    self.push(server, f"new {i}")
                    self.push(server, f"new {i}", app="b")
                expected = [f"line new {i}" for i in range(20) if i != 1 and i < 10]
                self.assertEqual([tail.event() for _ in expected], expected)
                tail.close()
                while (event := tail.event()).startswith("line"):
                    pass
                self.assertTrue(event.startswith("close 1000"), event)

    def test_lines_come_soon(self):
        with SkaldServer() as server, NodeTail(server, '{app="a"}') as tail:
            self.assertEqual(tail.event(), "open")
            delays, begin = [], time.monotonic()
            # Of some that follow each other the half; of more, as long as the machine delays them.
            while len(delays) < 20 or sorted(delays[-20:])[10] >= 0.25:
                self.assertLess(time.monotonic() - begin, PATIENCE, delays)
                line = f"line {len(delays)}"
                self.push(server, line)
                pushed = time.monotonic()
                at, event = tail.next()
                self.assertEqual(event, f"line {line}")
                delays.append(at - pushed)

    def test_pings_and_the_end_of_the_server(self):
        with SkaldServer() as server, NodeTail(server, '{app="a"}') as tail:
            self.assertEqual(tail.event(), "open")
            self.assertEqual(tail.next(skip=())[1], "ping")
            server.process.terminate()
            self.assertEqual(tail.event(), "close 1001 shutting down")
            self.assertEqual(server.process.wait(timeout=PATIENCE), 0)

    def test_a_large_limit_brings_what_a_query_may_have(self):
        config = "auth_enabled: false\nlimits_config: {max_entries_limit_per_query: 3}\n"
        with SkaldServer(config=config) as server:
            for i in range(5):
                self.push(server, f"old {i}")
            with NodeTail(server, '{app="a"}', limit=1000) as tail:
                self.assertEqual([tail.event() for _ in range(4)], ["open", "line old 2", "line old 3", "line old 4"])
                self.push(server, "new")
                self.assertEqual(tail.event(), "line new")

    def test_refusals(self):
        config = "auth_enabled: false\nlimits_config: {max_concurrent_tail_requests: 1}\n"
        with SkaldServer(config=config) as server:
            for query in ("{app=", '{app="a"} |~ "("', "{}"):
                with NodeTail(server, query) as tail:
                    self.assertEqual(tail.event(), "refused 400", query)
            with NodeTail(server, '{app="a"}', delay_for=6) as tail:
                self.assertEqual(tail.event(), "refused 400")
            with NodeTail(server, 'rate({app="a"}[1m])') as tail:
                self.assertEqual([tail.event(), tail.event()], ["open", "close 1011 only log selector is supported"])
            plain = server.get("/loki/api/v1/tail", {"query": '{app="a"}'})
            self.assertEqual((plain.status, plain.text, plain.headers["sec-websocket-version"]), (400, "Bad Request\n", "13"))
            with NodeTail(server, '{app="a"}') as first:
                self.assertEqual(first.event(), "open")
                with NodeTail(server, '{app="a"}') as second:
                    self.assertEqual([second.event(), second.event()],
                                     ["open", "close 1011 max concurrent tail requests limit exceeded, count > limit (2 > 1) "
                                      "(limits_config.max_concurrent_tail_requests)"])

    def test_a_tail_ends_after_its_time(self):
        with SkaldServer(["-querier.tail-max-duration=1s"]) as server, NodeTail(server, '{app="a"}') as tail:
            self.assertEqual([tail.event(), tail.event()], ["open", "close 1011 reached tail max duration limit (querier.tail_max_duration)"])

    def test_a_reader_that_sleeps_is_told_what_it_missed(self):
        # Not reading is what this is about: it is not to be sent away for it, however slow the machine is.
        with SkaldServer(["-server.http-write-timeout=1h"],
                         config="auth_enabled: false\nlimits_config: {ingestion_rate_mb: 1000, ingestion_burst_size_mb: 1000,"
                                " per_stream_rate_limit: 1GB, per_stream_rate_limit_burst: 1GB}\n") as server, \
                BareTail(server, '{app="a"}', receive_buffer=4096) as slow:
            pad = "x" * 1000
            start = now_ns()
            for i in range(100):
                answer = server.push([({"app": "a"}, [(start + i * 200 + j, f"{i} {j} {pad}") for j in range(200)])])
                self.assertEqual(answer.status, 204)
            seen, dropped = 0, 0
            self.push(server, "the end")
            # No more are listed. The first list may be shorter: a busy server drops some before the socket is full.
            while dropped < 1000:
                message = slow.message()
                seen += len(message["streams"])
                dropped = len(message.get("dropped_entries", []))
            self.assertEqual(dropped, 1000)
            self.assertGreater(seen, 0)
            self.assertLess(seen, 20000)
            self.assertEqual(set(message["dropped_entries"][0]), {"timestamp", "labels"})

    def test_a_reader_that_sleeps_does_not_hold_up_the_end(self):
        with SkaldServer(LONG_GRACE, config="auth_enabled: false\nlimits_config: {ingestion_rate_mb: 1000, ingestion_burst_size_mb: 1000,"
                                            " per_stream_rate_limit: 1GB, per_stream_rate_limit_burst: 1GB}\n") as server, \
                BareTail(server, '{app="a"}', receive_buffer=4096):
            start = now_ns()
            for i in range(50):
                server.push([({"app": "a"}, [(start + i * 200 + j, "x" * 1000) for j in range(200)])])
            self.assertEqual(server.stop(), 0)

    def test_a_client_that_answers_the_close_and_stays_does_not_hold_up_the_end(self):
        with SkaldServer(LONG_GRACE) as server, BareTail(server, '{app="a"}') as tail:
            server.process.terminate()
            code = None
            while code != 8:
                code, _ = tail.frame()
            tail.send_frame(8, (1001).to_bytes(2, "big"))
            self.assertEqual(server.process.wait(timeout=PATIENCE), 0)

    def test_quick_readers_beside_sleeping_ones_that_ping(self):
        """Enough tails that they share a message's pages; some read nothing until the end, and ping all the time."""
        config = ("auth_enabled: false\nlimits_config: {max_concurrent_tail_requests: 0, ingestion_rate_mb: 1000,"
                  " ingestion_burst_size_mb: 1000, per_stream_rate_limit: 1GB, per_stream_rate_limit_burst: 1GB}\n")
        # Not reading is what this is about: nobody is to be sent away for it, however slow the machine is.
        with SkaldServer(["-server.http-write-timeout=1h"], config=config) as server:
            quick = [BareTail(server, '{app="a"}') for _ in range(36)]
            slow = [BareTail(server, '{app="a"}', receive_buffer=4096) for _ in range(4)]
            start, pad, pushes = now_ns(), "x" * 1000, 60
            for i in range(pushes):
                for tail in slow:
                    tail.send_frame(9, str(i).encode())
                answer = server.push([({"app": "a"}, [(start + i * 200 + j, f"{i * 200 + j} {pad}") for j in range(200)])])
                self.assertEqual(answer.status, 204)
                seen = [0] * len(quick)
                for which, tail in enumerate(quick):
                    while seen[which] < 200:
                        message = tail.message()
                        self.assertNotIn("dropped_entries", message)
                        for stream in message["streams"]:
                            self.assertEqual(stream["values"], [[str(start + i * 200 + seen[which]), f"{i * 200 + seen[which]} {pad}"]])
                            seen[which] += 1
            self.push(server, "the end", at=start + pushes * 200)
            for tail in slow:
                last, pongs, dropped = -1, [], 0  # The longest list.
                while dropped < 1000 or len(pongs) < pushes:
                    code, payload = tail.frame()
                    if code == 10:
                        pongs.append(int(payload))
                    if code != 1:
                        continue
                    message = json.loads(payload)
                    dropped = max(dropped, len(message.get("dropped_entries", [])))
                    for stream in message["streams"]:
                        number = int(stream["values"][0][1].split()[0]) if stream["values"][0][1] != "the end" else pushes * 200
                        self.assertGreater(number, last)
                        last = number
                self.assertEqual(pongs, list(range(pushes)))
                self.assertEqual(dropped, 1000)
            for tail in quick + slow:
                tail.socket.close()

    def test_a_client_that_goes_without_a_word(self):
        with SkaldServer() as server:
            for _ in range(20):
                with BareTail(server, '{app="a"}') as tail:
                    self.assertTrue(tail.head.startswith(b"HTTP/1.1 101"), tail.head)
            deadline = time.monotonic() + PATIENCE
            while "loki_querier_tail_active 0" not in server.get("/metrics").text:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.05)
            self.push(server, "nobody listens")

    def test_categories_and_the_legacy_form(self):
        with SkaldServer() as server:
            at = now_ns()
            answer = server.push([({"app": "a"}, [(at, "k=v", {"m": "1"})])])
            self.assertEqual(answer.status, 204)
            with BareTail(server, '{app="a"} | logfmt', ["X-Loki-Response-Encoding-Flags: categorize-labels"]) as tail:
                self.assertEqual(tail.message(), {
                    "streams": [{"stream": {"app": "a", "service_name": "a"}, "values": [[str(at), "k=v", {
                        "structuredMetadata": {"detected_level": "unknown", "m": "1"}, "parsed": {"k": "v"}}]]}],
                    "encodingFlags": ["categorize-labels"]})
            with BareTail(server, '{app="a"} | logfmt', path="/api/prom/tail") as tail:
                [stream] = tail.message()["streams"]
                self.assertEqual(stream["labels"], '{app="a", detected_level="unknown", k="v", m="1", service_name="a"}')
                self.assertEqual(stream["entries"][0]["line"], "k=v")


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""Clients that mean no good over real sockets: each gets an end, and the server goes on answering others."""
import gzip
import os
import socket
import time
import unittest

from skald_server import SkaldServer, now_ns

CONFIG = """
auth_enabled: false
server:
  http_server_read_header_timeout: 500ms
  http_server_read_timeout: 1s
  http_server_idle_timeout: 1s
distributor: {max_recv_msg_size: 1MB, max_decompressed_size: 8MB}
"""
CLOSED_SECONDS_MAX = 20


def memory_bytes(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Attackers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = SkaldServer(config=CONFIG).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def tearDown(self):
        self.assertEqual(self.server.push([({"app": "a"}, [(now_ns(), "still here")])]).status, 204)

    def open(self):
        return socket.create_connection(("127.0.0.1", self.server.port), timeout=CLOSED_SECONDS_MAX)

    def read_to_end(self, client):
        answer = b""
        try:
            while part := client.recv(65536):
                answer += part
        except ConnectionError:
            pass
        return answer

    def push(self, body, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.server.request("POST", "/loki/api/v1/push", body, {"Content-Type": "application/json", **headers})

    def test_a_header_that_comes_byte_by_byte_is_cut_off(self):
        with self.open() as client:
            started = time.monotonic()
            try:
                for byte in b"GET /ready HTTP/1.1\r\n" + b"X-Slow: y\r\n" * 1000:
                    client.send(bytes([byte]))
                    time.sleep(0.02)
                    self.assertLess(time.monotonic() - started, CLOSED_SECONDS_MAX)
            except OSError:
                return
        self.fail("the server read on")

    def test_a_body_that_never_comes_is_given_up(self):
        with self.open() as client:
            client.sendall(b"POST /loki/api/v1/push HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
            self.read_to_end(client)

    def test_connections_that_say_nothing_are_closed(self):
        clients = [self.open() for _ in range(200)]
        for client in clients:
            with client:
                self.read_to_end(client)

    def test_huge_headers_are_refused(self):
        with self.open() as client:
            try:
                client.sendall(b"GET /ready HTTP/1.1\r\nHost: x\r\nX-Huge: " + b"x" * (8 << 20) + b"\r\n\r\n")
            except OSError:
                pass
            answer = self.read_to_end(client)
        self.assertNotIn(b" 200 ", answer.split(b"\r\n")[0])

    def test_a_chunked_body_without_end_is_cut_off(self):
        before = memory_bytes(self.server.process.pid)
        deadline = time.monotonic() + CLOSED_SECONDS_MAX
        with self.open() as client:
            client.sendall(b"POST /loki/api/v1/push HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                           b"Transfer-Encoding: chunked\r\n\r\n")
            with self.assertRaises(OSError):
                while time.monotonic() < deadline:
                    client.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        self.assertLess(memory_bytes(self.server.process.pid) - before, 32 << 20)

    def test_a_bomb_of_gzip_costs_no_more_than_the_limit(self):
        before = memory_bytes(self.server.process.pid)
        bomb = gzip.compress(b"\0" * (256 << 20), 6)
        for _ in range(3):
            answer = self.push(bomb, Content_Encoding="gzip")
            self.assertIn(answer.status, (400, 413))
        self.assertLess(memory_bytes(self.server.process.pid) - before, 64 << 20)

    def test_json_nested_a_hundred_thousand_times_is_refused(self):
        for text in (b"[" * 100_000, b'{"streams":' * 100_000, b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"):
            self.assertEqual(self.push(text).status, 400)

    def test_a_query_nested_a_hundred_thousand_times_is_refused(self):
        answer = self.server.get("/loki/api/v1/query", {"query": "(" * 100_000 + "1" + ")" * 100_000})
        self.assertEqual(answer.status, 400)


if __name__ == "__main__":
    unittest.main()

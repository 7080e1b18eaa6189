# SPDX-License-Identifier: Apache-2.0
"""Clients that mean no good over real sockets: each gets an end, and the server goes on answering others."""
import gzip
import os
import resource
import socket
import struct
import time
import unittest
import zlib

from skald_server import PATIENCE, SANITIZED, SkaldServer, now_ns

CONFIG = """
auth_enabled: false
server:
  http_server_read_header_timeout: 500ms
  http_server_read_timeout: 1s
  http_server_idle_timeout: 1s
distributor: {max_recv_msg_size: 1MB, max_decompressed_size: 8MB}
"""


def memory_bytes(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def flate(data):
    """Deflate as it is, without zlib's frame."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def snappy_bomb(size):
    """Zeros: a byte, then copies of 64 bytes from one byte before."""
    length, preamble = size, b""
    while length > 127:
        preamble += bytes([length & 127 | 128])
        length >>= 7
    return preamble + bytes([length]) + b"\x00\x00" + b"\xfe\x01\x00" * ((size - 1) // 64)


def zstd_bomb(size):
    """Blocks of one repeated byte."""
    block = struct.pack("<I", (128 << 10) << 3 | 1 << 1)[:3] + b"\x00"
    last = struct.pack("<I", 1 << 3 | 1 << 1 | 1)[:3] + b"\x00"
    return b"\x28\xb5\x2f\xfd\x00\x38" + block * (size // (128 << 10)) + last


def lz4_bomb(size):
    """Blocks of 4 MiB, each one byte and a match of all the others."""
    matched = (4 << 20) - 1 - 5
    data = b"\x1f\x00\x01\x00" + b"\xff" * ((matched - 19) // 255) + bytes([(matched - 19) % 255]) + b"\x50" + b"\x00" * 5
    return b"\x04\x22\x4d\x18\x60\x70\x73" + (struct.pack("<I", len(data)) + data) * (size >> 22) + b"\x00" * 4


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
        return socket.create_connection(("127.0.0.1", self.server.port), timeout=PATIENCE)

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

    def expect_growth(self, before, most):
        if not SANITIZED:
            self.assertLess(memory_bytes(self.server.process.pid) - before, most)

    def test_a_header_that_comes_byte_by_byte_is_cut_off(self):
        with self.open() as client:
            started = time.monotonic()
            try:
                for byte in b"GET /ready HTTP/1.1\r\n" + b"X-Slow: y\r\n" * 1000:
                    client.send(bytes([byte]))
                    time.sleep(0.02)
                    self.assertLess(time.monotonic() - started, PATIENCE)
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
        deadline = time.monotonic() + PATIENCE
        with self.open() as client:
            client.sendall(b"POST /loki/api/v1/push HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                           b"Transfer-Encoding: chunked\r\n\r\n")
            with self.assertRaises(OSError):
                while time.monotonic() < deadline:
                    client.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        self.expect_growth(before, 32 << 20)

    def test_a_bomb_of_gzip_costs_no_more_than_the_limit(self):
        before = memory_bytes(self.server.process.pid)
        bomb = gzip.compress(b"\0" * (256 << 20), 6)
        for _ in range(3):
            answer = self.push(bomb, Content_Encoding="gzip")
            self.assertIn(answer.status, (400, 413))
        self.expect_growth(before, 64 << 20)

    def test_bombs_of_every_compression_cost_no_more_than_the_limit(self):
        before = memory_bytes(self.server.process.pid)
        protobuf = "application/x-protobuf"
        bombs = [("/loki/api/v1/push", protobuf, None, snappy_bomb(21 << 20)),
                 ("/loki/api/v1/push", protobuf, None, b"\xff\xff\xff\xff\x0f" + b"\x00" * 100),  # 4 GiB, it says.
                 ("/loki/api/v1/push", "application/json", "deflate", flate(b" " * (256 << 20))),
                 ("/otlp/v1/logs", protobuf, "gzip", gzip.compress(b"\0" * (256 << 20), 6)),
                 ("/otlp/v1/logs", protobuf, "zstd", zstd_bomb(1 << 30)),
                 ("/otlp/v1/logs", protobuf, "lz4", lz4_bomb(160 << 20)),
                 # A bomb in a bomb.
                 ("/loki/api/v1/push", protobuf, "gzip", gzip.compress(snappy_bomb(100 << 20), 6))]
        for path, kind, encoding, body in bombs:
            headers = {"Content-Type": kind, **({"Content-Encoding": encoding} if encoding else {})}
            self.assertLess(len(body), 1 << 20)
            for _ in range(3):
                answer = self.server.request("POST", path, body, headers)
                self.assertIn(answer.status, (400, 413), (path, encoding, answer.text))
                self.assertIn("too large", answer.text)
        self.expect_growth(before, 64 << 20)

    def test_a_thousand_slow_headers_at_once_hold_nobody_up(self):
        clients = [self.open() for _ in range(1000)]
        try:
            for round_number in range(3):
                for client in clients:
                    try:
                        client.send(b"GET /ready HTTP/1.1\r\n" if round_number == 0 else b"X: y\r\n")
                    except OSError:
                        pass
                self.assertEqual(self.server.get("/ready").status, 200)
            for client in clients:
                self.read_to_end(client)
        finally:
            for client in clients:
                client.close()

    def test_connections_that_break_off_leave_nothing(self):
        before = len(os.listdir(f"/proc/{self.server.process.pid}/fd"))
        for number in range(300):
            client = self.open()
            client.sendall(b"POST /loki/api/v1/push HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + b"{" * number)
            # A reset instead of an end.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
        deadline = time.monotonic() + PATIENCE
        while len(os.listdir(f"/proc/{self.server.process.pid}/fd")) > before + 5:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)

    def test_a_million_header_lines_are_cut_off(self):
        with self.open() as client:
            try:
                client.sendall(b"GET /ready HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 1_000_000 + b"\r\n")
            except OSError:
                pass
            answer = self.read_to_end(client)
        self.assertNotIn(b" 200 ", answer.split(b"\r\n")[0])

    def test_json_nested_a_hundred_thousand_times_is_refused(self):
        for text in (b"[" * 100_000, b'{"streams":' * 100_000, b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"):
            self.assertEqual(self.push(text).status, 400)

    def test_a_query_nested_a_hundred_thousand_times_is_refused(self):
        answer = self.server.get("/loki/api/v1/query", {"query": "(" * 100_000 + "1" + ")" * 100_000})
        self.assertEqual(answer.status, 400)


class IdleConnections(unittest.TestCase):
    COUNT = 10_000
    BYTES_MAX = 6000

    def test_ten_thousand_cost_little_each(self):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < self.COUNT + 200:
            self.skipTest("not enough descriptors")
        resource.setrlimit(resource.RLIMIT_NOFILE, (self.COUNT + 200, hard))
        # None is to be closed while the others come, however slow the machine is.
        with SkaldServer(["-server.http-read-header-timeout=1h", "-server.http-idle-timeout=1h"]) as server:
            self.assertEqual(server.get("/ready").status, 200)
            before = memory_bytes(server.process.pid)
            clients = []
            for number in range(self.COUNT):
                client = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
                clients.append(client)
                if number % 10 == 0:  # One in ten has been used.
                    client.sendall(b"GET /ready HTTP/1.1\r\nHost: x\r\n\r\n")
                    self.assertIn(b" 200 ", client.recv(4096))
            deadline = time.monotonic() + PATIENCE
            while f'loki_tcp_connections{{protocol="http"}} {self.COUNT}' not in server.get("/metrics").text.replace(
                    str(self.COUNT + 1), str(self.COUNT)):
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.1)
            each = (memory_bytes(server.process.pid) - before) / self.COUNT
            print(f"{each:.0f} bytes a connection")
            if not SANITIZED:
                self.assertLess(each, self.BYTES_MAX)
            self.assertEqual(server.push([({"app": "a"}, [(now_ns(), "x")])]).status, 204)
            for client in clients:
                client.close()


if __name__ == "__main__":
    unittest.main()

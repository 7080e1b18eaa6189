# SPDX-License-Identifier: Apache-2.0
"""Clients of gRPC that mean no good, by frames made by hand: each costs little, and calls of others and HTTP are answered beside it."""
import gzip
import os
import socket
import ssl
import threading
import time
import unittest

from bare_http2 import (CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING, PREFACE, PUSH, RESET, SETTINGS, WINDOW, BareHttp2, frame,
                        literal, message, request_headers)
from certificates import CertificateCase
from skald_server import SANITIZED, SkaldServer, now_ns, wait_for
from test_attackers import memory_bytes
from test_grpc import push_request

CONFIG = """
auth_enabled: false
server: {http_server_read_timeout: 2s, http_server_write_timeout: 2s}
"""
OK, INVALID, EXHAUSTED, UNAVAILABLE = 0, 3, 8, 14
CALLS_MAX = 256
CLIENTS = 8
GROWTH_MAX = CLIENTS * (12 << 20)
SILENCE = PREFACE + frame(SETTINGS)
NO_WINDOW = PREFACE + frame(SETTINGS, 0, 0, b"\0\4\0\0\0\0")


class GrpcAttackers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = SkaldServer(config=CONFIG).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def setUp(self):
        self.assertIsNone(self.server.process.poll(), "the server has ended: " + "".join(self.server.log[-20:]))
        self.held = []
        self.addCleanup(lambda: [client.socket.close() for client in self.held])
        self.assertEqual(self.good_call(), OK)
        self.before = memory_bytes(self.server.process.pid)

    def tearDown(self):
        wait_for("calls to be answered", lambda: self.good_call() == OK)
        self.assertEqual(self.server.push([({"app": "a"}, [(now_ns(), "still here")])]).status, 204)
        if not SANITIZED:
            self.assertLess(memory_bytes(self.server.process.pid) - self.before, GROWTH_MAX)

    def good_call(self):
        with BareHttp2(self.server) as client:
            return client.call(push_request('{app="good"}', [(now_ns(), "a line")]))

    def held_client(self, greeting=SILENCE):
        client = BareHttp2(self.server, greet=False)
        self.held.append(client)
        client.send(greeting)
        return client

    def flood(self, make, seconds=20):
        """Several clients that send what `make` makes for each, until the server has had enough; others are answered meanwhile."""
        refused = []

        def run():
            with BareHttp2(self.server, timeout=seconds) as client:
                try:
                    for piece in make(client):
                        client.send(piece)
                    refused.append(not list(client.frames()) or True)
                except OSError as error:
                    refused.append(not isinstance(error, TimeoutError))
        threads = [threading.Thread(target=run) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            begin = time.monotonic()
            self.assertEqual(self.server.get("/ready").status, 200)
            self.assertIn(self.good_call(), (OK, UNAVAILABLE))  # Places for calls may be held for a moment.
            self.assertLess(time.monotonic() - begin, 10)
            if not SANITIZED:
                self.assertLess(memory_bytes(self.server.process.pid) - self.before, GROWTH_MAX)
        self.assertEqual(refused, [True] * CLIENTS)

    def test_a_flood_of_pings(self):
        self.flood(lambda _: [frame(PING, 0, 0, b"12345678") * 1000] * 1000)

    def test_a_flood_of_settings(self):
        self.flood(lambda _: [frame(SETTINGS) * 1000] * 1000)

    def test_a_flood_of_widened_windows_and_of_empty_data(self):
        self.flood(lambda _: [frame(WINDOW, 0, 0, b"\0\0\0\1") * 1000] * 1000)
        self.flood(lambda client: [frame(HEADERS, END_HEADERS, client.next_stream(), request_headers(PUSH)), *[frame(DATA, 0, 1) * 1000] * 1000])

    def test_calls_that_are_begun_and_reset(self):
        headers = request_headers(PUSH)

        def pieces(client):
            for _ in range(500):
                yield b"".join(frame(HEADERS, END_HEADERS, stream, headers) + frame(RESET, 0, stream, b"\0\0\0\x08")
                               for stream in [client.next_stream() for _ in range(100)])
        self.flood(pieces)

    def test_calls_that_are_begun_and_never_end(self):
        """By clients that confirm no settings, to which the limit of calls is none for gRPC's library."""
        for block, flags in ((request_headers(PUSH), END_HEADERS), (request_headers("/no.Such/Method"), END_HEADERS | END_STREAM)):
            self.flood(lambda client, block=block, flags=flags: (frame(HEADERS, flags, client.next_stream(), block) for _ in range(20_000)))

    def test_headers_that_never_end(self):
        for piece in (literal("x", "y" * 16000), literal("x", "y") * 3000, b"", b"\x82" * 16000):
            self.flood(lambda client, piece=piece: [frame(HEADERS, 0, client.next_stream(), request_headers(PUSH)),
                                                    *[frame(CONTINUATION, 0, 1, piece)] * 8000])

    def test_headers_that_unpack_to_a_thousand_times_their_size(self):
        def pieces(client):
            kept = literal("x-big", "y" * 3900, kept=True)
            for number in range(300):
                block = request_headers(PUSH) + (kept if number == 0 else b"") + b"\xbe" * 12000
                yield frame(HEADERS, END_HEADERS, client.next_stream(), block)
            yield frame(CONTINUATION, 0, 1)  # For an end.
        self.flood(pieces)

    def test_calls_with_thousands_of_tiny_headers(self):
        """Of which gRPC's library keeps so much that it closes every new connection."""
        for field in (b"\x8f", literal("x", "")):
            block = request_headers(PUSH) + field * (16000 // len(field))
            for _ in range(40):
                self.flood(lambda client, block=block: [frame(HEADERS, END_HEADERS, client.next_stream(), block) for _ in range(15)])

    def test_calls_with_as_many_headers_as_are_let_through(self):
        """Whose sum is more than the library takes."""
        for fields in (literal("x", "y" * 120) * 120, literal("x-big", "y" * 3900, kept=True) + b"\xbe" * 115):
            for _ in range(40):
                with BareHttp2(self.server) as client:
                    for _ in range(8):
                        client.send(frame(HEADERS, END_HEADERS | END_STREAM, client.next_stream(), request_headers(PUSH) + fields))
                    ended = set()
                    for kind, flags, stream, _ in client.frames():
                        if kind == RESET or kind == HEADERS and flags & END_STREAM:
                            ended.add(stream)
                        if len(ended) == 8:
                            break
                    self.assertEqual(len(ended), 8)

    def test_headers_that_are_too_large_fail_the_call_alone(self):
        with BareHttp2(self.server) as client:
            large, small = client.next_stream(), client.next_stream()
            block = request_headers(PUSH, [("x-large", "y" * 25000)])
            client.send(frame(HEADERS, 0, large, block[:16000]) + frame(CONTINUATION, END_HEADERS, large, block[16000:]))
            client.send(frame(HEADERS, END_HEADERS, small, request_headers(PUSH)) + frame(DATA, END_STREAM, small, message(b"")))
            answered = {}
            for kind, _, stream, _ in client.frames():
                answered.setdefault(stream, kind)
                if {large, small} <= set(answered):
                    break
            self.assertEqual(answered[small], HEADERS)

    def test_rubbish_instead_of_http2(self):
        for rubbish in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", os.urandom(100_000), b"\0" * 100_000, b"\x16\x03\x01\x02\x00\x01", PREFACE[:-1] + b"x"):
            self.held_client(rubbish).end()

    def test_frames_that_are_too_large_or_nowhere(self):
        with BareHttp2(self.server) as client:
            client.send(b"\xff\xff\xff\0\0\0\0\0\1" + b"x" * 100_000)
            client.socket.shutdown(socket.SHUT_WR)
            client.end()

    def test_messages_that_lie_about_their_size(self):
        for size, packed in ((2**32 - 1, False), (100, False), (5 << 20, False), (2**32 - 1, True)):
            with BareHttp2(self.server) as client:
                stream = client.start_call()
                client.send(frame(DATA, END_STREAM, stream, message(b"x", packed, size)))
                self.assertNotEqual(client.status(stream), OK)

    def test_messages_that_unpack_to_a_thousand_times_their_size(self):
        bomb = gzip.compress(bytes(60 << 20), 9)  # As much as the first window takes.
        for _ in range(20):
            with BareHttp2(self.server) as client:
                self.assertEqual(client.call(bomb, packed=True, more=[("grpc-encoding", "gzip")]), EXHAUSTED)

    def expect_places_again(self):
        """All places for calls are held, and free again soon, as the clients have their time only."""
        self.assertEqual(self.good_call(), UNAVAILABLE)
        self.assertEqual(self.server.get("/ready").status, 200)
        wait_for("places for calls", lambda: self.good_call() == OK, 30)

    def test_messages_that_do_not_come(self):
        for _ in range(CALLS_MAX // 64 + 2):
            client = self.held_client()
            for _ in range(64):
                stream = client.start_call()
                client.send(frame(DATA, 0, stream, message(b"x", size=4 << 20)))
        self.wait_for_calls()
        self.expect_places_again()

    def test_messages_that_come_byte_by_byte(self):
        clients = [self.held_client() for _ in range(CALLS_MAX // 64 + 2)]
        streams = [(client, client.start_call()) for client in clients for _ in range(64)]
        begin, answered = time.monotonic(), False
        while not answered:
            self.assertLess(time.monotonic() - begin, 30)
            for client, stream in streams:
                client.answer(frame(DATA, 0, stream, b"\0"))
            answered = time.monotonic() - begin > 1 and self.good_call() == OK

    def test_answers_that_are_not_taken(self):
        body = message(push_request('{app="a"}', [(now_ns(), "x")]))
        for _ in range(CALLS_MAX // 64 + 2):
            client = self.held_client(NO_WINDOW)
            for _ in range(64):
                stream = client.start_call()
                client.send(frame(DATA, END_STREAM, stream, body))
        self.wait_for_calls()
        self.expect_places_again()

    def wait_for_calls(self):
        wait_for("all places to be held", lambda: self.good_call() == UNAVAILABLE, 30)

    def test_a_thousand_idle_connections(self):
        for _ in range(1000):
            self.held_client()
        begin = time.monotonic()
        self.assertEqual(self.good_call(), OK)
        self.assertLess(time.monotonic() - begin, 5)
        if not SANITIZED:
            each = (memory_bytes(self.server.process.pid) - self.before) / 1000
            print(f"{each:.0f} bytes an idle connection")
            self.assertLess(each, 30_000)

    def test_connections_that_say_nothing_are_closed(self):
        clients = [self.held_client(greeting) for greeting in (b"", PREFACE[:10], PREFACE) * 30]
        for client in clients:
            client.end()  # A time out would fail it.


class GrpcTlsAttackers(CertificateCase):
    def test_handshakes_that_stop_half_way_are_closed(self):
        flags = [f"-server.grpc-tls-cert-path={self.path('server.pem')}", f"-server.grpc-tls-key-path={self.path('server.key')}"]
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        half = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
        with self.assertRaises(ssl.SSLWantReadError):
            half.do_handshake()
        hello = outgoing.read()
        with SkaldServer(flags) as server:
            clients = []
            for greeting in (b"", hello[:20], hello, b"rubbish " * 100) * 20:
                clients.append(socket.create_connection(("127.0.0.1", server.grpc_port), timeout=30))
                clients[-1].sendall(greeting)
            context = ssl.create_default_context(cafile=self.path("ca.pem"))
            context.set_alpn_protocols(["h2"])
            context.check_hostname = False
            with BareHttp2(server, tls=context) as client:
                self.assertEqual(client.call(push_request('{app="good"}', [(now_ns(), "a line")])), OK)
            for client in clients:
                try:
                    while client.recv(65536):
                        pass
                except ConnectionError:
                    pass
                client.close()


if __name__ == "__main__":
    unittest.main()

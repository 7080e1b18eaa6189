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
                        http2_context, literal, message, request_headers)
from certificates import CertificateCase
from skald_server import PATIENCE, SANITIZED, SkaldServer, now_ns, wait_for
from test_attackers import memory_bytes
from test_grpc import push_request

CONFIG = """
auth_enabled: false
server: {http_server_read_timeout: 2s, http_server_write_timeout: 2s, graceful_shutdown_timeout: 1h}
"""
OK, INVALID, EXHAUSTED, UNAVAILABLE = 0, 3, 8, 14
CALLS_MAX = 256
CLIENTS = 8
GROWTH_MAX = CLIENTS * (12 << 20)
SILENCE = PREFACE + frame(SETTINGS)
NO_WINDOW = PREFACE + frame(SETTINGS, 0, 0, b"\0\4\0\0\0\0")


class Attackers(unittest.TestCase):
    server = None
    tls = None  # A context, if the server wants it.

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
        with BareHttp2(self.server, tls=self.tls) as client:
            return client.call(push_request('{app="good"}', [(now_ns(), "a line")]))

    def held_client(self, greeting=SILENCE):
        client = BareHttp2(self.server, greet=False, tls=self.tls)
        self.held.append(client)
        client.send(greeting)
        return client

    def flood(self, make, seconds=PATIENCE):
        """Several clients that send what `make` makes for each, until the server has had enough; others are answered meanwhile."""
        refused = []

        def run():
            with BareHttp2(self.server, timeout=seconds, tls=self.tls) as client:
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
            self.assertEqual(self.server.get("/ready").status, 200)
            self.assertIn(self.good_call(), (OK, UNAVAILABLE))  # Places for calls may be held for a moment.
            if not SANITIZED:
                self.assertLess(memory_bytes(self.server.process.pid) - self.before, GROWTH_MAX)
        self.assertEqual(refused, [True] * CLIENTS)

    def flood_of_tiny_headers(self, connections):
        for field in (b"\x8f", literal("x", "")):
            block = request_headers(PUSH) + field * (16000 // len(field))
            for _ in range(connections):
                self.flood(lambda client, block=block: [frame(HEADERS, END_HEADERS, client.next_stream(), block) for _ in range(15)])

    def idle_connections(self, count):
        """Bytes that each costs."""
        for _ in range(count):
            self.held_client()
        self.assertEqual(self.good_call(), OK)
        each = (memory_bytes(self.server.process.pid) - self.before) / count
        print(f"{each:.0f} bytes an idle connection{' with TLS' if self.tls else ''}")
        return each


class GrpcAttackers(Attackers):
    @classmethod
    def setUpClass(cls):
        cls.server = SkaldServer(config=CONFIG).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

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
        self.flood_of_tiny_headers(40)

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

    def expect_places_again(self, hold):
        """`hold` takes all places for calls, which are free again soon, as the clients have their time only. On a slow machine
        some have had it before the last ones come: then they come again."""
        def is_full():
            hold()
            return any(self.good_call() == UNAVAILABLE for _ in range(20))
        wait_for("all places to be held", is_full)
        self.assertEqual(self.server.get("/ready").status, 200)
        wait_for("places for calls", lambda: self.good_call() == OK)

    def test_messages_that_do_not_come(self):
        def hold():
            for _ in range(CALLS_MAX // 64 + 2):
                client = self.held_client()
                for _ in range(64):
                    stream = client.start_call()
                    client.send(frame(DATA, 0, stream, message(b"x", size=4 << 20)))
        self.expect_places_again(hold)

    def test_messages_that_come_byte_by_byte(self):
        clients = [self.held_client() for _ in range(CALLS_MAX // 64 + 2)]
        streams = [(client, client.start_call()) for client in clients for _ in range(64)]
        begin, answered = time.monotonic(), False
        while not answered:
            self.assertLess(time.monotonic() - begin, PATIENCE)
            for client, stream in streams:
                client.answer(frame(DATA, 0, stream, b"\0"))
            answered = time.monotonic() - begin > 1 and self.good_call() == OK

    def test_answers_that_are_not_taken(self):
        body = message(push_request('{app="a"}', [(now_ns(), "x")]))
        def hold():
            for _ in range(CALLS_MAX // 64 + 2):
                client = self.held_client(NO_WINDOW)
                for _ in range(64):
                    stream = client.start_call()
                    client.send(frame(DATA, END_STREAM, stream, body))
        self.expect_places_again(hold)

    def test_a_thousand_idle_connections(self):
        each = self.idle_connections(1000)
        if not SANITIZED:
            self.assertLess(each, 30_000)

    def test_connections_that_say_nothing_are_closed(self):
        clients = [self.held_client(greeting) for greeting in (b"", PREFACE[:10], PREFACE) * 30]
        for client in clients:
            client.end()  # A time out would fail it.

    def test_a_stop_gives_clients_that_stopped_no_more_time(self):
        hanging = SILENCE + frame(HEADERS, END_HEADERS, 1, request_headers(PUSH))
        for greeting in (SILENCE, hanging) * 10:
            self.held_client(greeting)
        self.assertEqual(self.good_call(), OK)
        self.assertEqual(self.server.stop(), 0)  # Within an hour.
        self.server.start()


class GrpcTlsAttackers(Attackers, CertificateCase):
    """The same frames inside of TLS, and what is not TLS."""

    def setUp(self):
        CertificateCase.setUp(self)
        self.server = SkaldServer([f"-server.grpc-tls-cert-path={self.path('server.pem')}",
                                   f"-server.grpc-tls-key-path={self.path('server.key')}"], CONFIG).start()
        self.addCleanup(self.server.__exit__)
        self.tls = http2_context(self.path("ca.pem"))
        Attackers.setUp(self)

    def raw_client(self, greeting):
        client = socket.create_connection(("127.0.0.1", self.server.grpc_port), timeout=PATIENCE)
        self.addCleanup(client.close)
        client.sendall(greeting)
        return client

    def half_handshake(self):
        outgoing = ssl.MemoryBIO()
        half = self.tls.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
        with self.assertRaises(ssl.SSLWantReadError):
            half.do_handshake()
        return outgoing.read()

    def test_frames_inside_of_tls_are_looked_at(self):
        self.flood_of_tiny_headers(5)
        self.flood(lambda _: [frame(PING, 0, 0, b"12345678") * 1000] * 1000)
        self.flood(lambda client: [frame(HEADERS, 0, client.next_stream(), request_headers(PUSH)), *[frame(CONTINUATION, 0, 1, b"")] * 8000])
        self.flood(lambda client: (frame(HEADERS, END_HEADERS, client.next_stream(), request_headers(PUSH)) for _ in range(20_000)))

    def test_a_thousand_idle_connections(self):
        each = self.idle_connections(1000)
        if not SANITIZED:
            self.assertLess(each, 60_000)

    def test_handshakes_that_stop_half_way_are_closed(self):
        hello = self.half_handshake()
        clients = [self.raw_client(greeting) for greeting in (b"", hello[:20], hello, b"rubbish " * 100) * 20]
        self.assertEqual(self.good_call(), OK)
        for client in clients:
            try:
                while client.recv(65536):
                    pass
            except ConnectionError:
                pass
        self.assertIn("skald_grpc_tls_failed_handshakes_total 80", self.server.get("/metrics").text)

    def test_a_stop_does_not_wait_for_handshakes(self):
        hello = self.half_handshake()
        for greeting in (b"", hello) * 10:
            self.raw_client(greeting)
        self.assertEqual(self.good_call(), OK)
        self.assertEqual(self.server.stop(), 0)
        self.server.start()


if __name__ == "__main__":
    unittest.main()

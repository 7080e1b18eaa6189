# SPDX-License-Identifier: Apache-2.0
"""HTTPS, clients' certificates, and certificates that change under a running server."""
import http.client
import socket
import ssl
import time
import unittest

from certificates import CertificateCase
from skald_server import PATIENCE, SkaldServer, now_ns


class Tls(CertificateCase):
    def server(self, *flags):
        return SkaldServer(flags=[f"-server.http-tls-cert-path={self.path('server.pem')}",
                                  f"-server.http-tls-key-path={self.path('server.key')}", *flags])

    def connect(self, server, client_certificate=False):
        context = ssl.create_default_context(cafile=self.path("ca.pem"))
        if client_certificate:
            context.load_cert_chain(self.path("client.pem"), self.path("client.key"))
        return http.client.HTTPSConnection("localhost", server.port, context=context, timeout=PATIENCE)

    def get(self, server, path, **options):
        connection = self.connect(server, **options)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def subject(self, server):
        connection = self.connect(server)
        try:
            connection.connect()
            return dict(part[0] for part in connection.sock.getpeercert()["subject"])["commonName"]
        finally:
            connection.close()

    def test_requests_of_all_sizes_on_one_connection(self):
        with self.server() as server:
            connection = self.connect(server)
            for size in (10, 100_000, 2_000_000, 10):
                line = "x" * size
                body = '{"streams":[{"stream":{"app":"tls"},"values":[["%d","%s"]]}]}' % (now_ns(), line[:200_000])
                connection.request("POST", "/loki/api/v1/push", body.ljust(size), {"Content-Type": "application/json"})
                answer = connection.getresponse()
                self.assertEqual((answer.status, answer.read()), (204, b""))
            connection.request("GET", "/loki/api/v1/query_range?query=%7Bapp%3D%22tls%22%7D")
            answer = connection.getresponse()
            self.assertEqual(answer.status, 200)
            self.assertGreater(len(answer.read()), 300_000)
            connection.close()

    def test_plain_http_is_not_understood_and_harms_nobody(self):
        with self.server() as server:
            with self.assertRaises((http.client.HTTPException, ConnectionError)):
                server.get("/ready")
            self.assertEqual(self.get(server, "/ready")[0], 200)
            self.assertIn("skald_tls_failed_handshakes_total 1", self.get(server, "/metrics")[1])

    def test_handshakes_that_never_end_are_ended(self):
        with self.server("-server.http-read-header-timeout=4s") as server:
            hello = bytes.fromhex("1603010200010001fc0303")  # The begin of a ClientHello.
            waiting = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(50)]
            for number, one in enumerate(waiting):
                one.sendall(hello[:number % (len(hello) + 1)])
            self.assertEqual(self.get(server, "/ready")[0], 200)
            for one in waiting:
                one.settimeout(PATIENCE)
                try:
                    self.assertEqual(one.recv(100), b"")
                except ConnectionResetError:
                    pass
                one.close()
            self.assertIn("skald_tls_failed_handshakes_total 50", self.get(server, "/metrics")[1])

    def test_clients_must_show_a_certificate_if_there_are_roots(self):
        with self.server(f"-server.http-tls-ca-path={self.path('ca.pem')}") as server:
            with self.assertRaises((ssl.SSLError, http.client.HTTPException, ConnectionError)):
                self.get(server, "/ready")
            self.assertEqual(self.get(server, "/ready", client_certificate=True)[0], 200)

    def test_a_new_certificate_is_used_without_a_restart(self):
        with self.server() as server:
            self.assertEqual(self.subject(server), "server")
            kept = self.connect(server)
            kept.connect()
            self.make_certificate("server", subject="second")
            deadline = time.monotonic() + PATIENCE
            while self.subject(server) != "second":
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.05)
            with open(self.path("server.pem"), "w") as file:
                file.write("no certificate")
            deadline = time.monotonic() + PATIENCE
            while "skald_tls_reload_failures_total 0" in self.get(server, "/metrics")[1]:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.05)
            self.assertEqual(self.subject(server), "second")
            kept.request("GET", "/ready")
            self.assertEqual(kept.getresponse().status, 200)
            kept.close()

    def test_a_wrong_key_is_an_error_at_start(self):
        with self.assertRaisesRegex(RuntimeError, "key does not belong to the certificate|mismatch"):
            with SkaldServer(flags=[f"-server.http-tls-cert-path={self.path('server.pem')}",
                                    f"-server.http-tls-key-path={self.path('client.key')}"]):
                pass


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""gRPC with real clients of npm: pushes, OpenTelemetry, health, errors, bounds, TLS, stopping."""
import base64
import concurrent.futures
import json
import os
import re
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

from bare_http2 import DATA, END_STREAM, HEADERS, BareHttp2, frame, http2_context, message
from certificates import CertificateCase
from skald_server import PATIENCE, SANITIZED, SkaldServer, now_ns

CLIENTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clients")
HOUR = 3600 * 10**9
PUSH = "/logproto.Pusher/Push"
EXPORT = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
HEALTH = "/grpc.health.v1.Health/Check"
OK, INVALID, EXHAUSTED, UNIMPLEMENTED, UNAVAILABLE, UNAUTHENTICATED = 0, 3, 8, 12, 14, 16
GZIP = {"grpc.default_compression_algorithm": 2}


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def push_request(labels, lines):
    entries = b""
    for ns, line in lines:
        stamp = field(1, ns // 10**9) + field(2, ns % 10**9)
        entries += field(2, field(1, stamp) + field(2, line))
    return field(1, field(1, labels) + entries)


def call(method, message=b"", fill=0, **metadata):
    return {"method": method, "message": base64.b64encode(message).decode(), "fill": fill,
            "metadata": {name.replace("_", "-"): value for name, value in metadata.items()}}


class Grpc(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not os.path.isdir(os.path.join(CLIENTS, "node_modules", "@grpc", "grpc-js")):
            subprocess.run(["npm", "ci", "--silent", "--no-progress"], cwd=CLIENTS, check=True, timeout=300)

    def calls(self, server, *calls, **more):
        asked = {"address": f"127.0.0.1:{server.grpc_port}", "calls": calls, **more}
        done = subprocess.run(["node", "grpc.mjs"], cwd=CLIENTS, input=json.dumps(asked), capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["results"]

    def metric(self, server, name, **labels):
        for line in server.get("/metrics").text.splitlines():
            if line.startswith(name + "{") and all(f'{key}="{value}"' in line for key, value in labels.items()):
                return float(line.rsplit(" ", 1)[1])
        return 0

    def test_pushes_are_stored_also_when_packed(self):
        with SkaldServer() as server:
            now = now_ns()
            for channel in ({}, GZIP, {"grpc.default_compression_algorithm": 1}):
                name = f"c{channel.get('grpc.default_compression_algorithm', 0)}"
                lines = [(now + i, f"line {i} " + "x" * 100) for i in range(50)]
                results = self.calls(server, call(PUSH, push_request('{app="%s"}' % name, lines)), channel=channel)
                self.assertEqual([(r["code"], r["answer"]) for r in results], [(OK, "")], (name, "".join(server.log)))
                self.assertEqual(len(server.lines('{app="%s"}' % name, now - 1, now + HOUR)), 50)
            self.assertEqual(self.metric(server, "loki_request_duration_seconds_count", route=PUSH, method="gRPC", status_code="success"), 3)

    def test_opentelemetry_exporter(self):
        with SkaldServer() as server:
            done = subprocess.run(["node", "otlp_grpc.mjs", f"http://127.0.0.1:{server.grpc_port}"], cwd=CLIENTS,
                                  capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            for service in ("otel-grpc-none", "otel-grpc-gzip"):
                lines = server.lines('{service_name="%s"} | severity_text="ERROR"' % service, now_ns() - HOUR, now_ns() + HOUR)
                self.assertEqual(len(lines), 10, (service, done.stderr, "".join(server.log)))
            self.assertEqual(self.calls(server, call(EXPORT))[0]["code"], OK)

    def test_health(self):
        with SkaldServer() as server:
            good, unknown = self.calls(server, call(HEALTH), call(HEALTH, field(1, "who")))
            self.assertEqual((good["code"], base64.b64decode(good["answer"])), (OK, field(1, 1)))
            self.assertEqual(unknown["code"], 5)

    def test_tenants(self):
        with SkaldServer(config="auth_enabled: true\n") as server:
            now = now_ns()
            message = push_request('{app="t"}', [(now, "mine")])
            good, none, two = self.calls(server, call(PUSH, message, x_scope_orgid="a"), call(PUSH, message),
                                         call(PUSH, message, x_scope_orgid="a|b"))
            self.assertEqual(good["code"], OK)
            self.assertEqual((none["code"], none["details"]), (UNAUTHENTICATED, "no org id"))
            self.assertEqual(two["code"], INVALID)
            answer = server.get("/loki/api/v1/query_range", {"query": '{app="t"}'}, {"X-Scope-OrgID": "a"})
            self.assertIn("mine", answer.text)

    def test_errors(self):
        config = "auth_enabled: false\nlimits_config:\n  ingestion_rate_mb: 0.001\n  ingestion_burst_size_mb: 0.001\n"
        with SkaldServer(config=config) as server:
            now = now_ns()
            damaged, bad_labels, unknown, limited, empty = self.calls(
                server, call(PUSH, b"\x0a\x7f"), call(PUSH, push_request("{", [(now, "x")])), call("/logproto.Pusher/Pull"),
                call(PUSH, push_request('{a="b"}', [(now, "x" * 100_000)])), call(PUSH))
            self.assertEqual((damaged["code"], damaged["details"]), (INVALID, "unexpected EOF"))
            self.assertEqual(bad_labels["code"], INVALID)
            self.assertIn("couldn't parse labels", bad_labels["details"])
            self.assertEqual(unknown["code"], UNIMPLEMENTED)
            self.assertEqual(limited["code"], EXHAUSTED)
            self.assertIn("ngestion rate limit exceeded", limited["details"])
            self.assertIn("google.rpc.RetryInfo", limited["retry"])
            self.assertEqual(empty["code"], INVALID)
            self.assertNotIn("Pull", server.get("/metrics").text)

    def test_senders_may_name_a_policy_and_hear_which_limit_refuses(self):
        config = """auth_enabled: false
limits_config: {max_line_size: 10, policy_enforced_labels: {finance: [owner]}, unordered_writes: false}
"""
        with SkaldServer(config=config) as server:
            now = now_ns()
            one = push_request('{app="a"}', [(now, "x")])
            refused, other, long, disorder = (self.calls(server, each)[0] for each in (
                call(PUSH, one, x_loki_ingestion_policy="finance"), call(PUSH, one),
                call(PUSH, push_request('{app="a"}', [(now, "x" * 11)])),
                call(PUSH, push_request('{app="a", owner="me"}', [(now, "x"), (now - 1, "y")]), x_loki_ingestion_policy="finance")))
            self.assertEqual([r["code"] for r in (refused, other, long, disorder)], [INVALID, OK, INVALID, INVALID])
            self.assertIn("(policy: 'finance') (limits_config.policy_enforced_labels)", refused["details"])
            self.assertTrue(long["details"].endswith("with length '11' bytes (limits_config.max_line_size)"), long["details"])
            self.assertTrue(disorder["details"].endswith(" (limits_config.unordered_writes)"), disorder["details"])
            for reason in ("missing_enforced_labels", "out_of_order"):
                self.assertEqual(self.metric(server, "loki_discarded_samples_total", reason=reason, policy="finance"), 1, reason)

    def test_messages_are_bounded(self):
        with SkaldServer() as server:
            before = self.rss(server)
            large, = self.calls(server, call(PUSH, fill=5 << 20))
            self.assertEqual(large["code"], EXHAUSTED)
            bomb, = self.calls(server, call(PUSH, fill=1 << 30), channel=GZIP)  # A megabyte on the wire.
            self.assertEqual(bomb["code"], EXHAUSTED)
            self.assertIn("larger than max", bomb["details"])
            results = self.calls(server, *[call(PUSH, fill=4 << 20) for _ in range(100)])
            self.assertEqual({r["code"] for r in results} - {INVALID, EXHAUSTED, UNAVAILABLE}, set())
            if not SANITIZED:
                self.assertLess(self.peak(server) - before, 250 << 10, "KiB")

    def rss(self, server, name="VmRSS"):
        with open(f"/proc/{server.process.pid}/status") as file:
            return int(re.search(name + r":\s+(\d+)", file.read()).group(1))

    def peak(self, server):
        return self.rss(server, "VmHWM")

    def test_connections_are_bounded(self):
        with SkaldServer(flags=["-server.grpc-conn-limit=5"]) as server:
            sockets = [socket.create_connection(("127.0.0.1", server.grpc_port), timeout=PATIENCE) for _ in range(5)]
            self.wait_for(lambda: self.metric(server, "loki_tcp_connections", protocol="grpc") == 5)
            with socket.create_connection(("127.0.0.1", server.grpc_port), timeout=PATIENCE) as beyond:
                self.assertIn(self.read_end(beyond), (b"",))
            for each in sockets:
                each.close()
            self.wait_for(lambda: self.metric(server, "loki_tcp_connections", protocol="grpc") == 0)
            self.assertEqual(self.calls(server, call(HEALTH))[0]["code"], OK)

    def read_end(self, connection):
        try:
            return connection.recv(1)
        except ConnectionResetError:
            return b""

    def wait_for(self, condition, seconds=PATIENCE):
        end = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)

    def test_rubbish_on_the_wire(self):
        with SkaldServer() as server:
            for bytes_sent in (b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 5000, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 2000):
                with socket.create_connection(("127.0.0.1", server.grpc_port), timeout=PATIENCE) as connection:
                    connection.sendall(bytes_sent)
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(4096):
                        pass
            self.assertEqual(self.calls(server, call(HEALTH))[0]["code"], OK)

    def test_what_was_answered_before_a_stop_is_stored(self):
        with SkaldServer() as server:
            now = now_ns()
            messages = [call(PUSH, push_request('{app="stop"}', [(now + i, f"line {i}")])) for i in range(300)]
            with concurrent.futures.ThreadPoolExecutor() as pool:
                running = pool.submit(self.calls, server, *messages)
                time.sleep(0.45)  # Node starts; some of the calls may be answered by now.
                self.assertEqual(server.stop(), 0)
                stored = sum(r["code"] == OK for r in running.result())
            server.start()
            self.assertGreaterEqual(len(server.lines('{app="stop"}', now - 1, now + HOUR)), stored)

    def test_a_taken_port(self):
        with SkaldServer() as server:
            with tempfile.TemporaryDirectory() as folder:
                other = SkaldServer(flags=[f"-server.grpc-listen-port={server.grpc_port}"], folder=folder)
                with self.assertRaisesRegex(RuntimeError, "can't listen on 127.0.0.1:[0-9]+: Address already in use"):
                    other.start()


class GrpcTls(Grpc, CertificateCase):
    def server(self, *flags):
        return SkaldServer(flags=[f"-server.grpc-tls-cert-path={self.path('server.pem')}",
                                  f"-server.grpc-tls-key-path={self.path('server.key')}", *flags])

    def code(self, server, root="ca", client=False):
        more = {"cert": self.path("client.pem"), "key": self.path("client.key")} if client else {}
        return self.calls(server, call(HEALTH), ca=self.path(root + ".pem"), **more)[0]["code"]

    def test_certificates_are_checked_and_read_again(self):
        with self.server() as server:
            self.assertEqual(self.code(server), OK)
            self.assertEqual(self.calls(server, call(HEALTH))[0]["code"], UNAVAILABLE)
            self.make_root("other")
            self.assertEqual(self.code(server, root="other"), UNAVAILABLE)
            self.make_certificate("server", root="other")
            self.wait_for(lambda: self.code(server, root="other") == OK)

    def test_clients_must_show_certificates(self):
        with self.server(f"-server.grpc-tls-ca-path={self.path('ca.pem')}") as server:
            self.assertEqual(self.code(server, client=True), OK)
            self.assertEqual(self.code(server), UNAVAILABLE)
            self.make_root("other")
            self.make_certificate("client", root="other")
            self.assertEqual(self.code(server, client=True), UNAVAILABLE)

    def greets(self, server, context):
        """True if the handshake is done and HTTP/2 begins."""
        try:
            with BareHttp2(server, tls=context) as client:
                return next(client.frames(), None) is not None
        except OSError:
            return False

    def test_the_client_must_ask_for_http2(self):
        with self.server() as server:
            for protocols, served in ((("h2",), True), (("http/1.1", "h2"), True), (("http/1.1",), False), ((), False)):
                self.assertEqual(self.greets(server, http2_context(self.path("ca.pem"), protocols)), served, protocols)
            self.assertIn("skald_grpc_tls_failed_handshakes_total 2", server.get("/metrics").text)

    def test_certificates_of_clients_may_be_asked_for_without_roots(self):
        for asked, bare in (("RequestClientCert", True), ("RequireAnyClientCert", False)):
            with self.server(f"-server.grpc-tls-client-auth={asked}") as server:
                context = http2_context(self.path("ca.pem"))
                self.assertEqual(self.greets(server, context), bare, asked)
                context.load_cert_chain(self.path("client.pem"), self.path("client.key"))
                self.assertTrue(self.greets(server, context), asked)

    def test_versions_and_suites_are_those_of_the_settings(self):
        with self.server("-server.tls-min-version=VersionTLS13") as server:
            context = http2_context(self.path("ca.pem"))
            self.assertTrue(self.greets(server, context))
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            self.assertFalse(self.greets(server, context))
        with self.server("-server.tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256") as server:
            for suite, served in (("ECDHE-RSA-AES128-GCM-SHA256", True), ("ECDHE-RSA-AES256-GCM-SHA384", False)):
                context = http2_context(self.path("ca.pem"))
                context.maximum_version = ssl.TLSVersion.TLSv1_2
                context.set_ciphers(suite)
                self.assertEqual(self.greets(server, context), served, suite)

    def test_large_pushes_over_one_connection(self):
        with self.server() as server, BareHttp2(server, tls=http2_context(self.path("ca.pem"))) as client:
            now, lines = now_ns(), 3
            self.assertEqual(client.call(push_request('{app="small"}', [(now, "x")])), OK)  # From then on the windows are wide.
            for number in range(5):
                stream = client.start_call()
                body = message(push_request('{app="a%d"}' % number, [(now + i, "x" * 200_000) for i in range(lines)]))
                for at in range(0, len(body), 16384):
                    client.send(frame(DATA, END_STREAM if at + 16384 >= len(body) else 0, stream, body[at:at + 16384]))
                for kind, flags, of, _ in client.frames():
                    if kind == HEADERS and of == stream and flags & END_STREAM:
                        break
                self.assertEqual(len(server.lines('{app="a%d"}' % number, now - 1, now + HOUR)), lines)

    def test_settings_that_cannot_be_used_stop_the_start(self):
        self.make_certificate("stranger")
        for flags, text in ((("-server.grpc-tls-key-path=" + self.path("stranger.key"),), "key values mismatch"),
                            (("-server.grpc-tls-client-auth=RequireAndVerifyClientCert",), "needs client_ca_file"),
                            (("-server.grpc-tls-cert-path=/nowhere",), "grpc_tls_config.cert: /nowhere: No such file")):
            with tempfile.TemporaryDirectory() as folder:
                server = self.server(*flags)
                server.own_folder, server.folder = False, folder
                with self.assertRaisesRegex(RuntimeError, text):
                    server.start()


for name in [name for name in vars(Grpc) if name.startswith("test_")]:
    setattr(GrpcTls, name, None)  # Inherited for its tools alone.

if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""Segments in a bucket: a stub that verifies signatures and fails on demand, and, where it is installed, a real service."""
import os
import shutil
import subprocess
import tempfile
import threading
import time
import unittest

import real_s3
import s3_stub
from certificates import CertificateCase
from skald_server import PATIENCE, SKALD, SkaldServer, now_ns, wait_for

LIMITS = ["-ingester.per-stream-rate-limit=1GB", "-ingester.per-stream-rate-limit-burst=1GB",
          "-validation.max-entries-limit=100000", "-distributor.ingestion-rate-limit-mb=1000", "-distributor.ingestion-burst-size-mb=1000"]
EAGER = ["-compactor.compaction-interval=200ms", "-compactor.merge-segments=4", "-compactor.retention-delete-delay=0s",
         "-compactor.merge-after=1h"]


SOON = "backoff_config: {min_period: 10ms, max_period: 100ms, max_retries: 3}"


def config_of(port, bucket=s3_stub.BUCKET, key=s3_stub.KEY, secret=s3_stub.SECRET, more="", scheme="http", ca="", retries=SOON):
    return f"""auth_enabled: false
storage_config:
  aws:
    endpoint: {scheme}://127.0.0.1:{port}
    http_config: {{ca_file: "{ca}"}}
    region: us-east-1
    bucketnames: {bucket}
    access_key_id: "{key}"
    secret_access_key: "{secret}"
    s3forcepathstyle: true
    {retries}
schema_config:
  configs:
    - {{from: 2024-01-01, store: tsdb, object_store: s3, schema: v13}}
{more}"""


def batch_of(number, start, lines=200):
    return [(start + number * 10**6 + i, f"batch {number} line {i}") for i in range(lines)]


class BucketCase(unittest.TestCase):
    def push(self, server, values, app="a"):
        answer = server.push([({"app": app}, values)])
        self.assertEqual(answer.status, 204, answer.text)

    @staticmethod
    def metric(server, name):
        total = 0.0
        for line in server.get("/metrics").text.splitlines():
            if line.startswith((name + " ", name + "{")):
                total += float(line.rsplit(" ", 1)[1])
        return total


class Stub(BucketCase):
    def setUp(self):
        self.s3 = self.enterContext(s3_stub.S3Stub())

    def server(self, flags=(), **settings):
        return SkaldServer([*LIMITS, *flags], config_of(self.s3.port, **settings))

    def test_lines_go_to_the_bucket_and_come_back_after_a_restart(self):
        start = now_ns() - 10**9
        with self.server() as server:
            self.push(server, batch_of(0, start))
            server.flush()
            self.assertEqual(len(self.s3.keys("segments/l0-")), 1)
            self.assertEqual(server.lines('{app="a"}', start, now_ns()), batch_of(0, start))
            self.assertFalse(os.path.exists(f"{server.folder}/data/chunks/segments"))
            server.stop()
            server.start()
            reads = self.s3.count("GET")
            self.assertEqual(server.lines('{app="a"}', start, now_ns()), batch_of(0, start))
            self.assertEqual(self.s3.count("GET"), reads, "what was flushed is in the disk cache")
            server.stop()
            # A lost disk: catalog and cache are made again from the bucket.
            shutil.rmtree(f"{server.folder}/data")
            server.start()
            self.assertEqual(server.lines('{app="a"}', start, now_ns()), batch_of(0, start))
            self.assertGreater(self.s3.count("GET"), reads)
            self.assertGreater(self.metric(server, "skald_objstore_cache_misses_total"), 0)

    def test_secrets_are_shown_nowhere(self):
        with self.server() as server:
            text = server.get("/config").text
            self.assertIn("********", text)
            server.stop()
            for place in (text, "".join(server.log)):
                self.assertNotIn(s3_stub.SECRET, place)

    def test_a_store_that_is_away_keeps_lines_in_memory_and_the_server_answering(self):
        start = now_ns() - 10**9
        with self.server() as server:
            self.s3.fault = lambda method, key: 503 if method in ("PUT", "POST") else None
            self.push(server, batch_of(0, start))
            self.assertEqual(server.request("POST", "/flush").status, 503)
            self.push(server, batch_of(1, start))
            self.assertEqual(server.lines('{app="a"}', start, now_ns()), batch_of(0, start) + batch_of(1, start))
            self.assertEqual(self.s3.keys(), [])
            server.kill()
            self.s3.fault = lambda method, key: None
            server.start()
            wait_for("the upload of what the log has", lambda: self.s3.keys("segments/"))
            self.assertEqual(server.lines('{app="a"}', start, now_ns()), batch_of(0, start) + batch_of(1, start))

    def test_killed_during_uploads_each_line_is_there_once(self):
        start = now_ns() - 10**9
        sent = []
        with self.server(["-object-store.part-size=5MB"]) as server:
            for kill in range(4):
                values = [(start + kill * 10**6 + i, f"{kill} {i} " + os.urandom(600).hex()) for i in range(4000)]
                for at in range(0, len(values), 1000):
                    self.push(server, values[at:at + 1000])
                sent += values
                uploads = threading.Event()
                # The first part, the completion, or what follows it.
                stop_at = ("PUT", "POST", "HEAD", "GET")[kill]

                def hold(method, key, uploads=uploads, stop_at=stop_at):
                    if method == stop_at and key.startswith("segments/"):
                        uploads.set()
                        time.sleep(0.3)
                    return None

                self.s3.fault = hold
                flush = threading.Thread(target=self.flush_quietly, args=(server,))
                flush.start()
                uploads.wait(20)
                server.kill()
                flush.join()
                self.s3.fault = lambda method, key: None
                server.start()
                self.assertEqual(server.lines('{app="a"}', start, now_ns(), limit=5000 * 4), sorted(sent))

    @staticmethod
    def flush_quietly(server):
        try:
            server.request("POST", "/flush")
        except OSError:
            pass

    def test_compaction_replaces_objects_and_retention_removes_them(self):
        start = now_ns() - 3600 * 10**9
        with self.server(EAGER) as server:
            sent = []
            for number in range(6):
                self.push(server, batch_of(number, start))
                sent += batch_of(number, start)
                server.flush()
            wait_for("a merge", lambda: server.get("/compactor/status").json["merges"] >= 1)
            wait_for("few objects", lambda: len(self.s3.keys("segments/")) <= 3)
            self.assertTrue(self.s3.keys("segments/l1-"))
            self.assertEqual(server.lines('{app="a"}', start, now_ns()), sent)
            server.stop()
            server.flags.append("-store.retention=1s")
            server.start()
            self.push(server, [(now_ns(), "of another time")], "b")
            server.flush()
            wait_for("expired objects to go", lambda: not self.s3.keys("segments/l1-"))

    def test_wrong_credentials_are_told_at_the_start_and_by_ready(self):
        port = real_s3.free_port()
        server = self.server([f"-server.http-listen-port={port}"], secret="wrong")
        starting = threading.Thread(target=self.start_quietly, args=(server,))
        starting.start()
        self.addCleanup(starting.join)
        self.addCleanup(lambda: server.process.poll() is None and server.stop())
        wait_for("a clear error", lambda: any("SignatureDoesNotMatch" in line for line in server.log))
        server.port = port

        def ready():
            try:
                return server.get("/ready")
            except OSError:
                return None

        answer = wait_for("an answer", ready)
        self.assertEqual(answer.status, 503)
        self.assertIn("S3 says SignatureDoesNotMatch for ListObjectsV2 logs", answer.text)
        self.assertIn("check secret_access_key", answer.text)
        self.assertEqual(server.push([({"app": "a"}, [(now_ns(), "x")])]).status, 503, "clients try again")
        server.stop()
        starting.join()
        shutil.rmtree(server.folder, ignore_errors=True)

    @staticmethod
    def start_quietly(server):
        try:
            server.start()
        except RuntimeError:
            pass

    def test_a_store_that_comes_later_is_waited_for(self):
        self.s3.fault = lambda method, key: 500
        server = self.server()
        starting = threading.Thread(target=self.start_quietly, args=(server,))
        starting.start()
        wait_for("the error", lambda: any("waiting for it" in line for line in server.log))
        self.s3.fault = lambda method, key: None
        starting.join(PATIENCE)
        self.assertIsNotNone(server.port)
        self.push(server, batch_of(0, now_ns() - 10**9))
        server.__exit__()

    def test_queries_coalesce_requests(self):
        start = now_ns() - 10**9
        with self.server() as server:
            lines = [(start + i, f"line {i} " + os.urandom(400).hex()) for i in range(20000)]
            for at in range(0, len(lines), 2000):
                self.push(server, lines[at:at + 2000])
            server.flush()
            server.stop()
            shutil.rmtree(f"{server.folder}/data/object-cache")
            server.start()
            before = self.s3.count("GET")
            total = server.get("/loki/api/v1/query", {"query": 'sum(count_over_time({app="a"} |= "line" [1h]))', "time": now_ns()})
            self.assertEqual(total.json["data"]["result"][0]["value"][1], "20000")
            stored = sum(len(self.s3.objects[key]) for key in self.s3.keys("segments/"))
            self.assertGreater(stored, 5 << 20)
            self.assertLessEqual(self.s3.count("GET") - before, (stored >> 20) + 3)


class BucketTools(BucketCase):
    def setUp(self):
        self.s3 = self.enterContext(s3_stub.S3Stub())
        self.server = SkaldServer([*LIMITS, "-compactor.compaction-interval=1h"], config_of(self.s3.port))
        self.addCleanup(shutil.rmtree, self.server.folder, ignore_errors=True)
        self.start = now_ns() - 10**9
        self.server.start()
        self.addCleanup(self.server.kill)
        self.sent = []
        for number in range(3):
            self.sent += batch_of(number, self.start)
            self.push(self.server, batch_of(number, self.start))
            self.server.flush()

    def tool(self, *words, status=0):
        done = subprocess.run([SKALD, *words, f"-config.file={self.server.folder}/config.yaml", f"-common.path-prefix={self.server.folder}/data"],
                              capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertNotIn(s3_stub.SECRET, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def lines_of(self, server):
        return server.lines('{app="a"}', self.start, now_ns())

    def test_check_finds_a_flipped_bit_in_an_object(self):
        self.assertIn("3 segments", self.tool("check", "-running", "-deep"))
        self.server.stop()
        self.assertIn("nothing is damaged", self.tool("check", "-deep"))
        key = self.s3.keys("segments/")[1]
        whole = self.s3.objects[key]
        self.s3.objects[key] = whole[:20] + bytes([whole[20] ^ 1]) + whole[21:]
        self.assertIn(f"damaged: {key}", self.tool("check", status=1))
        self.s3.objects[key] = whole
        self.s3.fault = lambda method, key: 403
        self.assertIn("check the credentials", self.tool("check", status=2))

    def test_a_catalog_is_rebuilt_from_the_footers_in_the_bucket(self):
        self.assertIn("a server runs on", self.tool("catalog", "rebuild", status=2))
        self.server.stop()
        self.assertIn("the catalog has 3 segments of 3 objects", self.tool("catalog", "rebuild"))
        self.server.start()
        self.assertEqual(self.lines_of(self.server), self.sent)

    def test_a_snapshot_is_a_copy_that_starts_without_the_bucket(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, url in (("running", f"http://127.0.0.1:{self.server.port}"), ("stopped", "")):
                if name == "stopped":
                    self.server.stop()
                self.assertIn("3 segments", self.tool("snapshot", f"{folder}/{name}", *([f"-url={url}"] if url else [])))
                copy = SkaldServer(LIMITS, folder=f"{folder}/of-{name}")
                os.makedirs(copy.folder)
                shutil.copytree(f"{folder}/{name}", f"{copy.folder}/data")
                with copy:
                    self.assertEqual(self.lines_of(copy), self.sent)


class Https(BucketCase, CertificateCase):
    def test_the_services_certificate_is_checked(self):
        self.make_root("other")
        start = now_ns() - 10**9
        with s3_stub.S3Stub(self.path("server.pem"), self.path("server.key")) as s3:
            with SkaldServer(LIMITS, config_of(s3.port, scheme="https", ca=self.path("ca.pem"))) as server:
                self.push(server, batch_of(0, start))
                server.flush()
                self.assertEqual(len(s3.keys("segments/")), 1)
                shutil.rmtree(f"{server.folder}/data/object-cache")
                self.assertEqual(server.lines('{app="a"}', start, now_ns()), batch_of(0, start))
            asked = len(s3.log)
            stranger = SkaldServer(LIMITS, config_of(s3.port, scheme="https", ca=self.path("other.pem")))
            starting = threading.Thread(target=Stub.start_quietly, args=(stranger,))
            starting.start()
            wait_for("a clear error", lambda: any("certificate" in line for line in stranger.log))
            stranger.stop()
            starting.join()
            self.assertEqual(len(s3.log), asked, "nothing is told to a stranger")


@unittest.skipIf(real_s3.missing(), f"no real S3 service here: {real_s3.missing()}")
class Real(BucketCase):
    def test_a_real_service_takes_all_that_a_server_does(self):
        start = now_ns() - 3600 * 10**9
        with real_s3.Swift() as s3:
            s3.make_bucket("skald-logs")
            config = config_of(s3.port, "skald-logs", real_s3.KEY, real_s3.SECRET, retries="")
            flags = [*LIMITS, *EAGER, "-object-store.part-size=5MB"]
            with SkaldServer(flags, config) as server:
                large = [(start - 10**9 + i, os.urandom(600).hex()) for i in range(12000)]
                for at in range(0, len(large), 1000):
                    self.push(server, large[at:at + 1000], "large")
                server.flush()
                self.assertGreater(self.metric(server, "skald_objstore_sent_bytes_total"), 5 << 20, "sent in parts")
                sent = []
                for number in range(5):
                    self.push(server, batch_of(number, start))
                    sent += batch_of(number, start)
                    server.flush()
                wait_for("a merge", lambda: server.get("/compactor/status").json["merges"] >= 1)
                server.kill()
                shutil.rmtree(f"{server.folder}/data/object-cache")
                shutil.rmtree(f"{server.folder}/data/catalog")
                server.start()
                self.assertEqual(server.lines('{app="a"}', start, now_ns()), sent)
                self.assertEqual(server.lines('{app="large"}', start - 2 * 10**9, now_ns(), limit=20000), large)
            wrong = SkaldServer(flags, config_of(s3.port, "skald-logs", real_s3.KEY, "wrong"))
            starting = threading.Thread(target=Stub.start_quietly, args=(wrong,))
            starting.start()
            wait_for("a clear error", lambda: any("S3 says SignatureDoesNotMatch" in line for line in wrong.log))
            wrong.stop()
            starting.join()
            wrong.__exit__()


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""One bit of one file of a data folder flips: segments, merged ones too, log, catalog, patterns, delete requests, rules, the state of
alerts, the instance's name, the disk cache of a bucket. The server starts or says why not; no line is wrong or there twice, and no
deleted line comes back; what is missing was in the damaged place, and the log or the answer says so; put right, everything is back.

SKALD_DAMAGES sets how many bits of each file are tried (default 6)."""
import glob
import os
import random
import shutil
import subprocess
import time
import unittest

import s3_stub
from known_lines import KnownLines
from skald_server import PATIENCE, SKALD, SkaldServer, now_ns, wait_for

TRIED = int(os.environ.get("SKALD_DAMAGES", "6"))
FLAGS = ["-pattern-ingester.enabled=true", "-compactor.compaction-interval=1h"]
MERGING = ["-compactor.compaction-interval=50ms", "-compactor.merge-segments=2", "-compactor.merge-after=0s",
           "-compactor.retention-delete-delay=0s"]
RULES = """name: {name}
interval: 1s
rules:
  - alert: Lines of {name}
    expr: sum(count_over_time({{app="known"}}[1h])) > 0
"""
# What the log says of these, whatever bit it was.
TOLD = {"delete request": "one of the two copies of a delete request is damaged", "alerts": "alerts begin anew",
        "instance": "instance", "patterns": "patterns", "rules": "a file of rules can't be used"}
# RocksDB's notes about itself, and files without content.
NOTES = ("/LOG", "/LOG.old", ".lock", "/IDENTITY", "/LOCK")


class Damage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = SkaldServer(MERGING)
        cls.lines = KnownLines(cls.server)
        cls.server.start()
        cls.merge_some()
        cls.server.stop()
        cls.server.flags = FLAGS
        cls.server.start()
        for _ in range(2):
            for _ in range(5):
                assert cls.lines.push(100, padding=50)
            cls.server.flush()
        assert cls.lines.delete("4")
        for name in ("one", "two"):
            assert cls.server.request("POST", f"/loki/api/v1/rules/{name}", RULES.format(name=name)).status == 202
        wait_for("alerts", lambda: cls.firing() == 2)
        assert cls.server.request("POST", "/ingester/prepare_shutdown").status == 204
        # A clean stop writes patterns, alerts and the catalog; the lines of a killed server are in the log.
        cls.server.stop()
        cls.server.start()
        assert cls.server.request("DELETE", "/ingester/prepare_shutdown").status == 204
        for _ in range(3):
            assert cls.lines.push(100, padding=50)
        assert cls.server.request("POST", "/ingester/prepare_shutdown").status == 204
        cls.server.kill()
        cls.data = os.path.join(cls.server.folder, "data")
        cls.before = os.path.join(cls.server.folder, "before")
        shutil.copytree(cls.data, cls.before)

    @classmethod
    def merge_some(cls):
        def names(level):
            return glob.glob(f"{cls.server.folder}/data/chunks/segments/{level}-*.seg")
        for _ in range(2):
            assert cls.lines.push(200, padding=50)
            cls.server.flush()
        wait_for("a merge", lambda: names("l1") and not names("l0"))

    @classmethod
    def firing(cls):
        return len([alert for alert in cls.server.get("/prometheus/api/v1/alerts").json["data"]["alerts"]
                    if alert["state"] == "firing"])

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def begin(self):
        if self.server.process.poll() is None:
            self.server.kill()
        shutil.rmtree(self.data)
        shutil.copytree(self.before, self.data)
        self.server.log.clear()

    def files(self):
        for folder, _, names in os.walk(self.before):
            for name in sorted(names):
                path = os.path.relpath(os.path.join(folder, name), self.before)
                if not any(("/" + path).endswith(note) for note in NOTES):
                    yield path

    def test_a_flipped_bit_is_found_told_and_kept_in_its_place(self):
        chance = random.Random(7)
        kinds = {}
        for path in self.files():
            size = os.path.getsize(os.path.join(self.before, path))
            places = [chance.randrange(size) for _ in range(TRIED)] if size else []
            if size:
                places += [0, size - 1]
            for place in places:
                with self.subTest(file=path, place=place, of=size):
                    kind = self.kind_of(path)
                    outcome = self.one(path, place, 1 << chance.randrange(8))
                    kinds.setdefault(kind, {}).setdefault(outcome, 0)
                    kinds[kind][outcome] += 1
        print(kinds)
        self.assertLessEqual({"segment", "merged segment", "log", "catalog", *TOLD}, set(kinds))

    @staticmethod
    def kind_of(path):
        for prefix, kind in (("chunks/segments/l1", "merged segment"), ("chunks/segments/", "segment"),
                             ("chunks/deletes/", "delete request"), ("wal/instance", "instance"), ("wal/", "log"),
                             ("catalog/", "catalog"), ("patterns/", "patterns"), ("rules/", "rules"), ("alerts.state", "alerts")):
            if path.startswith(prefix):
                return kind
        return "marker"

    def one(self, path, place, mask):
        self.begin()
        with open(os.path.join(self.data, path), "r+b") as file:
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ mask]))
        try:
            self.server.start()
        except RuntimeError:
            log = "".join(self.server.log)
            self.assertIn("level=error", log)
            self.put_right(path)
            return "start refused"
        missing = 0
        try:
            missing = self.lines.check(damaged=True)
        except AssertionError as refusal:
            if "500" not in str(refusal):
                raise
            missing = -1
        log = self.log_of(missing)
        told = "level=warn" in log or "level=error" in log
        if missing:
            self.assertTrue(told, f"{missing} lines are missing and no word of it:\n{log}")
            # A part, not everything: the other files are as they were.
            self.assertLess(missing, len(self.lines.acknowledged))
        kind = self.kind_of(path)
        if kind not in ("segment", "merged segment", "log"):
            self.assertEqual(missing, 0, "what is not there is in the segments and the log")
        if kind in TOLD:
            wait_for(f"a word about {kind}", lambda: any(TOLD[kind] in line for line in self.server.log))
        self.expect_rules(without=os.path.basename(path) if kind == "rules" else None)
        self.assertEqual(self.server.push([({"app": "after"}, [(now_ns(), "x")])]).status, 204)
        self.put_right(path)
        return "lines missing" if missing else "told" if told else "without effect"

    def expect_rules(self, without):
        """The rules in whole files are evaluated."""
        groups = {group["name"] for group in self.server.get("/prometheus/api/v1/rules").json["data"]["groups"]}
        self.assertEqual(groups, {"one", "two"} - {without})

    def log_of(self, missing):
        """A line may still be on its way here."""
        deadline = time.monotonic() + (PATIENCE if missing else 0)
        while time.monotonic() < deadline and not any("level=warn" in line or "level=error" in line for line in self.server.log):
            time.sleep(0.05)
        return "".join(self.server.log)

    def put_right(self, path):
        """The file as it was: with it everything is there (the server may have moved on from a log, not from a segment)."""
        if self.kind_of(path) not in ("segment", "merged segment"):
            return
        if self.server.process.poll() is None:
            self.server.kill()
        shutil.copy2(os.path.join(self.before, path), os.path.join(self.data, path))
        self.server.start()
        self.lines.check()


class DamagedRangeCache(unittest.TestCase):
    """Whatever bit of a file of the disk cache flips: it is told, and its bytes come from the bucket again."""

    CONFIG = """auth_enabled: false
storage_config:
  aws: {{endpoint: "http://127.0.0.1:{port}", region: {region}, bucketnames: {bucket}, access_key_id: {key},
        secret_access_key: "{secret}", s3forcepathstyle: true}}
schema_config:
  configs: [{{from: 2024-01-01, store: tsdb, object_store: s3, schema: v13}}]
"""

    def test_a_flipped_bit_is_told_and_the_bytes_are_fetched_again(self):
        chance = random.Random(8)
        with s3_stub.S3Stub() as bucket:
            config = self.CONFIG.format(port=bucket.port, region=s3_stub.REGION, bucket=s3_stub.BUCKET, key=s3_stub.KEY,
                                        secret=s3_stub.SECRET)
            with SkaldServer(FLAGS, config) as server:
                lines = KnownLines(server)
                self.assertTrue(lines.push(1000, padding=50))
                server.flush()
                lines.check()
                server.stop()
                (path,) = glob.glob(f"{server.folder}/data/object-cache/*/*")
                with open(path, "rb") as file:
                    whole = file.read()
                self.assertIn("damaged_pages: 0", self.shown(path))
                # magic, object, extent, checksums, checksum of the header, bytes of the object
                places = [0, 9, 25, 33, 160, 168, len(whole) - 1, *(chance.randrange(len(whole)) for _ in range(TRIED))]
                for place in places:
                    with self.subTest(place=place, of=len(whole)):
                        self.one(server, lines, path, whole, place, 1 << chance.randrange(8))

    @staticmethod
    def shown(path):
        done = subprocess.run([SKALD, "inspect", path], capture_output=True, text=True, timeout=60)
        return done.stdout + done.stderr

    def one(self, server, lines, path, whole, place, mask):
        shutil.rmtree(f"{server.folder}/data/catalog")  # Footers are read at the start, too.
        with open(path, "wb") as file:
            file.write(whole[:place] + bytes([whole[place] ^ mask]) + whole[place + 1:])
        self.assertNotIn("checksum: right" if place < 168 else "damaged_pages: 0", self.shown(path))
        server.log.clear()
        server.start()
        lines.check()
        wait_for("a word about it", lambda: any("a file of the disk cache is damaged" in line for line in server.log))
        self.assertIn("skald_objstore_cache_damaged_total 1", server.get("/metrics").text)
        server.stop()
        with open(path, "rb") as file:
            self.assertEqual(file.read(), whole)


if __name__ == "__main__":
    unittest.main()

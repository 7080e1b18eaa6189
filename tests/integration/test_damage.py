# SPDX-License-Identifier: Apache-2.0
"""One bit of one file of a data folder flips: segments, log, catalog, patterns, markers. The server starts or says why not; no line
is wrong or there twice; what is missing was in the damaged place, and the log or the answer says so; put right, everything is back.

SKALD_DAMAGES sets how many bits of each file are tried (default 6)."""
import os
import random
import shutil
import unittest

from known_lines import KnownLines
from skald_server import SkaldServer, now_ns

TRIED = int(os.environ.get("SKALD_DAMAGES", "6"))
FLAGS = ["-pattern-ingester.enabled=true", "-compactor.compaction-interval=1h"]
# RocksDB's notes about itself, and files without content.
NOTES = ("/LOG", "/LOG.old", ".lock", "/IDENTITY", "/LOCK")


class Damage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = SkaldServer(FLAGS)
        cls.lines = KnownLines(cls.server)
        cls.server.start()
        for _ in range(2):
            for _ in range(5):
                assert cls.lines.push(100, padding=50)
            cls.server.flush()
        assert cls.server.request("POST", "/ingester/prepare_shutdown").status == 204
        # A clean stop writes patterns and the catalog; the lines of a killed server are in the log.
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
        self.assertLessEqual({"segment", "log", "catalog", "patterns"}, set(kinds))

    @staticmethod
    def kind_of(path):
        for prefix, kind in (("chunks/", "segment"), ("wal/instance", "marker"), ("wal/", "log"), ("catalog/", "catalog"),
                             ("patterns/", "patterns")):
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
        log = "".join(self.server.log)
        told = "level=warn" in log or "level=error" in log
        if missing:
            self.assertTrue(told, f"{missing} lines are missing and no word of it:\n{log}")
            # A part, not everything: the other files are as they were.
            self.assertLess(missing, len(self.lines.acknowledged))
        if self.kind_of(path) in ("catalog", "patterns", "marker"):
            self.assertEqual(missing, 0, "what is not there is in the segments and the log")
        self.assertEqual(self.server.push([({"app": "after"}, [(now_ns(), "x")])]).status, 204)
        self.put_right(path)
        return "lines missing" if missing else "told" if told else "without effect"

    def put_right(self, path):
        """The file as it was: with it everything is there (the server may have moved on from a log, not from a segment)."""
        if self.kind_of(path) != "segment":
            return
        if self.server.process.poll() is None:
            self.server.kill()
        shutil.copy2(os.path.join(self.before, path), os.path.join(self.data, path))
        self.server.start()
        self.lines.check()


if __name__ == "__main__":
    unittest.main()

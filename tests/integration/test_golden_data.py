# SPDX-License-Identifier: Apache-2.0
"""Data folders that older versions wrote (tools/make_golden_data.py) are read by this one: every line with its time and metadata,
as they are, without their catalog, after a flush, and after a merge."""
import glob
import gzip
import json
import os
import shutil
import tarfile
import time
import unittest

from skald_server import SkaldServer

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", "data")
FLAGS = ["-auth.enabled=true", "-store.max-query-length=0"]
EAGER = ["-compactor.compaction-interval=100ms", "-compactor.merge-segments=2", "-compactor.retention-delete-delay=0s"]


class GoldenData(unittest.TestCase):
    def read(self, server, tenant, begin, end):
        answer = server.get("/loki/api/v1/query_range", {"query": '{app="golden"} | drop detected_level', "start": begin, "end": end + 1,
                                                           "limit": 5000}, {"X-Scope-OrgID": tenant})
        self.assertEqual(answer.status, 200, answer.text)
        found = []
        for stream in answer.json["data"]["result"]:
            labels = stream["stream"]
            metadata = {name: labels[name] for name in ("trace_id", "user") if name in labels}
            found += [(tenant, labels["part"], labels["s"], value[0], value[1], json.dumps(metadata, sort_keys=True))
                      for value in stream["values"]]
        return found

    def expect_everything(self, server, expected):
        times = [int(line["time"]) for line in expected]
        wanted = sorted((line["tenant"], line["part"], line["s"], line["time"], line["line"],
                         json.dumps(line["metadata"], sort_keys=True)) for line in expected)
        found = []
        for tenant in sorted({line["tenant"] for line in expected}):
            found += self.read(server, tenant, min(times), max(times))
        self.assertEqual(sorted(found), wanted)

    def test_folders_of_older_versions_are_read(self):
        folders = sorted(glob.glob(os.path.join(FOLDER, "*.tar.gz")))
        self.assertTrue(folders)
        for path in folders:
            with self.subTest(folder=os.path.basename(path)), gzip.open(path.replace(".tar.gz", ".json.gz"), "rt") as file:
                self.one(path, json.load(file))

    def one(self, path, expected):
        for with_catalog in (True, False):
            with SkaldServer(FLAGS) as server:
                self.unpack(server, path)
                if not with_catalog:
                    server.kill()
                    shutil.rmtree(os.path.join(server.folder, "data", "catalog"))
                    server.start()
                self.expect_everything(server, expected)
                problems = [line for line in server.log if "level=error" in line or "damaged" in line or "rebuilt" in line]
                self.assertEqual(problems, [])
                server.flush()
                self.expect_everything(server, expected)
                self.assertEqual(server.stop(), 0)
                server.flags = FLAGS + EAGER
                server.start()
                time.sleep(1)
                self.expect_everything(server, expected)

    @staticmethod
    def unpack(server, path):
        server.kill()
        data = os.path.join(server.folder, "data")
        shutil.rmtree(data)
        with tarfile.open(path) as tar:
            tar.extractall(data, filter="data")
        server.start()


if __name__ == "__main__":
    unittest.main()

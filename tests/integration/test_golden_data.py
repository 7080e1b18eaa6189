# SPDX-License-Identifier: Apache-2.0
"""Data folders that older versions wrote (tools/make_golden_data.py) are read by this one: every line with its time and metadata,
as they are, without their catalog, after a flush, and after a merge; delete requests, rules, alerts and patterns, too."""
import glob
import gzip
import json
import os
import shutil
import tarfile
import unittest

from skald_server import SkaldServer, wait_for

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", "data")
FLAGS = ["-auth.enabled=true", "-store.max-query-length=0", "-pattern-ingester.enabled=true", "-pattern-ingester.retain-for=10000d",
         "-ruler.for-outage-tolerance=1000000h"]
PATIENT = ["-compactor.delete-request-cancel-period=1000000h"]
EAGER = ["-compactor.compaction-interval=100ms", "-compactor.merge-segments=2", "-compactor.retention-delete-delay=0s",
         "-compactor.delete-request-cancel-period=0s"]


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

    def expect_requests(self, server, requests, status=None):
        for tenant, statuses in requests.items():
            listed = {each["request_id"]: each["status"] for each in server.get("/loki/api/v1/delete", headers={"X-Scope-OrgID": tenant}).json}
            self.assertEqual(listed, {request: status or was for request, was in statuses.items()})

    def expect_patterns(self, server, wanted, begin):
        for tenant, patterns in wanted.items():
            found = server.get("/loki/api/v1/patterns", {"query": '{app="golden"}', "start": begin, "end": begin + 3600 * 10**9},
                               {"X-Scope-OrgID": tenant}).json["data"]
            counts = {each["pattern"]: sum(count for _, count in each["samples"]) for each in found}
            for pattern, count in patterns.items():
                self.assertGreaterEqual(counts.get(pattern, 0), count, (tenant, pattern))

    def expect_alerts(self, server, wanted):
        """The time in which nobody looked does not count for one that waits."""
        def found():
            listed = server.get("/prometheus/api/v1/alerts", headers={"X-Scope-OrgID": "alpha"}).json["data"]["alerts"]
            return {alert["labels"]["alertname"]: [alert["state"], alert["state"] == "firing" and alert["activeAt"]] for alert in listed}
        self.assertEqual(wait_for("alerts", found), {name: [state, state == "firing" and since] for name, (state, since) in wanted.items()})
        self.assertIn("record: r", server.get("/loki/api/v1/rules", headers={"X-Scope-OrgID": "alpha"}).text)

    def expect_all(self, server, expected):
        self.expect_everything(server, expected["lines"])
        self.expect_requests(server, expected.get("deletes", {}))
        self.expect_patterns(server, expected.get("patterns", {}), min(int(line["time"]) for line in expected["lines"]))
        if "alerts" in expected:
            self.expect_alerts(server, expected["alerts"])

    def test_folders_of_older_versions_are_read(self):
        folders = sorted(glob.glob(os.path.join(FOLDER, "*.tar.gz")))
        self.assertTrue(folders)
        for path in folders:
            with self.subTest(folder=os.path.basename(path)), gzip.open(path.replace(".tar.gz", ".json.gz"), "rt") as file:
                expected = json.load(file)
                self.one(path, expected if isinstance(expected, dict) else {"lines": expected})

    def one(self, path, expected):
        for with_catalog in (True, False):
            with SkaldServer(FLAGS + PATIENT) as server:
                self.unpack(server, path)
                if not with_catalog:
                    server.kill()
                    shutil.rmtree(os.path.join(server.folder, "data", "catalog"))
                    server.start()
                self.expect_all(server, expected)
                with open(os.path.join(server.folder, "data", "wal", "instance")) as file:
                    self.assertRegex(file.read(), r"^(golden \w{32}\n){2}$" if "alerts" in expected else ".")
                problems = [line for line in server.log if "level=error" in line or "damaged" in line or "rebuilt" in line]
                self.assertEqual(problems, [])
                server.flush()
                self.expect_all(server, expected)
                self.assertEqual(server.stop(), 0)
                server.flags = FLAGS + EAGER
                server.start()
                wait_for("a merge", lambda: json.loads(server.get("/compactor/status").text)["merges"] > 0)
                for tenant in expected.get("deletes", {}):
                    wait_for("the requests", lambda tenant=tenant: {each["status"] for each in server.get(
                        "/loki/api/v1/delete", headers={"X-Scope-OrgID": tenant}).json} == {"processed"})
                self.expect_everything(server, expected["lines"])

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

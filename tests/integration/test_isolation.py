# SPDX-License-Identifier: Apache-2.0
"""Tenants with names that are easily mixed up push lines at random under the same labels. Whatever is asked, in memory, in segments,
after a merge and after a restart, each sees its own lines and nobody else's; names that could lead elsewhere are refused."""
import json
import os
import random
import unittest

from skald_server import SkaldServer, now_ns

TENANTS = ["a", "A", "a.", ".a", "...", "a-b", "a_b", "a!b", "(a)", "a*", "'a'", "fake", "x" * 150, "x" * 149, "0", "chunks", "tenant"]
BAD = ["", ".", "..", "a/b", "../a", "a\\b", "a b", "a%2fb", "a\tb", "ä", "x" * 151, "a|b", "a;b", "a\"b", "a\x7f", "a{b}", "a,b", "a=b"]
CONFIG = """
auth_enabled: true
limits_config: {ingestion_rate_mb: 1000, ingestion_burst_size_mb: 1000, max_global_streams_per_user: 0}
pattern_ingester: {enabled: true}
querier: {multi_tenant_queries_enabled: true}
"""
FLAGS = ["-compactor.compaction-interval=200ms", "-compactor.merge-segments=2", "-compactor.merge-after=0s", "-compactor.retention-delete-delay=0s"]
SEEDS = (1, 2)


class Isolation(unittest.TestCase):
    def setUp(self):
        self.server = SkaldServer(FLAGS, CONFIG)
        self.addCleanup(self.server.__exit__)
        self.server.start()
        self.start = now_ns()

    def ask(self, path, tenant, **params):
        answer = self.server.get(path, {"start": self.start, "end": now_ns() + 1, **params}, {"X-Scope-OrgID": tenant})
        self.assertEqual(answer.status, 200, (path, tenant, answer.text))
        return answer.json.get("data") or {}

    def push_round(self, chance, known, round_number):
        for tenant in chance.sample(TENANTS, len(TENANTS) - 3):
            streams = {}
            for number in range(chance.randint(1, 20)):
                stream = chance.randrange(4)
                # The owner is in the line, in a label's value, and in a value's field.
                line = f"owner={TENANTS.index(tenant)} round={round_number} number={number}"
                streams.setdefault(stream, []).append((now_ns(), line))
                known[tenant].add(line)
            labels = [({"app": "shared", "s": str(stream), "owner": f"o{TENANTS.index(tenant)}"}, values)
                      for stream, values in streams.items()]
            self.assertEqual(self.server.push(labels, {"X-Scope-OrgID": tenant}).status, 204)

    def check(self, known):
        for index, tenant in enumerate(TENANTS):
            lines = [value[1] for stream in self.ask("/loki/api/v1/query_range", tenant, query='{app="shared"}', limit=5000)["result"]
                     for value in stream["values"]]
            self.assertEqual(sorted(lines), sorted(known[tenant]), tenant)
            owners = [f"o{index}"] if known[tenant] else []
            self.assertEqual(self.ask("/loki/api/v1/label/owner/values", tenant) or [], owners)
            series = self.ask("/loki/api/v1/series", tenant, **{"match[]": '{app="shared"}'})
            self.assertLessEqual({labels["owner"] for labels in series}, set(owners))
            counted = self.ask("/loki/api/v1/query", tenant, query='sum(count_over_time({app="shared"}[1h]))')["result"]
            self.assertEqual(int(counted[0]["value"][1]) if counted else 0, len(known[tenant]))
            volume = self.ask("/loki/api/v1/index/volume", tenant, query='{app="shared"}', targetLabels="owner")["result"]
            self.assertLessEqual({each["metric"]["owner"] for each in volume}, set(owners))
            fields = self.server.get("/loki/api/v1/detected_field/owner/values", {"query": '{app="shared"}', "start": self.start},
                                     {"X-Scope-OrgID": tenant})
            self.assertLessEqual(set(fields.json.get("values") or []), {str(index), f"o{index}"})
            for pattern in self.server.get("/loki/api/v1/patterns", {"query": '{app="shared"}', "start": self.start},
                                           {"X-Scope-OrgID": tenant}).json["data"]:
                found = pattern["pattern"].split("owner=")[-1].split(" ")[0]
                self.assertIn(found, (str(index), "<_>"))
        pair = sorted(TENANTS[:2])
        both = [value[1] for stream in self.ask("/loki/api/v1/query_range", "|".join(pair), query='{app="shared"}', limit=5000)["result"]
                for value in stream["values"]]
        self.assertEqual(sorted(both), sorted([*known[pair[0]], *known[pair[1]]]))

    def test_nobody_sees_what_is_not_his(self):
        for seed in SEEDS:
            chance = random.Random(seed)
            if seed != SEEDS[0]:
                self.server.stop()
                self.server.__exit__()
                self.server = SkaldServer(FLAGS, CONFIG).start()
                self.addCleanup(self.server.__exit__)
            known = {tenant: set() for tenant in TENANTS}
            self.push_round(chance, known, 0)
            self.check(known)
            self.server.flush()
            self.push_round(chance, known, 1)
            self.check(known)
            self.server.flush()
            self.check(known)
            self.server.kill()
            self.server.start()
            self.check(known)

    def test_names_that_lead_elsewhere_are_refused(self):
        before = sorted(os.listdir(self.server.folder))
        for tenant in BAD:
            headers = {"X-Scope-OrgID": tenant.encode()}
            answer = self.server.request("POST", "/loki/api/v1/push", json.dumps({"streams": []}),
                                         {"Content-Type": "application/json", **headers})
            self.assertIn(answer.status, (400, 401), tenant)
            if tenant != "a|b":
                self.assertIn(self.server.get("/loki/api/v1/labels", headers=headers).status, (400, 401), tenant)
        self.assertEqual(sorted(os.listdir(self.server.folder)), before)


if __name__ == "__main__":
    unittest.main()

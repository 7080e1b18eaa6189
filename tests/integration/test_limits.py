# SPDX-License-Identifier: Apache-2.0
"""What tenants may do: blocked writes and queries, labels that are asked for, sizes; queries over several tenants;
what is logged of queries."""
import gzip
import json
import re
import time
import unittest

from skald_server import PATIENCE, SkaldServer, now_ns

CONFIG = """
auth_enabled: true
querier: {multi_tenant_queries_enabled: true, per_request_limits_enabled: true}
frontend: {log_queries_longer_than: -1ns}
limits_config:
  policy_stream_mapping:
    finance: [{selector: '{app="billing"}', priority: 2}]
  policy_enforced_labels: {finance: [owner]}
runtime_config: {file: FOLDER/overrides.yaml, period: 1s}
"""
OVERRIDES = """
overrides:
  blocked: {block_ingestion_until: "2100-01-01T00:00:00Z"}
  silent: {block_ingestion_until: "2100-01-01T00:00:00Z", block_ingestion_status_code: 200}
  policy: {block_ingestion_policy_until: {finance: "2100-01-01T00:00:00Z"}, policy_enforced_labels: {}}
  labels: {required_labels: [app, env], minimum_labels_number: 2}
  queries:
    blocked_queries:
      - {pattern: '.*secret.*', regex: true}
      - {pattern: '{app="a"} |= "x"'}
      - {types: [metric], tags: {source: robot}}
  bytes: {max_query_bytes_read: 1KB}
  off: {max_query_parallelism: 0}
  narrow: {max_global_streams_per_user: 3}
"""


class Limits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = SkaldServer()
        cls.server.config = CONFIG.replace("FOLDER", cls.server.folder)
        with open(f"{cls.server.folder}/overrides.yaml", "w") as file:
            file.write(OVERRIDES)
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def push(self, tenant, labels, line="a line"):
        return self.server.push([(labels, [(now_ns(), line)])], {"X-Scope-OrgID": tenant})

    def query(self, tenant, query, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.server.get("/loki/api/v1/query_range", {"query": query, "since": "1h"},
                               {"X-Scope-OrgID": tenant, **headers})

    def assert_refused(self, answer, status, text):
        self.assertEqual((answer.status, answer.text.rstrip("\n")), (status, text))

    def test_a_request_may_name_stricter_limits(self):
        self.push("asked", {"app": "a", "env": "x"}, "some line")

        def ask(limits, path="query_range", query='{app="a"}', **more):
            header = limits if isinstance(limits, str) else json.dumps(limits)
            return self.server.get(f"/loki/api/v1/{path}", {"query": query, "since": "3h", **more},
                                   {"X-Scope-OrgID": "asked", "X-Loki-Query-Limits": header})

        self.assertEqual(ask({"maxQueryLength": "4h", "maxEntriesLimitPerQuery": 100}).status, 200)
        too_long = "the query time range exceeds the limit (query length: 3h0m0s, limit: 2h)"
        for path in ("query_range", "labels", "series", "index/stats", "index/volume", "index/shards", "detected_labels", "detected_fields"):
            answer = ask({"maxQueryLength": "2h"}, path, targetBytesPerShard="1MB", **({"match[]": '{app="a"}'} if path == "series" else {}))
            self.assertEqual((answer.status, answer.text.split(", limit")[0][:44]), (400, too_long[:44]), path)
        self.assert_refused(ask({"requiredLabels": ["env"]}), 400,
                            "stream selector is missing required matchers [env], labels present in the query were [app] "
                            "(limits_config.required_labels)")
        self.assertIn("less label matchers than required", ask({"minimumLabelsNumber": 2}).text)
        self.assertIn("max entries limit per query exceeded", ask({"maxEntriesLimitPerQuery": 7}).text)
        self.assertIn("value exceeds limit: [2h] > [1h]", ask({"maxQueryInterval": "1h"}, query='rate({app="a"}[2h])', step=60).text)
        self.assertIn("the query would read too many bytes", ask({"maxQueryBytesRead": 1}).text)
        time.sleep(0.002)
        self.assertEqual(ask({"maxQueryLookback": "1ms", "maxQueryTime": "1m"}).json["data"]["result"], [])
        # Only stricter ones count.
        self.assertIn("max entries limit per query exceeded", ask({"maxEntriesLimitPerQuery": 100000}, limit=5001).text)
        for wrong in ("{", "[]", '{"maxQueryTime": 5}', '{"maxEntriesLimitPerQuery": "many"}', "{} " + "x" * 5000):
            answer = ask(wrong)
            self.assertEqual((answer.status, answer.text[:36]), (400, "invalid X-Loki-Query-Limits header: "), wrong)

    def test_pushes_of_a_blocked_tenant_get_its_status(self):
        self.assert_refused(self.push("blocked", {"app": "a"}), 260,
                            "ingestion blocked for user 'blocked' until '2100-01-01T00:00:00Z' with status code '260' "
                            "(limits_config.block_ingestion_until)")
        self.assertIn('reason="blocked_ingestion"', self.server.get("/metrics").text)

    def test_status_200_drops_without_a_word(self):
        self.assertEqual(self.push("silent", {"app": "a"}).status, 204)
        self.assertEqual(self.query("silent", '{app="a"}').json["data"]["result"], [])

    def test_a_blocked_policy_concerns_its_streams_only(self):
        self.assertEqual(self.push("policy", {"app": "a"}).status, 204)
        self.assert_refused(self.push("policy", {"app": "billing"}), 260,
                            "ingestion blocked for user 'policy' (policy: 'finance') until '2100-01-01T00:00:00Z' "
                            "with status code '260' (limits_config.block_ingestion_policy_until)")

    def test_refusals_are_counted_under_their_policy(self):
        self.assertEqual(self.push("counted", {"app": "billing"}).status, 400)
        self.assertRegex(self.server.get("/metrics").text, r'loki_discarded_samples_total\{(?=[^}]*tenant="counted")'
                         r'(?=[^}]*reason="missing_enforced_labels")[^}]*policy="finance"[^}]*\} 1\n')

    def test_labels_of_a_policy_are_enforced(self):
        self.assert_refused(self.push("t", {"app": "billing"}), 400,
                            "missing required labels 'owner' for user 't' for stream "
                            "'{app=\"billing\", service_name=\"billing\"}' (policy: 'finance') "
                            "(limits_config.policy_enforced_labels)")
        self.assertEqual(self.push("t", {"app": "billing", "owner": "me"}).status, 204)

    def test_a_sender_may_name_the_policy(self):
        def push(policy):
            return self.server.push([({"app": "billing"}, [(now_ns(), "x")])], {"X-Scope-OrgID": "policy", "X-Loki-Ingestion-Policy": policy})
        self.assertEqual(push("finance").status, 260)
        self.assertEqual(push("other").status, 204)
        otlp = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"timeUnixNano": str(now_ns()), "body": {"stringValue": "x"}}]}]}]}
        for policy, status in (("finance", 260), ("other", 204)):
            answer = self.server.request("POST", "/otlp/v1/logs", json.dumps(otlp), {
                "Content-Type": "application/json", "X-Scope-OrgID": "policy", "X-Loki-Ingestion-Policy": policy})
            self.assertEqual(answer.status, status, answer.text)

    def test_queries_name_the_labels_that_are_asked_for(self):
        self.assert_refused(self.query("labels", '{app="a"}'), 400,
                            "stream selector is missing required matchers [env], labels present in the query were [app] "
                            "(limits_config.required_labels)")
        both = self.server.get("/loki/api/v1/query_range", {"query": '{app="a"}'},
                               {"X-Scope-OrgID": "labels", "X-Loki-Query-Limits": '{"requiredLabels": ["env", "team"]}'})
        self.assertIn("missing required matchers [env, team],", both.text)
        self.assertEqual(self.query("labels", '{app="a", env=~".+"}').status, 200)
        fields = self.server.get("/loki/api/v1/detected_fields", {"query": '{app="a"}'}, {"X-Scope-OrgID": "labels"})
        self.assertEqual((fields.status, "missing required matchers [env]" in fields.text), (400, True), fields.text)
        # Lists of labels and streams need no selector, so nothing is asked of one.
        for path in ("label/app/values", "series", "index/stats"):
            answer = self.server.get(f"/loki/api/v1/{path}", {"query": '{app="a"}', "match[]": '{app="a"}'}, {"X-Scope-OrgID": "labels"})
            self.assertEqual(answer.status, 200, (path, answer.text))

    def test_blocked_queries(self):
        for query in ('{app="a"} |= "secret"', ' {app="a"} |= "x" '):
            self.assert_refused(self.query("queries", query), 400, "query blocked by policy (limits_config.blocked_queries)")
        self.assertIn('loki_blocked_queries{user="queries"} 2\n', self.server.get("/metrics").text)
        metric = 'rate({app="a"}[1m])'
        self.assertEqual(self.query("queries", metric).status, 200)
        self.assertEqual(self.query("queries", metric, X_Query_Tags="Source=robot").status, 400)
        self.assertEqual(self.query("queries", '{app="a"}', X_Query_Tags="Source=robot").status, 200)

    def test_a_query_may_read_so_many_bytes(self):
        self.push("bytes", {"app": "a"}, "x" * 600)
        self.assertEqual(self.query("bytes", '{app="a"}').status, 200)
        self.push("bytes", {"app": "a"}, "y" * 600)
        self.assert_refused(self.query("bytes", '{app="a"}'), 400,
                            "the query would read too many bytes (query: 1.2 KiB, limit: 1.0 KiB); consider adding "
                            "more specific stream selectors or reduce the time range of the query (limits_config.max_query_bytes_read)")

    def test_querying_can_be_disabled(self):
        answer = self.query("off", '{app="a"}')
        self.assert_refused(answer, 429, "querying is disabled, please contact your Loki operator (limits_config.max_query_parallelism)")
        self.assertIn("retry-after", answer.headers)

    def test_the_stream_limit_names_the_label_with_the_most_values(self):
        for pod in range(3):
            self.assertEqual(self.push("narrow", {"app": "a", "pod": str(pod)}).status, 204)
        answer = self.push("narrow", {"app": "a", "pod": "3"})
        self.assertEqual(answer.status, 429)
        self.assertTrue(answer.text.startswith("maximum active stream limit exceeded when trying to create stream "))
        self.assertIn("the label with the most values is 'pod' with 3", answer.text)
        self.assertIn("limits_config.max_global_streams_per_user: 3", answer.text)

    def test_queries_over_several_tenants(self):
        for tenant in ("one", "two"):
            self.assertEqual(self.push(tenant, {"app": "shared"}, f"of {tenant}").status, 204)
        self.assertEqual(self.push("two", {"app": "shared", "__tenant_id__": "mine"}, "own").status, 204)
        streams = self.query("two|one", '{app="shared"}').json["data"]["result"]
        found = {(s["stream"]["__tenant_id__"], s["stream"].get("original___tenant_id__"), s["values"][0][1])
                 for s in streams}
        self.assertEqual(found, {("one", None, "of one"), ("two", None, "of two"), ("two", "mine", "own")})
        chosen = self.query("one|two", '{app="shared", __tenant_id__="one"}').json["data"]["result"]
        self.assertEqual([s["values"][0][1] for s in chosen], ["of one"])
        own = self.query("one|two", '{app="shared", original___tenant_id__="mine"}').json["data"]["result"]
        self.assertEqual([s["values"][0][1] for s in own], ["own"])
        both = {"X-Scope-OrgID": "one|two"}
        counts = self.server.get("/loki/api/v1/query",
                                 {"query": 'sum by (__tenant_id__) (count_over_time({app="shared"}[1h]))'}, both)
        self.assertEqual({r["metric"]["__tenant_id__"]: r["value"][1] for r in counts.json["data"]["result"]},
                         {"one": "1", "two": "2"})
        self.assertIn("__tenant_id__", self.server.get("/loki/api/v1/labels", {}, both).json["data"])
        self.assertEqual(self.server.get("/loki/api/v1/label/__tenant_id__/values", {}, both).json["data"],
                         ["one", "two"])
        series = self.server.get("/loki/api/v1/series", {"match[]": '{app="shared"}'}, both).json["data"]
        self.assertEqual(len(series), 3)
        stats = self.server.get("/loki/api/v1/index/stats", {"query": '{app="shared"}'}, both).json
        self.assertEqual((stats["streams"], stats["entries"]), (3, 3))
        for path in ("/loki/api/v1/drilldown-limits", "/config/tenant/v1/limits"):
            self.assertEqual(self.server.get(path, {}, both).status, 200, path)

    def test_pushes_are_of_one_tenant(self):
        self.assert_refused(self.push("one|two", {"app": "a"}), 400, "multiple org IDs present")

    def test_a_query_leaves_a_line_with_what_it_cost(self):
        self.push("logged", {"app": "logged"}, "12345")
        self.query("logged", '{app="logged"} |= "3"', X_Query_Tags="Source=test,Dashboard=x")
        deadline = time.monotonic() + PATIENCE
        wanted = ("msg=query ", "org_id=logged", "query_type=filter", "range_type=range", "status=200",
                  "total_lines=1", "total_entries=1", "total_bytes=\"5 B\"", "source=test", "dashboard=x")
        while not any(all(part in line for part in wanted) for line in self.server.log):
            self.assertLess(time.monotonic(), deadline, [l for l in self.server.log if "logged" in l])
            time.sleep(0.02)
        self.assertTrue(any('msg="slow query detected"' in line and "org_id=logged" in line
                            for line in self.server.log))


class OneTenantOnly(unittest.TestCase):
    def test_several_tenants_are_refused_unless_enabled(self):
        with SkaldServer(config="auth_enabled: true\n") as server:
            answer = server.get("/loki/api/v1/labels", {}, {"X-Scope-OrgID": "a|b"})
            self.assertEqual((answer.status, answer.text), (400, "multiple org IDs present\n"))


class Bodies(unittest.TestCase):
    def test_bodies_that_are_refused_for_their_size_are_counted(self):
        """Nobody knows the lines in them: bytes only, as they came."""
        sizes = "distributor: {max_recv_msg_size: 100KB, max_decompressed_size: 200KB}\n"
        with SkaldServer(config="auth_enabled: true\n" + sizes) as server:
            def push(tenant, path, body, **headers):
                headers = {name.replace("_", "-"): value for name, value in headers.items()}
                return server.request("POST", path, body, {"X-Scope-OrgID": tenant, **headers})

            def refused(tenant, form):
                labels = rf'(?=[^}}]*reason="request_body_too_large")(?=[^}}]*tenant="{tenant}")(?=[^}}]*format="{form}")'
                found = re.search(rf"^loki_discarded_bytes_total\{{{labels}[^}}]*\}} (\S+)$", server.get("/metrics").text, re.M)
                return float(found.group(1)) if found else 0

            large, bomb = b" " * 150_000, gzip.compress(b" " * 300_000)
            self.assertEqual(push("json", "/loki/api/v1/push", large, Content_Type="application/json").status, 400)
            self.assertEqual(refused("json", "loki"), 150_000)
            self.assertEqual(push("proto", "/loki/api/v1/push", large, Content_Type="application/x-protobuf").status, 413)
            self.assertEqual(refused("proto", "loki"), 150_000)
            self.assertEqual(push("otlp", "/otlp/v1/logs", large, Content_Type="application/json").status, 413)
            self.assertEqual(refused("otlp", "otlp"), 150_000)
            packed = {"Content_Type": "application/json", "Content_Encoding": "gzip"}
            for tenant, path, form in (("bomb", "/loki/api/v1/push", "loki"), ("otlp-bomb", "/otlp/v1/logs", "otlp")):
                self.assertEqual(push(tenant, path, bomb, **packed).status, 400)
                self.assertEqual(refused(tenant, form), len(bomb))
            self.assertEqual(push("wrong", "/loki/api/v1/push", b"{", Content_Type="application/json").status, 400)
            self.assertEqual(refused("wrong", "loki"), 0)


if __name__ == "__main__":
    unittest.main()

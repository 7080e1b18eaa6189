# SPDX-License-Identifier: Apache-2.0
"""What a new user does first: start, push, query, restart, query again; and the pages around it."""
import gzip
import json
import unittest

from skald_server import SkaldServer, now_ns


class FirstSteps(unittest.TestCase):
    def test_push_query_flush_restart_query(self):
        start = now_ns()
        with SkaldServer() as server:
            pushed = server.push([({"app": "shop", "env": "prod"},
                                   [(start + i, f"order {i} level=info") for i in range(100)]),
                                  ({"app": "cart"}, [(start, "hello", {"trace_id": "abc"})])])
            self.assertEqual((pushed.status, pushed.text), (204, ""))
            expected = [(start + i, f"order {i} level=info") for i in range(100)]

            def check(when):
                self.assertEqual(server.lines('{app="shop"}', start, start + 1000), expected, when)
                self.assertEqual(server.lines('{app="shop"} |= "order 42 "', start, start + 1000),
                                 [(start + 42, "order 42 level=info")], when)
                stream = server.query_range('{app="cart"} | trace_id="abc"', start, start + 1)[0]
                self.assertEqual(stream["stream"], {"app": "cart", "service_name": "cart", "trace_id": "abc",
                                                    "detected_level": "unknown"}, when)
                vector = server.get("/loki/api/v1/query", {"query": 'sum by (app) (count_over_time({app=~".+"}[5m]))',
                                                           "time": start + 10**9}).json["data"]
                counts = {item["metric"]["app"]: item["value"][1] for item in vector["result"]}
                self.assertEqual(counts, {"shop": "100", "cart": "1"}, when)
                labels = server.get("/loki/api/v1/labels", {"start": start - 10**9, "end": start + 10**9}).json["data"]
                self.assertEqual(labels, ["app", "env", "service_name"], when)
                values = server.get("/loki/api/v1/label/app/values", {"start": start - 10**9, "end": start + 10**9})
                self.assertEqual(values.json["data"], ["cart", "shop"], when)

            check("in memory")
            server.flush()
            check("flushed")
            self.assertEqual(server.stop(), 0)
            server.start()
            check("restarted")

    def test_unflushed_lines_survive_a_clean_stop_and_a_kill(self):
        start = now_ns()
        with SkaldServer() as server:
            self.assertEqual(server.push([({"app": "a"}, [(start, "one")])]).status, 204)
            server.kill()
            server.start()
            self.assertEqual(server.push([({"app": "a"}, [(start + 1, "two")])]).status, 204)
            self.assertEqual(server.stop(), 0)
            server.start()
            self.assertEqual(server.lines('{app="a"}', start, start + 10), [(start, "one"), (start + 1, "two")])

    def test_pages_of_the_server(self):
        with SkaldServer() as server:
            self.assertEqual(server.get("/ready").text, "ready\n")
            self.assertIn("ingester => Running", server.get("/services").text)
            self.assertIn("auth_enabled: false", server.get("/config").text)
            self.assertIn("path_prefix", server.get("/config", {"mode": "diff"}).text)
            self.assertIn("loki_build_info", server.get("/metrics").text)
            self.assertEqual(server.get("/loki/api/v1/status/buildinfo").json["version"], "3.7.6")
            ring = server.get("/ring", headers={"Accept": "application/json"}).json
            self.assertEqual([shard["state"] for shard in ring["shards"]], ["ACTIVE"])
            self.assertEqual(server.request("POST", "/log_level", "log_level=debug",
                                            {"Content-Type": "application/x-www-form-urlencoded"}).status, 200)
            self.assertEqual(server.get("/log_level").json["message"], "Current log level is debug")
            self.assertEqual((server.get("/nothing").status, server.get("/nothing").text), (404, "404 page not found\n"))
            self.assertEqual(server.request("DELETE", "/loki/api/v1/push").status, 405)

    def test_tenants_see_only_their_own(self):
        start = now_ns()
        with SkaldServer(config="auth_enabled: true\n") as server:
            self.assertEqual((server.push([({"app": "a"}, [(start, "x")])]).status), 401)
            for tenant in ("one", "two"):
                self.assertEqual(server.push([({"app": "a"}, [(start, "of " + tenant)])],
                                             {"X-Scope-OrgID": tenant}).status, 204)
            for flushed in (False, True):
                if flushed:
                    server.flush()
                for tenant in ("one", "two"):
                    answer = server.get("/loki/api/v1/query_range", {"query": '{app="a"}', "start": start, "end": start + 10},
                                        {"X-Scope-OrgID": tenant})
                    values = [value for stream in answer.json["data"]["result"] for value in stream["values"]]
                    self.assertEqual(values, [[str(start), "of " + tenant]])

    def test_compressed_bodies_and_answers(self):
        start = now_ns()
        with SkaldServer() as server:
            body = json.dumps({"streams": [{"stream": {"app": "z"}, "values": [[str(start + i), "line " * 20]
                                                                               for i in range(200)]}]})
            answer = server.request("POST", "/loki/api/v1/push", gzip.compress(body.encode()),
                                    {"Content-Type": "application/json", "Content-Encoding": "gzip"})
            self.assertEqual(answer.status, 204)
            answer = server.get("/loki/api/v1/query_range", {"query": '{app="z"}', "start": start, "end": start + 1000,
                                                             "limit": 1000}, {"Accept-Encoding": "gzip"})
            self.assertEqual(answer.headers.get("content-encoding"), "gzip")
            result = json.loads(gzip.decompress(answer.body))["data"]["result"]
            self.assertEqual(sum(len(stream["values"]) for stream in result), 200)

    def test_bad_requests_say_what_is_wrong(self):
        with SkaldServer() as server:
            def error(path, params=None):
                answer = server.get(path, params)
                return answer.status, answer.text.splitlines()[0]

            self.assertEqual(error("/loki/api/v1/query_range", {"query": '{app="a"'}),
                             (400, "parse error at line 1, col 9: syntax error: unexpected $end, expecting } or ,"))
            self.assertEqual(error("/loki/api/v1/query_range", {"query": '{app="a"}', "limit": "0"}),
                             (400, "limit must be a positive value"))
            self.assertEqual(error("/loki/api/v1/query_range", {"query": '{app="a"}', "start": "abc"})[0], 400)
            answer = server.request("POST", "/loki/api/v1/push", "{", {"Content-Type": "application/json"})
            self.assertEqual(answer.status, 400)
            self.assertTrue(answer.text)


if __name__ == "__main__":
    unittest.main()

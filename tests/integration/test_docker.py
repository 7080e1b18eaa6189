# SPDX-License-Identifier: Apache-2.0
"""What docker compose starts fits together: Skald takes the image's configuration, and has what the dashboard asks for."""
import json
import os
import re
import unittest

from skald_server import SkaldServer, now_ns, wait_for

DOCKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docker")
HOUR = 3600 * 10**9
# Words of PromQL, and labels that are named in it.
NO_METRICS = {"sum", "rate", "increase", "histogram_quantile", "by", "reason", "tenant", "le", "route", "status_code"}
LATER = {"loki_runtime_config_last_reload_successful": "there is no file of a runtime configuration"}


def read(*path):
    with open(os.path.join(DOCKER, *path), encoding="utf-8") as file:
        return file.read()


def dashboard_queries(source):
    for panel in json.loads(read("grafana", "skald-health.json"))["panels"]:
        for target in panel.get("targets", []):
            if (target.get("datasource") or panel["datasource"])["type"] == source:
                yield target["expr"]


class Docker(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = SkaldServer(config=read("skald.yaml")).start()
        rows = [(now_ns() - i * 10**9, f"level=info msg=hello number={i}") for i in range(10)]
        answer = cls.server.push([({"job": "skald"}, rows)])
        assert answer.status == 204, answer.text
        # The dashboard also shows what is refused.
        refused = cls.server.push([({"job": "skald"}, [(now_ns() - 1000 * 24 * HOUR, "old")])])
        assert refused.status == 400, refused.text

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def test_metrics_of_the_dashboard_are_there(self):
        def names():
            return set(re.findall(r"^([a-z_]+)(?:\{.*\})? ", self.server.get("/metrics").text, re.M))

        wanted = set()
        for query in dashboard_queries("prometheus"):
            wanted.update(re.findall(r"\b[a-z_]+\b", query.replace("$__rate_interval", "")))
        wanted -= NO_METRICS
        self.assertGreater(len(wanted), 10)
        self.assertEqual(wanted - names(), set(LATER))

    def test_queries_of_the_dashboard_find_lines(self):
        queries = [query.replace("$__auto", "1m") for query in dashboard_queries("loki")]
        self.assertEqual(len(queries), 2)
        for query in queries:
            answer = self.server.get("/loki/api/v1/query_range", {"query": query, "start": now_ns() - HOUR, "end": now_ns(), "step": "60s"})
            self.assertEqual(answer.status, 200, answer.text)
            self.assertTrue(answer.json["data"]["result"], query)

    def test_drilldown_has_its_patterns(self):
        self.assertTrue(self.server.get("/loki/api/v1/drilldown-limits").json["pattern_ingester_enabled"])
        asked = {"query": '{job="skald"}', "start": now_ns() - HOUR, "end": now_ns() + HOUR}
        [pattern] = wait_for("patterns", lambda: self.server.get("/loki/api/v1/patterns", asked).json["data"])
        self.assertEqual(pattern["pattern"], "level=info msg=hello number=<_>")


if __name__ == "__main__":
    unittest.main()

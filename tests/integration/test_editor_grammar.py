# SPDX-License-Identifier: Apache-2.0
"""The grammar of Grafana's query editor and the parser here take the same queries, over all golden queries and many of a builder."""
import glob
import json
import os
import subprocess
import unittest

from builder_queries import builder_queries
from skald_server import SkaldServer, now_ns

HERE = os.path.dirname(os.path.abspath(__file__))
GRAMMAR = os.path.join(HERE, "grammar")
GOLDEN = os.path.join(HERE, "..", "golden", "logql")

# Queries that Loki's server takes and the editor marks as wrong.
EDITOR_REFUSES = {
    "0x1p4": "a number in hexadecimal",
    '{app="a"} | b>1KB | b>=1.5MiB | b<5k | b<=0B | b=2PiB | b==1PB | b!=3G': "bytes without a B",
    '{app="a"} | a="b" c="d" and e="f"': "conditions side by side",
    '{app="a"} | a="b" and c="d" e="f" or g="h"': "conditions side by side",
    '{app="a"} # a comment\n |= "x" // another\n /* and\n a third */ |= "y"': "comments with // and /* */",
    'SUM BY (a) (Rate({app="a"} | JSON [5m]))': "words in capitals",
    'rate({app="a"}[0])': "a range without a unit",
    '{sum="a", rate="b", count="c", bytes="d", duration="e", ip="f", vector="g", label_replace="h"}':
        "names of functions as labels",
    '{größe="a", 日本2="b"}': "letters outside of ASCII in names",
}

# Queries that are no syntax here and that the editor takes.
EDITOR_ACCEPTS = {
    "vector(1) + on (a,) vector(2)": "a comma behind the last label",
}


def golden_queries():
    """(query, the error here or nothing) of each golden case."""
    for path in sorted(glob.glob(os.path.join(GOLDEN, "*.test"))):
        with open(path, encoding="utf-8") as file:
            for case in file.read().split("\n\n"):
                lines = [line for line in case.split("\n") if line and not line.startswith("#")]
                query = "\n".join(line[2:] for line in lines if line.startswith("> "))
                if query:
                    yield query, next((line[2:] for line in lines if line.startswith("! ")), None)


def grafana_queries():
    with open(os.path.join(HERE, "..", "golden", "grafana", "queries.txt"), encoding="utf-8") as file:
        return [line for line in file.read().split("\n") if line and not line.startswith("#")]


class EditorGrammar(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not os.path.isdir(os.path.join(GRAMMAR, "node_modules", "@grafana", "lezer-logql")):
            subprocess.run(["npm", "ci", "--silent", "--no-progress"], cwd=GRAMMAR, check=True, timeout=300)

    def looks(self, queries):
        """What the editor makes of each."""
        done = subprocess.run(["node", "accepts.mjs"], cwd=GRAMMAR, input=json.dumps(queries), text=True,
                              capture_output=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def refused(self, queries):
        return {query for query, look in zip(queries, self.looks(queries)) if not look["good"]}

    def test_the_editor_accepts_what_is_accepted_here(self):
        queries = [query for query, error in golden_queries() if error is None]
        self.assertGreater(len(queries), 80)
        self.assertEqual(self.refused(queries), set(EDITOR_REFUSES))

    def test_the_editor_refuses_what_is_no_syntax_here(self):
        queries = [query for query, error in golden_queries() if error and error.startswith("parse error at ") and "syntax error" in error]
        self.assertGreater(len(queries), 50)
        self.assertEqual(set(queries) - self.refused(queries), set(EDITOR_ACCEPTS))

    def run_query(self, server, query):
        return server.get("/loki/api/v1/query_range", {"query": query, "step": "60s"})

    def need_kind(self, query, look, answer):
        """A matrix for what the editor takes for a metric query, streams for the others."""
        if look["good"]:
            self.assertEqual(answer.json["data"]["resultType"], "matrix" if look["metric"] else "streams", query)

    def test_kinds_of_golden_queries(self):
        queries = [query for query, error in golden_queries() if error is None]
        checked = 0
        with SkaldServer() as server:
            for query, look in zip(queries, self.looks(queries)):
                answer = self.run_query(server, query)
                # Some are syntax, and cannot be evaluated.
                self.assertFalse(answer.status != 200 and "syntax error" in answer.text, (query, answer.text))
                if answer.status == 200:
                    self.need_kind(query, look, answer)
                    checked += 1
        self.assertGreater(checked, 80)

    def test_what_a_builder_makes_is_accepted(self):
        queries = list(dict.fromkeys(builder_queries(1500)))
        looks = self.looks(queries)
        # A filter of lines behind `drop` or `keep` may be read as theirs.
        self.assertLess(sum(not look["good"] for look in looks), len(queries) / 50)
        queries, looks = zip(*((query, look) for query, look in zip(queries, looks) if look["good"]))
        self.assertGreater(min(sum(look["metric"] for look in looks), sum(not look["metric"] for look in looks)), 400)
        with SkaldServer() as server:
            for query, look in zip(queries, looks):
                with self.subTest(query):
                    formatted = server.get("/loki/api/v1/format_query", {"query": query})
                    self.assertEqual(formatted.status, 200, formatted.text)
                    self.need_kind(query, look, self.run_query(server, query))

    def test_queries_that_grafana_writes_run(self):
        queries = grafana_queries()
        self.assertGreater(len(queries), 120)
        looks = self.looks(queries)
        self.assertTrue(all(look["good"] for look in looks))
        with SkaldServer() as server:
            now = now_ns()
            server.push([({"app": "a", "job": "mysql", "service_name": name, "level": level},
                          [(now - i, f'level={level} status=200 latency=0 size=3KB msg="metrics"') for i in range(20)])
                         for name in ("nginx", "x") for level in ("info", "error")])
            for query, look in zip(queries, looks):
                for path in ("/loki/api/v1/query_range", "/loki/api/v1/query"):
                    answer = server.get(path, {"query": query, "start": now - 60 * 10**9, "end": now + 1, "step": "10s"})
                    if path.endswith("/query") and answer.status == 400:
                        self.assertIn("log queries are not supported as an instant query type", answer.text, query)
                        continue
                    self.assertEqual(answer.status, 200, (path, query, answer.text))
                    kind = "streams" if not look["metric"] else "vector" if path.endswith("/query") else "matrix"
                    self.assertEqual(answer.json["data"]["resultType"], kind, (path, query))
                    formatted = server.get("/loki/api/v1/format_query", {"query": query})
                    self.assertEqual(formatted.status, 200, (query, formatted.text))
                    # The canonical text is a fixed point.
                    text = formatted.json["data"]
                    self.assertEqual(server.get("/loki/api/v1/format_query", {"query": text}).json["data"], text, query)


if __name__ == "__main__":
    unittest.main()

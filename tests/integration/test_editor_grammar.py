# SPDX-License-Identifier: Apache-2.0
"""The grammar of Grafana's query editor accepts what this parser accepts, over all golden queries."""
import glob
import json
import os
import subprocess
import unittest

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


def golden_queries():
    """(query, accepted here) of each golden case."""
    for path in sorted(glob.glob(os.path.join(GOLDEN, "*.test"))):
        with open(path, encoding="utf-8") as file:
            for case in file.read().split("\n\n"):
                lines = [line for line in case.split("\n") if line and not line.startswith("#")]
                query = "\n".join(line[2:] for line in lines if line.startswith("> "))
                if query:
                    yield query, not any(line.startswith("! ") for line in lines)


def grafana_queries():
    with open(os.path.join(HERE, "..", "golden", "grafana", "queries.txt"), encoding="utf-8") as file:
        return [line for line in file.read().split("\n") if line and not line.startswith("#")]


class EditorGrammar(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not os.path.isdir(os.path.join(GRAMMAR, "node_modules", "@grafana", "lezer-logql")):
            subprocess.run(["npm", "ci", "--silent", "--no-progress"], cwd=GRAMMAR, check=True, timeout=300)

    def refused(self, queries):
        done = subprocess.run(["node", "accepts.mjs"], cwd=GRAMMAR, input=json.dumps(queries), text=True,
                              capture_output=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return {query for query, good in zip(queries, json.loads(done.stdout)) if not good}

    def test_the_editor_accepts_what_is_accepted_here(self):
        queries = [query for query, accepted in golden_queries() if accepted]
        self.assertGreater(len(queries), 80)
        self.assertEqual(self.refused(queries), set(EDITOR_REFUSES))

    def test_queries_that_grafana_writes_run(self):
        queries = grafana_queries()
        self.assertGreater(len(queries), 120)
        self.assertEqual(self.refused(queries), set())
        with SkaldServer() as server:
            now = now_ns()
            server.push([({"app": "a", "job": "mysql", "service_name": name, "level": level},
                          [(now - i, f'level={level} status=200 latency=0 size=3KB msg="metrics"') for i in range(20)])
                         for name in ("nginx", "x") for level in ("info", "error")])
            for query in queries:
                for path in ("/loki/api/v1/query_range", "/loki/api/v1/query"):
                    answer = server.get(path, {"query": query, "start": now - 60 * 10**9, "end": now + 1, "step": "10s"})
                    if path.endswith("/query") and answer.status == 400:
                        self.assertIn("log queries are not supported as an instant query type", answer.text, query)
                        continue
                    self.assertEqual(answer.status, 200, (path, query, answer.text))
                    formatted = server.get("/loki/api/v1/format_query", {"query": query})
                    self.assertEqual(formatted.status, 200, (query, formatted.text))
                    # The canonical text is a fixed point.
                    text = formatted.json["data"]
                    self.assertEqual(server.get("/loki/api/v1/format_query", {"query": text}).json["data"], text, query)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""Merging and retention in a real process: what is asked stays the same, what is stored gets less."""
import os
import unittest

from skald_server import SkaldServer, now_ns, wait_for

DAY = 86_400 * 10**9
EAGER = ["-compactor.compaction-interval=200ms", "-compactor.merge-segments=4", "-compactor.retention-delete-delay=0s",
         "-compactor.merge-after=1h", "-distributor.ingestion-rate-limit-mb=1000",
         "-distributor.ingestion-burst-size-mb=1000"]


class Compactor(unittest.TestCase):
    @staticmethod
    def segments(server):
        return sorted(os.listdir(f"{server.folder}/data/chunks/segments"))

    @staticmethod
    def status(server):
        return server.get("/compactor/status").json

    def test_segments_are_merged_and_answers_stay(self):
        with SkaldServer(EAGER) as server:
            start = now_ns() - 10**9
            sent = []
            for batch in range(8):
                values = [(start + batch * 1000 + i, f"batch {batch} line {i}") for i in range(200)]
                # A copy of the line before, as of a client that tries again.
                self.assertEqual(server.push([({"app": "a", "env": "x"}, values),
                                              ({"app": "b", "env": "x"}, [values[0], values[0]])]).status, 204)
                sent += values + [values[0]]
                server.flush()
            wait_for("a merge", lambda: self.status(server)["merges"] >= 1)
            wait_for("few objects", lambda: len(self.segments(server)) <= 4)
            self.assertEqual(server.lines('{env="x"}', start, now_ns()), sorted(sent))
            count = server.get("/loki/api/v1/query", {"query": 'sum(count_over_time({env="x"}[1h]))', "time": now_ns()})
            self.assertEqual(count.json["data"]["result"][0]["value"][1], str(len(sent)))
            # Counted at the end of a run.
            for line in ("loki_boltdb_shipper_compactor_running 1",
                         'loki_boltdb_shipper_compact_tables_operation_total{status="success"}',
                         'loki_compactor_apply_retention_operation_total{status="success"}'):
                wait_for(line, lambda line=line: line in server.get("/metrics").text)
            ring = server.get("/compactor/ring", headers={"Accept": "application/json"}).json
            self.assertEqual([member["state"] for member in ring["shards"]], ["ACTIVE"])
            server.kill()
            server.start()
            self.assertEqual(server.lines('{env="x"}', start, now_ns()), sorted(sent))

    def test_expired_lines_are_hidden_at_once_and_removed_later(self):
        config = """auth_enabled: false
limits_config:
  reject_old_samples: false
  retention_period: 72h
  retention_stream:
    - selector: '{app="short"}'
      priority: 1
      period: 24h
"""
        flags = [*EAGER, "-ingester.max-chunk-age=4000h"]
        with SkaldServer(flags, config) as server:
            now = now_ns()
            start = now - 10 * DAY

            def push(app, days):
                self.assertEqual(server.push([({"app": app}, [(now - int(days * DAY), f"{app} {days}")])]).status, 204)

            for app in ("long", "short"):
                for days in (9, 2, 0.5):
                    push(app, days)
            shown = ["long 0.5", "long 2", "short 0.5"]

            def lines():
                return sorted(line for _, line in server.lines('{app=~".+"}', start, now_ns()))
            self.assertEqual(lines(), shown)
            server.flush()
            self.assertEqual(lines(), shown)
            count = server.get("/loki/api/v1/query", {"query": 'sum(count_over_time({app=~".+"}[20d]))', "time": now_ns()})
            self.assertEqual(count.json["data"]["result"][0]["value"][1], "3")
            # The next segment lets the first one be rewritten without its expired lines.
            push("long", 0.1)
            server.flush()
            wait_for("removal", lambda: self.status(server)["expired_rows_dropped"] >= 3)
            # What comes next is listed at the end of a run.
            wait_for("a list of what comes next", lambda: self.status(server)["next"])
            self.assertEqual(lines(), ["long 0.1", *shown])


if __name__ == "__main__":
    unittest.main()

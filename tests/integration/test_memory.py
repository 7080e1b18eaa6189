# SPDX-License-Identifier: Apache-2.0
"""One setting for memory: each share is driven past its end, the answer is a clear 429 or 503, the process stays within 110 % of the
setting, and afterwards it works as before without help."""
import concurrent.futures
import json
import os
import random
import re
import socket
import threading
import time
import unittest
import urllib.parse

from disk_faults import LIBRARY, SYNC, WRITE, DiskFaults
from skald_server import PATIENCE, SANITIZED, SkaldServer, now_ns, wait_for
from test_tail import BareTail

LIMIT = 224 << 20
CONFIG = """
auth_enabled: false
memory: {limit: 224MB}
distributor: {max_recv_msg_size: 16MB}
limits_config: {ingestion_rate_mb: 1000, ingestion_burst_size_mb: 1000, per_stream_rate_limit: 1GB, per_stream_rate_limit_burst: 1GB,
  max_query_series: 1000000, max_entries_limit_per_query: 100000, max_global_streams_per_user: 0}
"""


class Watch(threading.Thread):
    """The most memory that a process has had while it was watched."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.path, self.most, self.done = f"/proc/{pid}/statm", 0, threading.Event()

    def run(self):
        while not self.done.wait(0.02):
            with open(self.path) as file:
                self.most = max(self.most, int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE"))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.join()


class Memory(unittest.TestCase):
    def setUp(self):
        self.server = SkaldServer(config=CONFIG)
        self.addCleanup(self.server.__exit__)
        self.faults = DiskFaults(self.server) if os.path.exists(LIBRARY) else None
        self.server.start()
        self.start = now_ns()
        self.chance = random.Random(3)

    def push_lines(self, count, size, app="big"):
        """`count` lines of `size` bytes that don't compress to nothing."""
        block = "".join(self.chance.choice("abcdefghijklmnop ") for _ in range(64 << 10))
        for first in range(0, count, 20):
            values = []
            for number in range(first, min(first + 20, count)):
                at = self.chance.randrange(1000)
                values.append((now_ns(), f"n={number} " + (block[at:] * (size // len(block) + 2))[:size]))
            answer = self.server.push([({"app": app}, values)])
            self.assertEqual(answer.status, 204, answer.text)

    def query(self, query, **more):
        return self.server.get("/loki/api/v1/query_range", {"query": query, "start": self.start, "end": now_ns(), **more})

    def ask_together(self, count, ask):
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            return list(pool.map(lambda _: ask(), range(count)))

    def expect_bounded(self, watch, limit=LIMIT):
        print(f"{self.id().split('.')[-1]}: {watch.most >> 20} MiB of {limit >> 20}")
        if not SANITIZED:
            self.assertLess(watch.most, limit * 1.1)

    def wait_for_rest(self):
        """Until no query holds memory."""
        deadline = time.monotonic() + PATIENCE
        while "skald_query_memory_bytes 0\n" not in self.server.get("/metrics").text:
            self.assertLess(time.monotonic(), deadline, "memory of queries is not given back")
            time.sleep(0.05)

    def expect_well(self):
        self.wait_for_rest()
        self.assertEqual(self.server.push([({"app": "after"}, [(now_ns(), "still here")])]).status, 204)
        self.assertEqual(len(self.server.query_range('{app="after"}', self.start, now_ns())), 1)

    def test_the_setting_is_divided(self):
        shown = self.server.get("/config").text
        for key in ("ingest", "cache", "requests", "catalog", "queries"):
            self.assertRegex(shown, rf"\n  {key}: \d")
        self.assertIn("limit: 224MB", shown)

    def test_answers_of_queries(self):
        self.push_lines(400, 100_000)
        self.server.flush()
        with Watch(self.server.process.pid) as watch:
            alone = self.query('{app="big"}', limit=5000)
            self.assertEqual(alone.status, 429, alone.text[:200])
            self.assertIn("memory.queries", alone.text)
            self.wait_for_rest()
            answers = self.ask_together(12, lambda: self.query('{app="big"}', limit=60))
            filtered = self.ask_together(12, lambda: self.query('{app="big"} |= "n=" | logfmt', limit=60))
        statuses = [answer.status for answer in answers + filtered]
        self.assertLessEqual(set(statuses), {200, 503})
        self.assertIn(200, statuses)  # How many are refused depends on how many are queued before.
        for answer in answers + filtered:
            if answer.status == 503:
                self.assertIn("memory.queries", answer.text)
                self.assertIn("retry-after", answer.headers)
        self.expect_bounded(watch)
        self.assertEqual(self.query('{app="big"}', limit=60).status, 200)
        self.expect_well()

    def test_series_and_samples_of_queries(self):
        for _ in range(10):
            values = [(now_ns(), f"id={self.chance.getrandbits(60)} v={number}") for number in range(10_000)]
            self.assertEqual(self.server.push([({"app": "ids"}, values)]).status, 204)
        with Watch(self.server.process.pid) as watch:
            for query in ('sum by (id) (count_over_time({app="ids"} | logfmt [1m]))',
                          'max by (id) (max_over_time({app="ids"} | logfmt | unwrap v [1m]))',
                          'quantile_over_time(0.9, {app="ids"} | logfmt | unwrap v [1m]) by (id)'):
                answer = self.server.get("/loki/api/v1/query_range", {
                    "query": query, "start": self.start - 3600 * 10**9, "end": now_ns(), "step": "20s"})
                self.assertEqual(answer.status, 429, (query, answer.text))
                self.wait_for_rest()
                self.assertIn("memory", answer.text)
        self.expect_bounded(watch)
        answer = self.query('sum(count_over_time({app="ids"}[1m]))')
        self.assertEqual(answer.status, 200)
        self.expect_well()

    def test_texts_that_queries_make_of_little(self):
        values = [(self.start + number, f"short {number}") for number in range(2000)]
        self.assertEqual(self.server.push([({"app": "s"}, values), ({"app": "json"}, [(self.start, json.dumps({"z": "z" * 30_000}))])]).status, 204)
        long = '`{{repeat 900000 "x"}}{{__line__}}`'
        refused = ['{app="s"} | label_format a="{{__line__}}"' + ' | label_format a="{{.a}}{{.a}}"' * 40,
                   '{app="s"}' + ' | line_format "{{__line__}}{{__line__}}"' * 40,
                   '{app="s"} | line_format ' + long,
                   'sum by (a) (count_over_time({app="s"} | label_format a=' + long + '[1m]))',
                   'max_over_time({app="s"} | label_format a=' + long + ' | label_format v="7" | unwrap v [1m]) by (a)',
                   'label_replace(count_over_time({app="s"} | regexp `(?P<n>[0-9]+)` [1m]), "x", "' + "$1" * 60_000 + '", "n", "(.*)")']
        one = 'label_replace(count_over_time({app="json"} | json [1m]), "x", "' + "$1" * 60_000 + '", "z", "(.*)")'
        with Watch(self.server.process.pid) as watch:
            for query in refused:
                answer = self.server.request("POST", "/loki/api/v1/query_range", urllib.parse.urlencode(
                    {"query": query, "start": self.start - 10**9, "end": now_ns(), "step": "10s", "limit": 2000}),
                    {"Content-Type": "application/x-www-form-urlencoded"})
                self.assertEqual(answer.status, 429, (query[:100], answer.text[:200]))
                self.assertIn("memory.queries", answer.text)
                self.wait_for_rest()
            answer = self.server.request("POST", "/loki/api/v1/query", urllib.parse.urlencode({"query": one}),
                                         {"Content-Type": "application/x-www-form-urlencoded"})
            self.assertEqual(answer.status, 200)
            self.assertEqual({len(result["metric"].get("x", "")) for result in answer.json["data"]["result"]}, {0})
        self.expect_bounded(watch)
        self.assertEqual(self.query('{app="s"} | line_format "<{{__line__}}>"', limit=60).status, 200)
        self.expect_well()

    @unittest.skipUnless(os.path.exists(LIBRARY), "the preloaded library is not built")
    def test_lines_that_come_faster_than_the_disk(self):
        self.faults.set(WRITE | SYNC, delay_us=50_000)
        line = "".join(self.chance.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(1 << 20))
        refused = []

        def push(worker):
            chance = random.Random(worker)
            for _ in range(14):
                lines = [[str(now_ns()), line[at:at + 1000]] for at in (chance.randrange(1 << 20) for _ in range(1000))]
                body = json.dumps({"streams": [{"stream": {"app": "fast", "w": str(worker)}, "values": lines}]})
                answer = self.server.request("POST", "/loki/api/v1/push", body, {"Content-Type": "application/json"})
                if answer.status != 204:
                    refused.append((answer.status, answer.text, answer.headers.get("retry-after")))
        with Watch(self.server.process.pid) as watch:
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                list(pool.map(push, range(8)))
        for status, text, retry in refused:
            self.assertIn(status, (429, 503), text)
            self.assertIsNotNone(retry)
        self.assertGreater(len(refused), 0)
        self.expect_bounded(watch)
        self.faults.off()
        self.expect_well()

    def test_bodies_of_requests(self):
        clients = []
        with Watch(self.server.process.pid) as watch:
            for _ in range(40):
                client = socket.create_connection(("127.0.0.1", self.server.port), timeout=PATIENCE)
                client.sendall(b"POST /loki/api/v1/push HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                               b"Content-Length: 4000000\r\n\r\n")
                clients.append(client)
            for client in clients:
                client.setblocking(False)
            deadline, refused = time.monotonic() + PATIENCE, 0
            while time.monotonic() < deadline and not refused:
                for client in clients:
                    try:
                        client.send(b" " * 100)
                    except OSError:
                        pass
                    try:
                        refused += b" 503 " in client.recv(4096)[:20]
                    except OSError:
                        pass
                time.sleep(0.1)
            self.assertGreater(refused, 0)
            text = self.server.get("/metrics").text
            self.assertGreater(float(re.search(r"^skald_request_memory_bytes (.*)$", text, re.M).group(1)), 8_000_000)
        for client in clients:
            client.close()
        self.expect_bounded(watch)
        self.expect_well()

    def test_bodies_that_become_much_more(self):
        """Small things take many times their bytes once they are decoded: that is charged before it is there."""
        def records(item, count):
            return b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[' + b",".join([item] * count) + b"]}]}]}"

        def values(item, count):
            return b'{"streams":[{"stream":{"app":"small"},"values":[' + b",".join([item] * count) + b"]}]}"

        push, otlp, rules = "/loki/api/v1/push", "/otlp/v1/logs", "/loki/api/v1/rules/space"
        short_rules = b"name: g\nrules:\n" + b"- record: a\n  expr: 1\n" * 150_000
        aliases = b"name: &n " + b"n" * 50_000 + b"\nrules:\n" + b"- record: *n\n  expr: 1\n" * 4000
        cases = [(otlp, records(b"{}", 2_000_000)), (otlp, records(b'{"body":{}}', 600_000)), (push, values(b'["1",""]', 780_000)),
                 (rules, b"[" + b"x," * 3_500_000 + b"]"), (rules, b"name: g\nrules: [" + b"{}," * 1_400_000 + b"]"),
                 (rules, short_rules), (rules, aliases)]
        with Watch(self.server.process.pid) as watch:
            for path, body in cases:
                answers = self.ask_together(4, lambda path=path, body=body: self.server.request(
                    "POST", path, body, {"Content-Type": "application/json"}))
                for answer in answers:
                    self.assertIn(answer.status, (413, 503), (path, body[:60], answer.text))
                    self.assertIn("memory.requests", answer.text)
        self.expect_bounded(watch)
        rule = "- alert: High{}\n  expr: |\n    sum by (app) (rate({{app=~\"a|b\", env=\"x\"}} [5m])) > 10\n  for: 5m\n" \
               "  labels: {{severity: page, team: storage}}\n  annotations:\n    summary: 'many, {{brackets}}: [a, b]'\n"
        group = "name: usual\nrules:\n" + "".join(rule.format(number) for number in range(1000))
        self.assertEqual(self.server.request("POST", rules, group).status, 202)
        self.expect_well()

    def test_answers_that_nobody_reads(self):
        self.push_lines(100, 100_000)
        clients = []
        with Watch(self.server.process.pid) as watch:
            for _ in range(60):
                client = socket.create_connection(("127.0.0.1", self.server.port), timeout=PATIENCE)
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                client.sendall(f"GET /loki/api/v1/query_range?query=%7Bapp%3D%22big%22%7D&limit=60&start={self.start} "
                               "HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                clients.append(client)
                time.sleep(0.02)
            wait_for("a query that is refused", lambda: self.query('{app="big"}', limit=60).status == 503)
        for client in clients:
            client.close()
        self.expect_bounded(watch)
        deadline = time.monotonic() + PATIENCE
        while self.query('{app="big"}', limit=60).status != 200:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        self.expect_well()

    def test_a_tail_that_nobody_reads(self):
        def gauge(name):
            return float(re.search(rf"^{name} (.*)$", server.get("/metrics").text, re.M).group(1))

        def push(count, size):
            for first in range(0, count, 4):
                values = [(now_ns(), f"n={number} " + block[self.chance.randrange(1000):][:size]) for number in range(first, first + 4)]
                while (answer := server.push([({"app": "big"}, values)])).status != 204:
                    self.assertEqual(answer.status, 503, answer.text)
                    time.sleep(0.2)

        block = "".join(self.chance.choice("abcdefghijklmnop ") for _ in range(250_000))
        with SkaldServer(["-server.http-write-timeout=1h"], config=CONFIG.replace("224MB", "128MB")) as server:
            share = int(re.search(r"\n  tails: (\d+)\n", server.get("/config").text).group(1))
            with Watch(server.process.pid) as watch, \
                    BareTail(server, '{app="big"}', receive_buffer=4096, delay_for=5) as late, \
                    BareTail(server, '{app="big"} |= "n"', receive_buffer=4096) as slow, \
                    BareTail(server, '{app="small"}') as other:
                for _ in range(3):
                    push(200, 240_000)
                    # The others' lines are shown all the same.
                    self.assertEqual(server.push([({"app": "small"}, [(now_ns(), "small")])]).status, 204)
                    self.assertEqual(other.message()["streams"][0]["values"][0][1], "small")
                self.assertGreater(gauge("skald_tail_memory_bytes"), 500_000)
                self.assertLessEqual(gauge("skald_tail_memory_bytes"), share)
                for tail in (late, slow):
                    seen, dropped = 0, []
                    while not dropped:
                        message = tail.message()
                        seen += len(message["streams"])
                        dropped = message.get("dropped_entries", [])
                    self.assertEqual(dropped[0]["labels"]["app"], "big")
                    self.assertLess(seen, 100)
            self.expect_bounded(watch, 128 << 20)
            deadline = time.monotonic() + PATIENCE
            while gauge("skald_tail_memory_bytes") > 0:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.1)


if __name__ == "__main__":
    unittest.main()

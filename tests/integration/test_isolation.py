# SPDX-License-Identifier: Apache-2.0
"""Tenants with names that are easily mixed up do the same things at random at the same times: push, delete, set rules, tail, while
the server flushes, merges and starts again. Whatever is asked, each sees its own and nobody else's (tenant_model.py); names that
could lead elsewhere are refused."""
import json
import os
import random
import socket
import threading
import unittest
import urllib.parse

from bare_http2 import BareHttp2
from skald_server import SkaldServer, now_ns, wait_for
from tenant_model import MARK, QUERY, SECOND, SPACES, Model, Row
from test_deletes import seconds
from test_grpc import push_request
from test_ruler import Receiver, written_series
from test_tail import BareTail

ALWAYS = ["a", "A", "a."]
TENANTS = [".a", "...", "a-b", "a_b", "a!b", "(a)", "a*", "'a'", "fake", "x" * 150, "x" * 149, "0", "chunks", "t-a", "deletes", "rules"]
BAD = ["", ".", "..", "a/b", "../a", "a\\b", "a b", "a%2fb", "%2e", "%2e%2e", "a\tb", "ä", "\u0430", "x" * 151, "a|b", "a|", "|a", "a;b", "a\"b",
       "a\x7f", "a{b}", "a,b", "a=b", "a$b", "a~", "a@b", "a+b", ":a", "a\u2024"]
CONFIG = """
auth_enabled: true
limits_config: {{ingestion_rate_mb: 1000, ingestion_burst_size_mb: 1000, max_global_streams_per_user: 0}}
pattern_ingester: {{enabled: true}}
querier: {{multi_tenant_queries_enabled: true}}
ruler:
  remote_write: {{enabled: true, clients: {{main: {{url: "{url}/write"}}}}}}
"""
FLAGS = ["-compactor.compaction-interval=200ms", "-compactor.merge-segments=2", "-compactor.merge-after=0s", "-compactor.retention-delete-delay=0s",
         "-log.level=debug", "-frontend.log-queries-longer-than=-1ns", "-ruler.evaluation-interval=1s", "-compactor.delete-max-interval=0"]
GROUP = """name: g
interval: 1s
rules:
  - alert: Rows
    expr: sum by (owner) (count_over_time({query}[6h])) > 0
    labels: {{space: "{space}"}}
    annotations: {{of: {mark}}}
  - record: rows
    labels: {{space: "{space}"}}
    expr: sum by (owner) (count_over_time({query}[6h]))
"""
STEPS = int(os.environ.get("SKALD_ISOLATION_STEPS", "24"))
SEED = int(os.environ.get("SKALD_ISOLATION_SEED", "1"))


class TenantTail:
    """Remembers the lines that a tail brings."""

    def __init__(self, server, tenant):
        self.tail = BareTail(server, QUERY, [f"X-Scope-OrgID: {tenant.name}"], start=now_ns())
        self.tenant, self.texts, self.lines, self.expected = tenant, [], [], []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        try:
            while True:
                message = self.tail.message()
                self.texts.append(json.dumps(message))
                self.lines += [value[1] for stream in message["streams"] for value in stream["values"]]
        except (OSError, EOFError):
            pass

    def check(self, test):
        """A line that was taken just before the tail began may come, too."""
        wait_for("lines of the tail", lambda: set(self.lines) >= set(self.expected))
        lines = list(self.lines)
        test.assertEqual(len(lines), len(set(lines)), self.tenant.name)
        test.assertLessEqual(set(lines), {row.line for row in self.tenant.rows}, self.tenant.name)
        test.assertLessEqual(set(MARK.findall("".join(self.texts))), {self.tenant.mark})

    def close(self):
        self.tail.socket.shutdown(socket.SHUT_RDWR)
        self.tail.socket.close()


class Isolation(unittest.TestCase):
    def begin(self, seed, *flags):
        self.chance = random.Random(seed)
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)
        self.server = SkaldServer([*FLAGS, *flags], CONFIG.format(url=self.receiver.url))
        self.addCleanup(self.server.__exit__)
        self.server.start()
        base = (now_ns() // (60 * SECOND) - 180) * 60 * SECOND
        self.model = Model(self.server, self, ALWAYS + self.chance.sample(TENANTS, 4), base)
        self.tails = []
        self.step = 0

    def some(self):
        return self.chance.sample(self.model.tenants, self.chance.randint(1, 3))

    def push(self):
        """The same times for all, so that nothing but the tenant tells them apart."""
        self.step += 1
        for tenant in self.chance.sample(self.model.tenants, len(self.model.tenants) - 1):
            rows = []
            for i in range(self.chance.randint(1, 12)):
                group = self.chance.randrange(4)
                line = f"of={tenant.mark} group={group} step={self.step} number={i}"
                rows.append(Row(self.model.base + self.step * 20 * SECOND + i * 1000, str(self.chance.randrange(3)), line, group))
            self.send(tenant, rows)
            tenant.rows += rows
            tenant.counted += len(rows)
            for tail in self.tails:
                tail.expected += [row.line for row in rows] if tail.tenant is tenant else []

    def send(self, tenant, rows):
        labels = {"app": "shared", "owner": tenant.mark, f"label_{tenant.mark}": "1"}
        # What is behind a colon is not part of the name.
        name = tenant.name + self.chance.choice(["", ":", ":k=v"])
        if self.chance.randrange(3) == 0:
            for stream in sorted({row.stream for row in rows}):
                text = ", ".join(f'{key}="{value}"' for key, value in {**labels, "s": stream}.items())
                request = push_request("{" + text + "}", [(row.time, row.line) for row in rows if row.stream == stream])
                self.assertEqual(self.call(request, name), 0)
            return
        streams = [({**labels, "s": row.stream}, [(row.time, row.line, {"meta": tenant.mark})]) for row in rows]
        answer = self.server.push(streams, {"X-Scope-OrgID": name})
        self.assertEqual(answer.status, 204, answer.text)

    def call(self, request, *names):
        with BareHttp2(self.server) as client:
            return client.call(request, more=[("x-scope-orgid", name) for name in names])

    def refused_push(self):
        for tenant in self.some():
            late = now_ns() + 3600 * SECOND
            answer = self.server.push([({"app": "shared", "owner": tenant.mark}, [(late, f"of={tenant.mark}")])], tenant.headers)
            tenant.counted += 1
            self.assertEqual(answer.status, 400)
            self.assertIn(tenant.mark, answer.text)
            self.model.expect_marks(answer.text, tenant)

    def refused_query(self):
        for tenant in self.some():
            answer = self.server.get("/loki/api/v1/query_range", {"query": f'{QUERY} |~ "{tenant.mark}("'}, tenant.headers)
            self.assertEqual(answer.status, 400)
            self.model.expect_marks(answer.text, tenant)

    def delete(self):
        for tenant in self.some():
            group = self.chance.randrange(4)
            last = max([row.time for row in tenant.rows], default=self.model.base)
            query, condition = self.chance.choice([
                (f'{QUERY} |= "group={group}"', lambda row, group=group: row.group == group),
                ('{app="shared", s="1"}', lambda row: row.stream == "1")])
            answer = self.server.request("POST", "/loki/api/v1/delete", headers=tenant.headers,
                                         params={"query": query, "start": seconds(self.model.base), "end": seconds(last + 1)})
            self.assertEqual(answer.status, 204, answer.text)
            tenant.deletes[answer.headers["x-delete-request-id"]] = (condition, last)

    def cancel(self):
        owner, other = self.chance.sample(self.model.tenants, 2)
        for request in list(owner.deletes)[:1]:
            foreign = self.server.request("DELETE", "/loki/api/v1/delete", headers=other.headers, params={"request_id": request, "force": "true"})
            self.assertEqual(foreign.status, 204 if request in other.deletes else 404, foreign.text)
            other.deletes.pop(request, None)
            answer = self.server.request("DELETE", "/loki/api/v1/delete", headers=owner.headers, params={"request_id": request})
            if answer.status == 204:
                del owner.deletes[request]
            else:
                self.assertRegex(answer.text, "already processed|past the deadline")

    def set_rules(self):
        for tenant in self.some():
            space = self.chance.choice(SPACES)
            answer = self.server.request("POST", f"/loki/api/v1/rules/{urllib.parse.quote(space, safe='')}",
                                         GROUP.format(query=QUERY, mark=tenant.mark, space=space), tenant.headers)
            self.assertEqual(answer.status, 202, answer.text)
            tenant.rules[space, "g"] = True

    def drop_rules(self):
        tenant, space = self.chance.choice(self.model.tenants), self.chance.choice(SPACES)
        path = f"/loki/api/v1/rules/{urllib.parse.quote(space, safe='')}" + self.chance.choice(["", "/g"])
        answer = self.server.request("DELETE", path, headers=tenant.headers)
        self.assertEqual(answer.status, 202 if (space, "g") in tenant.rules else 404, answer.text)
        tenant.rules.pop((space, "g"), None)

    def open_tails(self):
        for tenant in self.some():
            self.tails.append(TenantTail(self.server, tenant))

    def close_tails(self):
        for tail in self.tails:
            tail.check(self)
            tail.close()
        self.tails = []

    def flush(self):
        self.server.flush()

    def restart(self):
        self.close_tails()
        if self.chance.randrange(2):
            self.server.kill()
        else:
            self.assertEqual(self.server.stop(), 0)
        self.server.start()
        for tenant in self.model.tenants:
            tenant.counted = 0

    def run_steps(self):
        others = [self.delete, self.cancel, self.set_rules, self.drop_rules, self.open_tails, self.flush, self.flush, self.restart,
                  self.refused_push, self.refused_query]
        steps = others * (STEPS // len(others)) + self.chance.sample(others, STEPS % len(others))
        self.chance.shuffle(steps)
        for step in steps:
            self.push()
            step()
            for tail in self.tails:
                tail.check(self)
            self.model.check(self.chance)
        self.set_rules()
        self.model.check_alerts()
        self.check_recorded()
        self.close_tails()
        self.assertEqual(self.server.stop(), 0)
        self.model.check_log()
        self.assertGreater(self.model.kept_answers, 0, "no answer came out of the cache")
        self.assertGreater(self.model.marked, STEPS * len(self.model.tenants), "queries are not in the log")

    def check_recorded(self):
        """Recorded series leave in the name of the tenant whose rows they count."""
        marks = {tenant.name: tenant.mark for tenant in self.model.tenants}
        wait_for("recorded series", lambda: self.receiver.posts)
        for _, headers, body in list(self.receiver.posts):
            for labels, _ in written_series(body):
                self.model.expect_marks(json.dumps(labels), *[t for t in self.model.tenants if t.mark == marks[headers["X-Scope-OrgID"]]])

    def test_nobody_sees_what_is_not_his_while_deletes_can_be_cancelled(self):
        self.begin(SEED)
        self.run_steps()

    def test_nobody_sees_what_is_not_his_while_deletes_are_processed(self):
        self.begin(SEED + 1, "-compactor.delete-request-cancel-period=0s")
        self.run_steps()

    def test_names_that_lead_elsewhere_are_refused(self):
        self.begin(SEED)
        before = sorted(os.listdir(self.server.folder))
        push = json.dumps({"streams": []})
        for tenant in BAD:
            headers = {"X-Scope-OrgID": tenant.encode()}
            asked = [("POST", "/loki/api/v1/push", push), ("POST", "/otlp/v1/logs", b"{}"), ("POST", "/loki/api/v1/rules/ns", GROUP),
                     ("GET", "/loki/api/v1/rules", None), ("POST", "/loki/api/v1/delete", None), ("GET", "/loki/api/v1/delete", None)]
            if tenant != "a|b":
                asked += [("GET", path, None) for path in ("/loki/api/v1/labels", "/loki/api/v1/query_range", "/loki/api/v1/patterns",
                                                  "/config/tenant/v1/limits")]
            for method, path, body in asked:
                answer = self.server.request(method, path, body, {"Content-Type": "application/json", **headers})
                self.assertIn(answer.status, (400, 401), (tenant, path, answer.text))
                self.assertRegex(answer.text, "org id|tenant ID|multiple org IDs|400 Bad Request", (tenant, path))
            self.assertIn(self.call(b"", tenant), (3, 16), tenant)
        for method, path in (("POST", "/loki/api/v1/push"), ("GET", "/loki/api/v1/labels")):
            connection = self.server.connect()
            connection.putrequest(method, path)
            for value in ("a", "fake"):
                connection.putheader("X-Scope-OrgID", value)
            connection.endheaders()
            twice = connection.getresponse()
            self.assertEqual((twice.status, twice.read()), (400, b"X-Scope-OrgID is there twice, with different tenants\n"))
            connection.close()
        self.assertEqual(self.call(b"", "a", "fake"), 3)
        self.assertEqual(sorted(os.listdir(self.server.folder)), before)
        for folder in ("rules", "chunks/deletes"):
            path = os.path.join(self.server.folder, "data", folder)
            self.assertEqual(os.listdir(path) if os.path.exists(path) else [], [])


if __name__ == "__main__":
    unittest.main()

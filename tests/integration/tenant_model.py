# SPDX-License-Identifier: Apache-2.0
"""What each of several tenants has pushed, deleted and ruled, by a model that knows nothing of the server, and the comparison with
what each is shown. Each tenant has a mark (mk101, mk102, ...) that is in all it sends: no answer and no log line of one tenant has
the mark of another. All use the same labels, times, namespaces and queries, so that whatever forgets the tenant mixes them up."""
import dataclasses
import json
import re
import urllib.parse

from skald_server import wait_for

SECOND = 10**9
MARK = re.compile(r"mk\d{3}")
NAMED = re.compile(r'\b(?:org_id|tenant|user)=("(?:[^"\\]|\\.)*"|\S*)')
QUERY = '{app="shared"}'
SPACES = ("ns", "a", "t-a", "a/b", "fake")
READS = (
    ("/loki/api/v1/labels", {}),
    ("/loki/api/v1/label/owner/values", {"query": QUERY}),
    ("/loki/api/v1/series", {"match[]": QUERY}),
    ("/loki/api/v1/index/stats", {"query": QUERY}),
    ("/loki/api/v1/index/volume", {"query": QUERY, "targetLabels": "owner"}),
    ("/loki/api/v1/index/volume_range", {"query": QUERY, "targetLabels": "owner", "step": "60s"}),
    ("/loki/api/v1/detected_labels", {"query": QUERY}),
    ("/loki/api/v1/detected_fields", {"query": QUERY}),
    ("/loki/api/v1/detected_field/of/values", {"query": QUERY}),
    ("/loki/api/v1/patterns", {"query": QUERY}),
    ("/api/prom/query", {"query": QUERY}),
    ("/api/prom/label", {}),
    ("/prometheus/api/v1/rules", {}),
    ("/prometheus/api/v1/alerts", {}),
    ("/config/tenant/v1/limits", {}),
)


@dataclasses.dataclass
class Row:
    time: int
    stream: str
    line: str
    group: int


@dataclasses.dataclass
class Tenant:
    name: str
    mark: str
    rows: list = dataclasses.field(default_factory=list)
    deletes: dict = dataclasses.field(default_factory=dict)  # Id -> (condition of a row, last time).
    rules: dict = dataclasses.field(default_factory=dict)  # (namespace, group) -> its expression.
    counted: int = 0  # Lines since the server started.

    @property
    def headers(self):
        return {"X-Scope-OrgID": self.name}

    def hidden(self, row):
        return any(row.time <= last and condition(row) for condition, last in self.deletes.values())

    def shown(self):
        return sorted((row.time, row.line) for row in self.rows if not self.hidden(row))


def lines_of(data):
    return sorted((int(value[0]), value[1]) for stream in data["result"] for value in stream["values"])


class Model:
    """Threading: one thread."""

    def __init__(self, server, test, names, base):
        self.server, self.test, self.base, self.end = server, test, base, base + 7200 * SECOND
        self.tenants = [Tenant(name, f"mk{101 + i}") for i, name in enumerate(names)]
        self.looked_at = 0  # Lines of the log.
        self.marked = 0
        self.kept_answers = 0

    def expect_marks(self, text, *allowed):
        """Percent encoding, which answers and logs of parameters have, hides no mark."""
        self.test.assertLessEqual(set(MARK.findall(text)), {tenant.mark for tenant in allowed}, text[:2000])

    def ask(self, path, *tenants, **params):
        return self.read(path, *tenants, **params).json

    def read(self, path, *tenants, **params):
        name = "|".join(tenant.name for tenant in tenants)
        tags = {"X-Query-Tags": "Source=" + "_".join(tenant.mark for tenant in tenants)}  # Queries in the log bear them.
        answer = self.server.get(path, {"start": self.base, "end": self.end, **params}, {"X-Scope-OrgID": name, **tags})
        self.expect_marks(answer.text, *tenants)
        self.test.assertEqual(answer.status, 200, (path, name, answer.text))
        return answer

    def lines(self, *tenants, query=QUERY):
        return lines_of(self.ask("/loki/api/v1/query_range", *tenants, query=query, limit=5000)["data"])

    def counted(self, *tenants, by="owner"):
        data = self.ask("/loki/api/v1/query_range", *tenants, query=f"sum by ({by}) (count_over_time({QUERY}[1m]))", step="60s")["data"]
        self.kept_answers += data["stats"]["cache"]["result"]["entriesFound"]
        return {series["metric"][by]: sum(int(value) for _, value in series["values"]) for series in data["result"]}

    def check(self, chance):
        for tenant in self.tenants:
            shown = tenant.shown()
            self.test.assertEqual(self.lines(tenant), shown, tenant.name)
            self.test.assertEqual(self.counted(tenant), {tenant.mark: len(shown)} if shown else {}, tenant.name)
            self.check_needle(tenant, chance.choice(self.tenants))
            for path, params in chance.sample(READS, 3):
                self.read(path, tenant, **params)
        self.check_exactly(chance.choice(self.tenants))
        self.check_several(*chance.sample(self.tenants, 2))
        self.check_deletes_and_rules(chance.choice(self.tenants))
        self.check_log()

    def check_needle(self, tenant, other):
        """All ask for the same text, which is not in the rows of any but one. (The log has it as it is not a mark.)"""
        needle = f"mk{other.mark[2:4]}[{other.mark[4]}]"
        found = self.lines(tenant, query=f'{QUERY} |~ "{needle}"')
        self.test.assertEqual(found, tenant.shown() if other is tenant else [], (tenant.name, other.name))

    def check_exactly(self, tenant):
        owners = [tenant.mark] if tenant.rows else []
        values = self.ask("/loki/api/v1/label/owner/values", tenant, query=QUERY).get("data") or []
        self.test.assertLessEqual(set(values), set(owners))
        series = self.ask("/loki/api/v1/series", tenant, **{"match[]": QUERY})["data"]
        self.test.assertLessEqual({row.stream for row in tenant.rows if not tenant.hidden(row)}, {each["s"] for each in series})
        self.test.assertLessEqual({each["s"] for each in series}, {row.stream for row in tenant.rows})
        names = self.ask("/loki/api/v1/labels", tenant).get("data") or []
        self.test.assertEqual([name for name in names if MARK.search(name)], [f"label_{tenant.mark}"] if series else [])
        metrics = self.server.get("/metrics").text
        self.expect_marks(metrics)
        taken = sum(float(line.rsplit(" ", 1)[1]) for line in metrics.splitlines()
                    if line.startswith("loki_distributor_lines_received_total{") and f'tenant="{tenant.name}"' in line)
        self.test.assertEqual(taken, tenant.counted)

    def check_several(self, one, two):
        self.test.assertEqual(self.lines(one, two), sorted(one.shown() + two.shown()))
        counts = {tenant.name: len(tenant.shown()) for tenant in (one, two) if tenant.shown()}
        self.test.assertEqual(self.counted(two, one, by="__tenant_id__"), counts)
        self.test.assertEqual(self.counted(one, two), {tenant.mark: len(tenant.shown()) for tenant in (one, two) if tenant.shown()})
        self.ask("/loki/api/v1/series", one, two, **{"match[]": QUERY})

    def check_deletes_and_rules(self, tenant):
        listed = self.server.get("/loki/api/v1/delete", headers=tenant.headers)
        self.test.assertEqual({each["request_id"] for each in listed.json}, set(tenant.deletes))
        wait_for("the rules", lambda: self.ruled(tenant) == set(tenant.rules))
        text = self.server.get("/loki/api/v1/rules", headers=tenant.headers)
        self.test.assertEqual(text.status, 200 if tenant.rules else 404)
        self.expect_marks(text.text, tenant)
        for space in SPACES:
            path = f"/loki/api/v1/rules/{urllib.parse.quote(space, safe='')}/g"
            group = self.server.get(path, headers=tenant.headers)
            self.test.assertEqual(group.status, 200 if (space, "g") in tenant.rules else 404, (tenant.name, space))
            self.expect_marks(group.text, tenant)

    def ruled(self, tenant):
        groups = self.ask("/prometheus/api/v1/rules", tenant)["data"]["groups"]
        return {(group["file"], group["name"]) for group in groups}

    def check_alerts(self):
        """Every rule sees the rows of its own tenant."""
        for tenant in self.tenants:
            owners = {tenant.mark} if tenant.rules and tenant.shown() else set()
            wait_for(f"alerts of {tenant.name}", lambda tenant=tenant, owners=owners: {
                alert["labels"]["owner"] for alert in self.ask("/prometheus/api/v1/alerts", tenant)["data"]["alerts"]} == owners)

    def check_log(self):
        """Each line with a mark names the tenant whose it is."""
        names = {tenant.name: tenant.mark for tenant in self.tenants}
        while self.looked_at < len(self.server.log):
            line = self.server.log[self.looked_at]
            self.looked_at += 1
            marks = set(MARK.findall(line))
            if not marks:
                continue
            self.marked += 1
            named = [json.loads(found) if found.startswith('"') else found for found in NAMED.findall(line)]
            allowed = {names[name] for found in named for name in found.split("|") if name in names}
            self.test.assertLessEqual(marks, allowed, line)

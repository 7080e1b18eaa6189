# SPDX-License-Identifier: Apache-2.0
"""Every key of limits_config that works, set for a tenant in the overrides of a running server: what it refuses names it, what it
changes changes. A key that is in none of the tables below fails the first test."""
import gzip
import json
import os
import re
import socket
import subprocess
import unittest

import skald_server
from skald_server import PATIENCE, SkaldServer, now_ns, wait_for

CONFIG = """
auth_enabled: true
pattern_ingester: {enabled: true}
runtime_config: {file: FOLDER/overrides.yaml, period: 100ms}
"""
SECOND = 1_000_000_000
HOUR = 3600 * SECOND
RULES = "name: %s\nrules:\n- {record: 'r:1', expr: 'vector(1)'}\n- {record: 'r:2', expr: 'vector(1)'}\n"
FAR = "2100-01-01T00:00:00Z"
FINANCE = {"finance": [{"selector": '{app="a"}', "priority": 1}]}

# key: (what is set, what is done), (status of the refusal, or "tail").
REFUSALS = {}
# key: (what is set, a test that tells whether it acts).
CHANGES = {}
# Where else a key is seen to act.
ELSEWHERE = {
    "ingestion_rate_strategy": "means the same either way while there is one process",
    "split_queries_by_interval": "test_frontend.py",
    "max_cache_freshness_per_query": "test_frontend.py",
    "ruler_remote_write_disabled": "test_ruler.py",
    "ruler_remote_write_url": "test_ruler.py",
    "ruler_remote_write_timeout": "test_ruler.py",
    "ruler_remote_write_headers": "test_ruler.py",
    "ruler_remote_write_config": "test_ruler.py",
    "ruler_remote_write_relabel_configs": "test_ruler.py",
    "ruler_alertmanager_config": "test_ruler.py",
}


def refuses(key, status, **limits):
    """`drive(client)` is refused with this status when `limits` hold, and not without them."""
    def take(drive):
        REFUSALS[key] = (limits, drive, status)
        return drive
    return take


def changes(*keys, **limits):
    """`shows(client)` is false without `limits`, and true with them."""
    def take(shows):
        for key in keys:
            CHANGES[key] = (limits, shows)
        return shows
    return take


class Client:
    """A tenant of the server."""

    def __init__(self, server, tenant):
        self.server = server
        self.tenant = {"X-Scope-OrgID": tenant}

    def push(self, labels, *values):
        values = [value if isinstance(value, tuple) else (now_ns(), value) for value in values]
        return self.server.push([(labels, values)], self.tenant)

    def get(self, path, **parameters):
        return self.server.get(f"/loki/api/v1/{path}", parameters, self.tenant)

    def query(self, query='{app="a"}', **parameters):
        return self.get("query_range", query=query, **{"since": "1h", **parameters})

    def streams(self, query='{app=~".+"}', **parameters):
        answer = self.query(query, **parameters)
        assert answer.status == 200, answer.text
        return answer.json["data"]["result"]

    def labels_of_lines(self, *pushed, **parameters):
        """Labels with metadata of each line that is there after the pushes."""
        for each in pushed:
            assert each.status == 204, each.text
        return [stream["stream"] for stream in self.streams(**parameters)]

    def lines(self, *pushed, **parameters):
        for each in pushed:
            assert each.status == 204, each.text
        return [value[1] for stream in self.streams(**parameters) for value in stream["values"]]

    def otlp(self, **parts):
        """Pushes a record; the labels and metadata that it has then."""
        def attributes(names):
            return [{"key": name, "value": {"stringValue": "v"}} for name in names]
        record = {"timeUnixNano": str(now_ns()), "body": {"stringValue": "x"}, "severityText": "Hm",
                  "attributes": attributes(parts.get("record", []))}
        body = {"resourceLogs": [{"resource": {"attributes": attributes(parts.get("resource", []))}, "scopeLogs": [
            {"scope": {"attributes": attributes(parts.get("scope", []))}, "logRecords": [record]}]}]}
        pushed = self.server.request("POST", "/otlp/v1/logs", json.dumps(body), {"Content-Type": "application/json", **self.tenant})
        assert pushed.status == 204, pushed.text
        return set(self.streams('{service_name=~".+"}')[0]["stream"])

    def stream_labels(self):
        """Without metadata."""
        return set(self.get("labels").json.get("data", []))

    def patterns(self):
        """Of fifty lines of JSON."""
        line = '{{"msg": "user {0} is here", "text": "user {0} has gone"}}'
        assert self.push({"app": "a"}, *(line.format(f"u{i:03}") for i in range(50))).status == 204
        found = wait_for("patterns", lambda: self.get("patterns", query='{app="a"}').json["data"])
        return " ".join(each["pattern"] for each in found)


# Writes.

@refuses("ingestion_rate_mb", 429, ingestion_rate_mb=0.00001, ingestion_burst_size_mb=0.001)
def rate(client):
    client.push({"app": "a"}, "x" * 900)
    return client.push({"app": "a"}, "x" * 900)


@refuses("ingestion_burst_size_mb", 429, ingestion_burst_size_mb=0.001)
def burst(client):
    return client.push({"app": "a"}, "x" * 2000)


@refuses("max_line_size", 400, max_line_size=10)
def line_size(client):
    return client.push({"app": "a"}, "x" * 11)


@refuses("max_label_names_per_series", 400, max_label_names_per_series=1)
def label_names(client):
    return client.push({"app": "a", "env": "b"}, "x")


@refuses("max_label_name_length", 400, max_label_name_length=12)
def label_name(client):
    return client.push({"app": "a", "n" * 13: "b"}, "x")


@refuses("max_label_value_length", 400, max_label_value_length=5)
def label_value(client):
    return client.push({"app": "abcdef"}, "x")


@refuses("reject_old_samples_max_age", 400, reject_old_samples_max_age="1h")
def old(client):
    return client.push({"app": "a"}, (now_ns() - 2 * HOUR, "x"))


@refuses("creation_grace_period", 400, creation_grace_period="1s")
def future(client):
    return client.push({"app": "a"}, (now_ns() + 60 * SECOND, "x"))


def with_metadata(client):
    return client.push({"app": "a"}, (now_ns(), "x", {"a": "1", "b": "2"}))


refuses("allow_structured_metadata", 400, allow_structured_metadata=False)(with_metadata)
refuses("max_structured_metadata_size", 400, max_structured_metadata_size=3)(with_metadata)
refuses("max_structured_metadata_entries_count", 400, max_structured_metadata_entries_count=1)(with_metadata)


@refuses("per_stream_rate_limit", 429, per_stream_rate_limit=1, per_stream_rate_limit_burst=10)
def stream_rate(client):
    return client.push({"app": "a"}, "12345678", "12345678")


@refuses("per_stream_rate_limit_burst", 429, per_stream_rate_limit_burst=10)
def stream_burst(client):
    return client.push({"app": "a"}, "12345678901")


def many_streams(client):
    for app in "abc":
        client.push({"app": app}, "x")
    return client.push({"app": "d"}, "x")


refuses("max_streams_per_user", 429, max_streams_per_user=2)(many_streams)
refuses("max_global_streams_per_user", 429, max_global_streams_per_user=2)(many_streams)


@refuses("unordered_writes", 400, unordered_writes=False)
def disorder(client):
    return client.push({"app": "a"}, (now_ns(), "x"), (now_ns() - SECOND, "y"))


def push_a(client):
    return client.push({"app": "a"}, "x")


refuses("enforced_labels", 400, enforced_labels=["owner"])(push_a)
refuses("policy_enforced_labels", 400, policy_enforced_labels={"finance": ["owner"]}, policy_stream_mapping=FINANCE)(push_a)
refuses("block_ingestion_until", 260, block_ingestion_until=FAR)(push_a)
refuses("block_ingestion_policy_until", 260, block_ingestion_policy_until={"finance": FAR}, policy_stream_mapping=FINANCE)(push_a)


@changes("block_ingestion_status_code", block_ingestion_until=FAR, block_ingestion_status_code=403)
def blocked_status(client):
    return push_a(client).status == 403


@changes("policy_stream_mapping", policy_stream_mapping=FINANCE)
def policy(client):
    push_a(client)
    received = rf'loki_distributor_lines_received_total\{{(?=[^}}]*tenant="{client.tenant["X-Scope-OrgID"]}")[^}}]*policy="finance"'
    return re.search(received, client.server.get("/metrics").text)


@changes("max_line_size_truncate", "max_line_size_truncate_identifier", max_line_size=10, max_line_size_truncate=True,
         max_line_size_truncate_identifier="...")
def truncate(client):
    return client.lines(client.push({"app": "a"}, "1234567890123")) == ["1234567..."]


@changes("reject_old_samples", reject_old_samples=False)
def keep_old(client):
    return client.push({"app": "a"}, (now_ns() - 1000 * HOUR, "x")).status == 204


@changes("increment_duplicate_timestamp", increment_duplicate_timestamp=True)
def increment(client):
    at = now_ns() - SECOND
    client.push({"app": "a"}, (at, "x"), (at, "y"))
    return {value[0] for stream in client.streams() for value in stream["values"]} == {str(at), str(at + 1)}


@changes("discover_service_name", discover_service_name=["role"])
def service(client):
    return client.labels_of_lines(client.push({"app": "a", "role": "r"}, "x"))[0]["service_name"] == "r"


@changes("discover_log_levels", discover_log_levels=False)
def levels(client):
    return "detected_level" not in client.labels_of_lines(client.push({"app": "a"}, "x"))[0]


@changes("log_level_fields", log_level_fields=["importance"])
def level_fields(client):
    return client.labels_of_lines(client.push({"app": "a", "importance": "high"}, "x"))[0]["detected_level"] == "high"


@changes("log_level_from_json_max_depth", log_level_from_json_max_depth=1)
def level_depth(client):
    return client.labels_of_lines(client.push({"app": "a"}, '{"a": {"level": "trc"}}'))[0]["detected_level"] == "unknown"


@changes("discover_generic_fields.fields", discover_generic_fields={"fields": {"trace": ["trace_id"]}})
def generic(client):
    return client.labels_of_lines(client.push({"app": "a"}, "trace_id=17 x"))[0].get("trace") == "17"


@changes("otlp_config.resource_attributes.ignore_defaults", otlp_config={"resource_attributes": {"ignore_defaults": True}})
def otlp_defaults(client):
    return client.otlp(resource=["k8s.pod.name"]) and "k8s_pod_name" not in client.stream_labels()


@changes("otlp_config.resource_attributes.attributes_config", otlp_config={"resource_attributes": {
    "attributes_config": [{"action": "index_label", "attributes": ["team"]}]}})
def otlp_resource(client):
    return client.otlp(resource=["team"]) and "team" in client.stream_labels()


@changes("otlp_config.scope_attributes", otlp_config={"scope_attributes": [{"action": "drop", "attributes": ["lib"]}]})
def otlp_scope(client):
    return "lib" not in client.otlp(scope=["lib"])


@changes("otlp_config.log_attributes", otlp_config={"log_attributes": [{"action": "drop", "attributes": ["thread"]}]})
def otlp_record(client):
    return "thread" not in client.otlp(record=["thread"])


@changes("otlp_config.severity_text_as_label", otlp_config={"severity_text_as_label": True})
def otlp_severity(client):
    return client.otlp() and "severity_text" in client.stream_labels()


@changes("pattern_ingester_tokenizable_json_fields_append", pattern_ingester_tokenizable_json_fields_append="text")
def more_messages(client):
    return "user <_> has gone" in client.patterns()


@changes("pattern_ingester_tokenizable_json_fields_delete", pattern_ingester_tokenizable_json_fields_delete="msg")
def fewer_messages(client):
    return "user <_> is here" not in client.patterns()


@changes("pattern_ingester_tokenizable_json_fields_default", pattern_ingester_tokenizable_json_fields_default="text,body")
def other_messages(client):
    return "user <_> has gone" in client.patterns()


# Reads.

refuses("max_query_parallelism", 429, max_query_parallelism=0)(Client.query)
refuses("blocked_queries", 400, blocked_queries=[{"pattern": '{app="a"}'}])(Client.query)
refuses("required_labels", 400, required_labels=["env"])(Client.query)
refuses("minimum_labels_number", 400, minimum_labels_number=2)(Client.query)
refuses("max_entries_limit_per_query", 400, max_entries_limit_per_query=5)(lambda client: client.query(limit=6))
refuses("max_streams_matchers_per_query", 400, max_streams_matchers_per_query=1)(lambda client: client.query('{app="a", env="b"}'))
refuses("max_query_length", 400, max_query_length="1h")(lambda client: client.query(since="2h"))
refuses("max_query_range", 400, max_query_range="1m")(lambda client: client.query('rate({app="a"}[2m])'))


def read_bytes(client):
    client.push({"app": "a"}, "x" * 100)
    return client.query()


refuses("max_query_bytes_read", 400, max_query_bytes_read="50B")(read_bytes)
refuses("max_querier_bytes_read", 400, max_querier_bytes_read="50B")(read_bytes)


@refuses("query_timeout", 504, query_timeout="1ms")
def slow_query(client):
    client.push({"app": "a"}, *(f'{{"n": {i}, "text": "{"ab" * 40}"}}' for i in range(20_000)))
    return client.query('sum by (n) (count_over_time({app="a"} | json | text=~"(a|b)*" | n < 3 [1m]))', step="1s")


def two_streams(client):
    client.push({"app": "a"}, "x")
    client.push({"app": "b"}, "x")


@refuses("max_query_series", 400, max_query_series=1)
def series(client):
    two_streams(client)
    return client.query('rate({app=~".+"}[1m])')


@refuses("volume_max_series", 400, volume_max_series=1)
def volumes(client):
    two_streams(client)
    return client.get("index/volume", query='{app=~".+"}')


@refuses("volume_enabled", 404, volume_enabled=False)
def volume(client):
    return client.get("index/volume", query='{app=~".+"}')


@changes("max_query_lookback", max_query_lookback="1h")
def lookback(client):
    return client.lines(client.push({"app": "a"}, (now_ns() - 2 * HOUR, "old"), (now_ns(), "new")), since="3h") == ["new"]


# Rules and keeping.

@refuses("ruler_max_rules_per_rule_group", 400, ruler_max_rules_per_rule_group=1)
def rules(client):
    return client.server.request("POST", "/loki/api/v1/rules/ns", RULES % "g", client.tenant)


@refuses("ruler_max_rule_groups_per_tenant", 400, ruler_max_rule_groups_per_tenant=1)
def groups(client):
    client.server.request("POST", "/loki/api/v1/rules/ns", RULES % "g1", client.tenant)
    return client.server.request("POST", "/loki/api/v1/rules/ns", RULES % "g2", client.tenant)


@refuses("deletion_mode", 403, deletion_mode="disabled")
def delete(client):
    return client.get("delete")


@changes("retention_period", retention_period="24h")
def retention(client):
    return client.lines(client.push({"app": "a"}, (now_ns() - 30 * HOUR, "old")), since="40h") == []


@changes("retention_stream", retention_stream=[{"selector": '{app="a"}', "priority": 1, "period": "24h"}])
def stream_retention(client):
    return client.lines(client.push({"app": "a"}, (now_ns() - 30 * HOUR, "old")), since="40h") == []


def open_tail(client):
    """A WebSocket; until the first bytes behind the answer's head, or none for a moment if it stays open."""
    connection = socket.create_connection(("127.0.0.1", client.server.port), timeout=PATIENCE)
    connection.sendall(("GET /loki/api/v1/tail?query=%7Bapp%3D%22a%22%7D HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                        f"X-Scope-OrgID: {client.tenant['X-Scope-OrgID']}\r\n\r\n").encode())
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(4096)
    while len(received.partition(b"\r\n\r\n")[2]) < 2:  # A ping or a close.
        received += connection.recv(4096)
    return connection, received.partition(b"\r\n\r\n")[2]


def option_names():
    """Of all limits that work, without limits_config."""
    listed = subprocess.run([skald_server.SKALD, "-config.markdown"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^\| `limits_config\.([^`]+)`", listed, re.M))


def tenant_of(key):
    return key.replace(".", "-")


class LimitKeys(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = SkaldServer()
        cls.server.config = CONFIG.replace("FOLDER", cls.server.folder)
        cls.path = f"{cls.server.folder}/overrides.yaml"
        cls.write({})
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    @classmethod
    def write(cls, overrides):
        with open(f"{cls.path}.new", "w") as file:
            json.dump({"overrides": overrides}, file)  # Which is YAML, too.
        os.replace(f"{cls.path}.new", cls.path)

    def override(self, tenant, limits):
        """Returns when the server has them."""
        self.write({tenant: limits} if limits else {})
        wanted = f'"{tenant}":' if limits else "overrides: {}"
        wait_for("the overrides", lambda: wanted in self.server.get("/runtime_config").text)

    def test_every_limit_is_in_a_table(self):
        self.assertEqual(option_names(), {*REFUSALS, *CHANGES, *ELSEWHERE, "max_concurrent_tail_requests"})

    def test_refusals_name_their_key(self):
        for key, (limits, drive, status) in REFUSALS.items():
            with self.subTest(key):
                free, bound = Client(self.server, f"free-{tenant_of(key)}"), Client(self.server, tenant_of(key))
                taken = drive(free)
                self.assertIn(taken.status, (200, 202, 204), taken.text)
                self.override(tenant_of(key), limits)
                refused = drive(bound)
                self.assertEqual(refused.status, status, refused.text)
                told = refused.text + " " + refused.headers.get("x-skald-limit", "")
                # Loki's own text names this one so, and is compared as a whole.
                name = key if key == "max_entries_limit_per_query" else f"limits_config.{key}"
                self.assertRegex(told, rf"\b{re.escape(name)}\b(?!_)")

    def test_the_others_change_what_they_are_for(self):
        for key, (limits, shows) in CHANGES.items():
            with self.subTest(key):
                self.assertFalse(shows(Client(self.server, f"free-{tenant_of(key)}")))
                self.override(tenant_of(key), limits)
                self.assertTrue(shows(Client(self.server, tenant_of(key))))

    def test_tails_above_their_number_name_the_key(self):
        client = Client(self.server, "tails")
        self.override("tails", {"max_concurrent_tail_requests": 1})
        first, began = open_tail(client)
        with first:
            self.assertEqual(began[0], 0x89)  # A ping.
            second, began = open_tail(client)
            with second:
                while not began.endswith(b")"):
                    began += second.recv(4096)
                self.assertIn(b"(limits_config.max_concurrent_tail_requests)", began)

    def test_wrong_limits_leave_the_former_ones(self):
        client = Client(self.server, "careful")
        self.override("careful", {"max_line_size": 10})
        self.write({"careful": {"max_line_size": 5, "max_query_length": "soon"}})
        told = wait_for("a word about it", lambda: [line for line in self.server.log if "the former ones stay" in line])
        self.assertIn("overrides.careful: limits_config.max_query_length", told[-1])
        self.assertIn("max_query_length", self.server.get("/runtime_config").text.partition("overrides:")[0])
        self.assertIn("loki_runtime_config_last_reload_successful 0", self.server.get("/metrics").text)
        self.assertEqual(client.push({"app": "a"}, "123456").status, 204)
        self.assertEqual(client.push({"app": "a"}, "12345678901").status, 400)
        self.write({"careful": {"max_line_size": 5}})
        wait_for("the overrides", lambda: "loki_runtime_config_last_reload_successful 1" in self.server.get("/metrics").text)
        self.assertEqual(client.push({"app": "a"}, "123456").status, 400)


class ServerLimits(unittest.TestCase):
    """Those of all tenants together. memory.queries, query_scheduler.max_outstanding_requests_per_tenant and querier.tail_max_duration
    are in test_memory.py, test_frontend.py and test_tail.py, memory.ingest is in ingester_test.cc."""

    @classmethod
    def setUpClass(cls):
        cls.server = SkaldServer(config="""
server: {http_listen_conn_limit: 3, http_server_read_timeout: 300ms, http_server_read_header_timeout: 200ms}
distributor: {max_recv_msg_size: 1MB, max_decompressed_size: 2MB}
compactor: {delete_max_interval: 1h}
ingester: {max_chunk_age: 1m}
auth_enabled: false
""")
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def assert_names(self, answer, status, key):
        self.assertEqual(answer.status, status, answer.text)
        self.assertTrue(answer.text.rstrip("\n").endswith(f"({key})"), answer.text)

    def raw(self, sent):
        """The text of what the server says to these bytes before it closes."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=PATIENCE) as connection:
            connection.sendall(sent)
            received = b""
            while piece := connection.recv(4096):
                received += piece
            return received.decode()

    def test_bodies(self):
        large, bomb = b" " * 1_100_000, gzip.compress(b" " * 3_000_000)
        for kind, status in (("application/json", 400), ("application/x-protobuf", 413)):
            answer = self.server.request("POST", "/loki/api/v1/push", large, {"Content-Type": kind})
            self.assert_names(answer, status, "distributor.max_recv_msg_size")
        answer = self.server.request("POST", "/loki/api/v1/push", bomb, {"Content-Type": "application/json", "Content-Encoding": "gzip"})
        self.assert_names(answer, 400, "distributor.max_decompressed_size")
        otlp = {"Content-Type": "application/json"}
        for body, headers, status, key in ((large, otlp, 413, "distributor.max_recv_msg_size"),
                                           (bomb, {**otlp, "Content-Encoding": "gzip"}, 400, "distributor.max_decompressed_size")):
            self.assert_names(self.server.request("POST", "/otlp/v1/logs", body, headers), status, key)

    def test_memory_of_requests(self):
        with SkaldServer(["-memory.requests=8MB"]) as server:
            answer = server.request("POST", "/loki/api/v1/push", b" " * 9_000_000, {"Content-Type": "application/json"})
            self.assert_names(answer, 413, "memory.requests")

    def test_slow_senders(self):
        head = b"POST /loki/api/v1/push HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
        self.assertTrue(self.raw(head[:20]).endswith("408 Request Timeout (server.http_server_read_header_timeout)"))
        self.assertTrue(self.raw(head + b"a").endswith("408 Request Timeout (server.http_server_read_timeout)"))

    def test_connections(self):
        def hold():
            """None if the server has not noticed yet that others have gone."""
            connection = socket.create_connection(("127.0.0.1", self.server.port), timeout=PATIENCE)
            connection.sendall(b"GET /ready HTTP/1.1\r\nHost: x\r\n\r\n")
            if b" 200 " in connection.recv(100):
                self.addCleanup(connection.close)
                return connection
            connection.close()
            return None

        held = [wait_for("room", hold) for _ in range(3)]
        self.assertTrue(self.raw(b"").endswith("\r\n\r\ntoo many connections (server.http_listen_conn_limit)\n"))
        for each in held:
            each.close()

    def test_old_lines_and_delete_requests(self):
        now = now_ns()
        behind = self.server.push([({"app": "a"}, [(now, "new"), (now - 31 * SECOND, "old")])])
        self.assert_names(behind, 400, "ingester.max_chunk_age")
        seconds = now // SECOND
        delete = self.server.request("POST", "/loki/api/v1/delete", params={
            "query": '{app="a"} |= "x"', "start": seconds - 30_000, "end": seconds - 10, "max_interval": "2h"})
        self.assert_names(delete, 400, "compactor.delete_max_interval")


if __name__ == "__main__":
    unittest.main()

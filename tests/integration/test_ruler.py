# SPDX-License-Identifier: Apache-2.0
"""Rules over HTTP, evaluated by a real server: alerts reach an Alertmanager, recorded series a remote write endpoint."""
import http.server
import json
import os
import ssl
import struct
import tempfile
import threading
import time
import unittest

import certificates
from skald_server import PATIENCE, SkaldServer, now_ns

GROUP = """name: {name}
interval: 1s
rules:
  - alert: Errors
    expr: sum by (app) (count_over_time({{app="a"}} |= "error" [5m])) > 0
    labels: {{severity: page}}
    annotations: {{summary: "{{{{ $labels.app }}}} has {{{{ $value }}}} errors"}}
  - record: app:lines
    expr: sum by (app) (count_over_time({{app="a"}}[5m]))
"""


class Receiver:
    """Remembers what is posted; answers the first `refuse` requests with 503, all after `delay` seconds."""

    def __init__(self, refuse=0, delay=0, tls=None):
        self.posts, self.refuse = [], refuse
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = 503 if outer.refuse > 0 else 200
                outer.refuse -= 1
                if status == 200:
                    outer.posts.append((self.path, dict(self.headers), body))
                time.sleep(delay)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            self.server.handle_error = lambda *_: None  # Of handshakes that are meant to fail.
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def snappy_unpacked(data):
    size = shift = at = 0
    while True:
        byte = data[at]
        at += 1
        size |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            break
    out = bytearray()
    while at < len(data):
        tag = data[at]
        at += 1
        if tag & 3 == 0:
            length = tag >> 2
            if length >= 60:
                extra = length - 59
                length = int.from_bytes(data[at:at + extra], "little")
                at += extra
            out += data[at:at + length + 1]
            at += length + 1
            continue
        if tag & 3 == 1:
            length, offset = (tag >> 2 & 7) + 4, (tag >> 5 << 8) | data[at]
            at += 1
        else:
            width = 2 if tag & 3 == 2 else 4
            length, offset = (tag >> 2) + 1, int.from_bytes(data[at:at + width], "little")
            at += width
        for _ in range(length):
            out.append(out[-offset])
    assert len(out) == size
    return bytes(out)


def proto_fields(data):
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        tag = varint()
        if tag & 7 == 0:
            yield tag >> 3, varint()
        elif tag & 7 == 1:
            yield tag >> 3, struct.unpack("<d", data[at:at + 8])[0]
            at += 8
        else:
            length = varint()
            yield tag >> 3, data[at:at + length]
            at += length


def written_series(body):
    for _, series in proto_fields(snappy_unpacked(body)):
        labels, samples = {}, []
        for number, value in proto_fields(series):
            if number == 1:
                pair = dict(proto_fields(value))
                labels[pair[1].decode()] = pair[2].decode()
            else:
                samples.append(dict(proto_fields(value)))
        yield labels, samples


def alerts_of(receiver):
    return [alert for _, _, body in receiver.posts for alert in json.loads(body)]


class RulerCase(unittest.TestCase):
    def wait_for(self, condition, seconds=PATIENCE):
        end = time.monotonic() + seconds
        while True:
            found = condition()
            if found:
                return found
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def post(self, server, path, body, **headers):
        return server.request("POST", path, body, headers)

    def receivers(self, count, **settings):
        made = [Receiver(**settings) for _ in range(count)]
        for receiver in made:
            self.addCleanup(receiver.close)
        return made

    def give_rules(self, server, rules, *tenants):
        for tenant in tenants:
            made = self.post(server, "/loki/api/v1/rules/ns", f"name: g\ninterval: 1s\nrules: [{rules}]\n", **{"X-Scope-OrgID": tenant})
            self.assertEqual(made.status, 202, made.text)

    def restart_with(self, server, config, overrides):
        """With tenants and overrides that are read again all the time."""
        server.stop()
        server.config = f"auth_enabled: true\nruntime_config: {{file: {server.folder}/overrides.yaml, period: 100ms}}\n{config}"
        self.override(server, overrides)
        server.start()

    def override(self, server, text):
        with open(f"{server.folder}/overrides.new", "w") as file:
            file.write("overrides:\n" + text)
        os.replace(f"{server.folder}/overrides.new", f"{server.folder}/overrides.yaml")


class Rules(RulerCase):
    # The numbers are those of what Grafana needs; the others are in test_grafana.py.

    def test_44_without_rules_the_list_of_groups_is_empty(self):
        with SkaldServer() as server:
            empty = server.get("/prometheus/api/v1/rules")
            self.assertEqual((empty.status, empty.headers["content-type"]), (200, "application/json"))
            self.assertEqual(empty.json, {"status": "success", "data": {"groups": []}, "errorType": "", "error": ""})

    def test_45_what_tells_grafana_that_rules_can_be_managed(self):
        with SkaldServer() as server:
            missing = server.get("/api/prom/rules/test/test")
            self.assertEqual((missing.status, missing.text), (404, "group does not exist\n"))
            none = server.get("/api/prom/rules")
            self.assertEqual((none.status, none.text), (404, "no rule groups found\n"))

    def test_46_groups_are_made_and_listed(self):
        with SkaldServer() as server:
            for space in ("ns1", "my%20ns%2Fx"):
                made = self.post(server, f"/api/prom/rules/{space}", GROUP.format(name="g1"))
                self.assertEqual((made.status, made.json["status"]), (202, "success"), made.text)
                self.assertEqual(server.get(f"/api/prom/rules/{space}/g1").status, 200)
            for path in ("/api/prom/rules", "/loki/api/v1/rules"):
                listed = server.get(path)
                self.assertEqual((listed.status, listed.headers["content-type"]), (200, "application/yaml"))
                self.assertIn("my ns/x:", listed.text)
                self.assertIn("interval: 1s", listed.text)
            self.assertEqual(self.post(server, "/loki/api/v1/rules/..", "name: x\nrules: []").status, 400)

    def test_47_rules_show_their_state_and_bad_ones_are_refused(self):
        with SkaldServer() as server:
            self.assertEqual(self.post(server, "/api/prom/rules/ns1", GROUP.format(name="g1")).status, 202)
            shown = self.wait_for(lambda: server.get("/prometheus/api/v1/rules").json["data"]["groups"])
            self.assertEqual({rule["type"] for rule in shown[0]["rules"]}, {"alerting", "recording"})
            for rule in shown[0]["rules"]:
                self.assertIn("health", rule)
                self.assertIn("lastEvaluation", rule)
                self.assertEqual("state" in rule, rule["type"] == "alerting")
            bad = self.post(server, "/loki/api/v1/rules/ns1", "name: x\nrules: [{alert: A, expr: 'sum('}]")
            self.assertEqual(bad.status, 400)
            self.assertIn("could not parse expression for alert 'A' in group 'x': parse error", bad.text)

    def test_48_groups_and_namespaces_are_deleted_once(self):
        with SkaldServer() as server:
            for space in ("ns1", "my%20ns%2Fx"):
                self.assertEqual(self.post(server, f"/api/prom/rules/{space}", GROUP.format(name="g1")).status, 202)
            for path, status in (("ns1/g1", 202), ("ns1/g1", 404), ("my%20ns%2Fx", 202), ("my%20ns%2Fx", 404)):
                self.assertEqual(server.request("DELETE", f"/loki/api/v1/rules/{path}").status, status, path)

    def test_alerts_and_recorded_series_reach_their_receivers(self):
        alertmanager, second, prometheus = Receiver(refuse=1), Receiver(), Receiver()
        for receiver in (alertmanager, second, prometheus):
            self.addCleanup(receiver.close)
        config = f"""auth_enabled: true
ruler:
  external_url: http://grafana
  alertmanager_url: {alertmanager.url}/am,{second.url.replace("http://", "http://me:hush-42@")}
  remote_write:
    enabled: true
    clients:
      main: {{url: "{prometheus.url}/api/v1/write", headers: {{X-Extra: more}}}}
"""
        tenant = {"X-Scope-OrgID": "t1"}
        with SkaldServer(config=config) as server:
            self.assertNotIn("hush-42", server.get("/config").text)
            now = now_ns()
            server.push([({"app": "a"}, [(now - 2, "an error"), (now - 1, "fine")])], tenant)
            made = self.post(server, "/loki/api/v1/rules/ns", GROUP.format(name="g"), **tenant)
            self.assertEqual(made.status, 202, made.text)
            self.wait_for(lambda: alertmanager.posts and second.posts and prometheus.posts)

            path, headers, body = alertmanager.posts[0]
            alert = json.loads(body)[0]
            self.assertEqual((path, headers["Content-Type"]), ("/am/api/v2/alerts", "application/json"))
            self.assertEqual(alert["labels"], {"alertname": "Errors", "app": "a", "severity": "page"})
            self.assertEqual(alert["annotations"], {"summary": "a has 1 errors"})
            self.assertTrue(alert["generatorURL"].startswith("http://grafana/explore?left=%7B%22queries%22"))
            self.assertLess(alert["startsAt"], alert["endsAt"])
            self.assertEqual(second.posts[0][1]["Authorization"], "Basic bWU6aHVzaC00Mg==")

            self.wait_for(lambda: any(labels["__name__"] == "app:lines" for _, _, body in prometheus.posts
                                      for labels, _ in written_series(body)))
            path, headers, body = prometheus.posts[0]
            self.assertEqual((path, headers["X-Scope-OrgID"], headers["X-Extra"]), ("/api/v1/write", "t1", "more"))
            found = {labels["__name__"]: (labels, samples) for _, _, body in prometheus.posts for labels, samples in written_series(body)}
            self.assertEqual(found["app:lines"][0], {"__name__": "app:lines", "app": "a"})
            self.assertEqual(found["app:lines"][1][0][1], 2.0)
            self.assertEqual(found["ALERTS"][0]["alertstate"], "firing")

            groups = server.get("/prometheus/api/v1/rules", headers=tenant).json["data"]["groups"]
            rule = groups[0]["rules"][0]
            self.assertEqual((groups[0]["file"], rule["state"], rule["health"], rule["type"]), ("ns", "firing", "ok", "alerting"))
            self.assertEqual(rule["query"], '(sum by (app)(count_over_time({app="a"} |= "error"[5m])) > 0)')
            self.assertEqual(rule["alerts"][0]["value"], "1e+00")
            self.assertEqual(server.get("/prometheus/api/v1/rules", {"type": "record"}, tenant).json["data"]["groups"][0]["rules"][0]["name"],
                             "app:lines")
            alerts = server.get("/prometheus/api/v1/alerts", headers=tenant).json["data"]["alerts"]
            self.assertEqual(alerts[0]["annotations"], {"summary": "a has 1 errors"})
            other = server.get("/prometheus/api/v1/rules", headers={"X-Scope-OrgID": "t2"})
            self.assertEqual(other.json["data"]["groups"], [])
            metrics = server.get("/metrics").text
            for name in ("loki_prometheus_rule_evaluations_total", "loki_prometheus_rule_group_last_duration_seconds",
                         "loki_prometheus_notifications_sent_total", "loki_ruler_wal_samples_appended_total"):
                self.assertIn(name + "{", metrics)
            self.assertEqual(server.stop(), 0)

            active_since = alerts[0]["activeAt"]
            server.start()
            again = self.wait_for(lambda: server.get("/prometheus/api/v1/alerts", headers=tenant).json["data"]["alerts"])
            self.assertEqual(again[0]["activeAt"], active_since)

    def test_tenants_may_change_where_their_series_go(self):
        usual, other, slow = Receiver(), Receiver(), Receiver(delay=1)
        for receiver in (usual, other, slow):
            self.addCleanup(receiver.close)
        group = "name: g\ninterval: 1s\nrules: [{record: one, expr: vector(1)}]\n"
        with SkaldServer() as server:
            server.stop()
            server.config = f"""auth_enabled: true
ruler:
  remote_write:
    enabled: true
    clients: {{main: {{url: "{usual.url}/usual", headers: {{X-Kind: usual}}, basic_auth: {{username: me, password: x}}}}}}
runtime_config: {{file: {server.folder}/overrides.yaml, period: 100ms}}
"""
            def override(text):
                with open(f"{server.folder}/overrides.new", "w") as file:
                    file.write(text)
                os.replace(f"{server.folder}/overrides.new", f"{server.folder}/overrides.yaml")

            override("overrides: {}")
            server.start()
            override(f"""overrides:
  flat: {{ruler_remote_write_url: "{other.url}/flat", ruler_remote_write_headers: {{X-Kind: hush-flat}}}}
  by-id: {{ruler_remote_write_config: {{main: {{url: "{other.url}/by-id", authorization: {{credentials: hush-id}}}}, none: {{url: "http://x"}}}}}}
  silent: {{ruler_remote_write_disabled: true}}
  hasty: {{ruler_remote_write_url: "{slow.url}/hasty", ruler_remote_write_timeout: 50ms}}
""")
            shown = self.wait_for(lambda: [text for text in [server.get("/runtime_config").text] if '"silent"' in text])[0]
            self.assertNotIn("hush", shown)
            # What one tenant's receiver does not take holds up nobody else.
            for tenant in ("hasty", "silent", "plain", "flat", "by-id"):
                made = self.post(server, "/loki/api/v1/rules/ns", group, **{"X-Scope-OrgID": tenant})
                self.assertEqual(made.status, 202, made.text)
            self.wait_for(lambda: len({path for path, _, _ in usual.posts + other.posts}) == 3)
            retried = 'loki_ruler_wal_prometheus_remote_storage_samples_retried_total{remote_name="main",tenant="hasty"}'
            self.wait_for(lambda: retried in server.get("/metrics").text)

            def heads(receiver):
                return {path: (headers["X-Scope-OrgID"], headers["X-Kind"], headers["Authorization"]) for path, headers, _ in receiver.posts}
            self.assertEqual(heads(usual), {"/usual": ("plain", "usual", "Basic bWU6eA==")})
            self.assertEqual(heads(other), {"/flat": ("flat", "hush-flat", "Basic bWU6eA=="), "/by-id": ("by-id", "usual", "Bearer hush-id")})

            override("overrides:\n  flat: {ruler_remote_write_url: 'ftp://x'}\n")
            self.wait_for(lambda: any("ruler_remote_write_url" in line and "the former ones stay" in line for line in server.log))

    def test_a_rule_that_takes_too_long_fails_alone(self):
        with SkaldServer() as server:
            self.restart_with(server, "", "  late: {query_timeout: 1ms}\n")
            start = now_ns()
            lines = [(start - i, f"a line b {i}") for i in range(50_000)]
            self.assertEqual(server.push([({"app": "a"}, lines)], headers={"X-Scope-OrgID": "late"}).status, 204)
            self.give_rules(server, "{alert: A, expr: vector(1)}", "other")
            self.give_rules(server, "{alert: L, expr: 'sum by (x) (count_over_time({app=\"a\"} | regexp `(?P<x>.*)` [5m]))'}", "late")

            def rule_of(tenant):
                groups = server.get("/prometheus/api/v1/rules", headers={"X-Scope-OrgID": tenant}).json["data"]["groups"]
                return groups[0]["rules"][0]

            late = self.wait_for(lambda: [rule for rule in [rule_of("late")] if rule["health"] == "err"])[0]
            self.assertIn("timed out", late["lastError"])
            for tenant in ("late", "other"):
                seen = rule_of(tenant)["lastEvaluation"]
                self.wait_for(lambda tenant=tenant, seen=seen: rule_of(tenant)["lastEvaluation"] > seen)
            self.assertEqual((rule_of("late")["health"], rule_of("other")["health"]), ("err", "ok"))

    def test_files_of_people_are_found_and_read_again(self):
        with tempfile.TemporaryDirectory() as rules:
            os.makedirs(f"{rules}/fake")
            with open(f"{rules}/fake/first.yaml", "w") as file:
                file.write("groups:\n- name: g\n  rules:\n  - {alert: A, expr: 'vector(1) > 0'}\n")
            flags = ["-ruler.storage.type=local", f"-ruler.storage.local.directory={rules}", "-ruler.poll-interval=1s"]
            with SkaldServer(flags=flags) as server:
                self.assertIn("first.yaml:", server.get("/loki/api/v1/rules").text)
                refused = self.post(server, "/loki/api/v1/rules/ns", GROUP.format(name="g"))
                self.assertIn("SetRuleGroup unsupported in rule local store", refused.text)
                with open(f"{rules}/fake/second.yaml", "w") as file:
                    file.write("groups:\n- name: h\n  rules:\n  - {record: r, expr: 'vector(1)'}\n")
                self.wait_for(lambda: len(server.get("/prometheus/api/v1/rules").json["data"]["groups"]) == 2)
                with open(f"{rules}/fake/second.yaml", "w") as file:
                    file.write("groups: surprise\n")
                self.wait_for(lambda: "skald_ruler_bad_files_total 0" not in server.get("/metrics").text)

    def test_tenants_may_have_alertmanagers_of_their_own(self):
        usual, red, second_red, blue = self.receivers(4)
        (dead,) = self.receivers(1, refuse=1000)
        with SkaldServer() as server:
            token = f"{server.folder}/token"
            with open(token, "w") as file:
                file.write("hush-blue\n")
            self.restart_with(server, f"""
ruler:
  alertmanager_url: {usual.url}
  alertmanager_client: {{credentials: hush-usual}}
  alert_relabel_configs: [{{target_label: seen_by, replacement: usual}}]
""", f"""
  red:
    ruler_alertmanager_config:
      alertmanager_url: {red.url}/am,{second_red.url}
      alertmanager_refresh_interval: 5s
      alert_relabel_configs:
        - {{source_labels: [alertname], regex: (.).*, target_label: short}}
        - {{source_labels: [alertname], regex: Quiet, action: drop}}
        - {{regex: severity, action: labeldrop}}
  blue:
    ruler_alertmanager_config: {{alertmanager_url: {blue.url}, alertmanager_client: {{type: Token, credentials_file: {token}}}}}
  stuck:
    ruler_alertmanager_config: {{alertmanager_url: {dead.url}, alertmanager_client: {{basic_auth_username: me, basic_auth_password: hush-stuck}}}}
  mute:
    ruler_alertmanager_config: {{alertmanager_url: ""}}
""")
            for shown in (server.get("/runtime_config").text, server.get("/config").text):
                self.assertNotIn("hush", shown)
            rules = "{alert: Loud, expr: vector(1), labels: {severity: x}}, {alert: Quiet, expr: vector(1)}"
            self.give_rules(server, rules, "stuck", "mute", "red", "blue", "other")
            self.wait_for(lambda: all(len(alerts_of(each)) >= 2 for each in (usual, blue)) and red.posts and second_red.posts)

            def told(receiver):
                return {tuple(sorted(alert["labels"].items())) for alert in alerts_of(receiver)}
            for receiver in (red, second_red):
                self.assertEqual(told(receiver), {(("alertname", "Loud"), ("short", "L"))})
            self.assertEqual(told(blue), {(("alertname", "Loud"), ("severity", "x")), (("alertname", "Quiet"),)})
            self.assertEqual(told(usual), {(("alertname", "Loud"), ("seen_by", "usual"), ("severity", "x")),
                                           (("alertname", "Quiet"), ("seen_by", "usual"))})

            def heads(receiver):
                return {(path, headers.get("Authorization")) for path, headers, _ in receiver.posts}
            self.assertEqual(heads(red), {("/am/api/v2/alerts", None)})
            self.assertEqual(heads(second_red), {("/api/v2/alerts", None)})
            self.assertEqual(heads(blue), {("/api/v2/alerts", "Token hush-blue")})
            self.assertEqual(heads(usual), {("/api/v2/alerts", "Bearer hush-usual")})
            sent = [line for line in server.get("/metrics").text.splitlines() if line.startswith("loki_prometheus_notifications_sent_total")]
            self.assertEqual({(line.split('"')[1].removesuffix("/api/v2/alerts"), line.split('"')[3]) for line in sent},
                             {(f"{red.url}/am", "red"), (second_red.url, "red"), (blue.url, "blue"), (usual.url, "other")})
            self.assertTrue(any("alertmanager_refresh_interval" in line and "ignored" in line for line in server.log))

    def test_a_tenants_alertmanagers_change_while_the_server_runs(self):
        usual, own = self.receivers(2)
        with SkaldServer() as server:
            self.restart_with(server, f"ruler: {{alertmanager_url: {usual.url}, resend_delay: 1s}}", "  none: {}\n")
            self.give_rules(server, "{alert: A, expr: vector(1)}", "t")
            self.wait_for(lambda: usual.posts)
            self.override(server, f"  t: {{ruler_alertmanager_config: {{alertmanager_url: {own.url}}}}}\n")
            self.wait_for(lambda: own.posts)
            self.override(server, "  t: {ruler_alertmanager_config: {alertmanager_url: 'http://x', "
                          "alert_relabel_configs: [{action: drop, regex: '('}]}}\n")
            told = self.wait_for(lambda: [line for line in server.log if "the former ones stay" in line])
            self.assertIn("overrides.t: limits_config.ruler_alertmanager_config: alert_relabel_configs: rule 1: regex: error parsing", told[0])
            before = len(own.posts)
            self.wait_for(lambda: len(own.posts) > before)
            self.override(server, "  t: {}\n")
            # What was on its way when the overrides changed may still come.
            self.wait_for(lambda: any("overrides have changed" in line for line in server.log[server.log.index(told[0]):]))
            before = len(usual.posts)
            self.wait_for(lambda: len(usual.posts) > before)

    def test_series_are_relabelled_before_they_are_sent(self):
        plain, first = self.receivers(2)
        with SkaldServer() as server:
            self.restart_with(server, f"""
ruler:
  remote_write:
    enabled: true
    clients:
      plain: {{url: "{plain.url}"}}
      first:
        url: "{first.url}"
        write_relabel_configs:
          - {{source_labels: [__name__], regex: 'secret:.*', action: drop}}
          - {{source_labels: [__name__, kind], regex: '(.*):(.*);(.+)', target_label: __name__, replacement: '${{1}}_${{2}}_$3'}}
          - {{regex: kind, action: labeldrop}}
""", """
  bare: {ruler_remote_write_relabel_configs: []}
  own: {ruler_remote_write_relabel_configs: [{source_labels: [__name__], regex: 'one:.*', action: keep}, {target_label: who, replacement: own}]}
  by-id: {ruler_remote_write_config: {plain: {write_relabel_configs: [{regex: kind, action: labeldrop}]}}}
""")
            rules = "{record: 'one:lines', expr: vector(1), labels: {kind: k}}, {record: 'secret:lines', expr: vector(1)}"
            tenants = ("usual", "bare", "own", "by-id")
            self.give_rules(server, rules, *tenants)

            def written(receiver):
                found = {tenant: set() for tenant in tenants}
                for _, headers, body in list(receiver.posts):
                    for labels, _ in written_series(body):
                        found[headers["X-Scope-OrgID"]].add(tuple(sorted(labels.items())))
                return found

            one, secret = (("__name__", "one:lines"), ("kind", "k")), (("__name__", "secret:lines"),)
            changed, mine = (("__name__", "one_lines_k"),), (*one, ("who", "own"))
            expected = [{"usual": {one, secret}, "bare": {one, secret}, "own": {mine}, "by-id": {(("__name__", "one:lines"),), secret}},
                        {"usual": {changed}, "bare": {one, secret}, "own": {mine}, "by-id": {changed}}]
            self.wait_for(lambda: [written(plain), written(first)] == expected)
            self.override(server, "  own: {ruler_remote_write_relabel_configs: [{action: hashmod, target_label: x}]}\n")
            told = self.wait_for(lambda: [line for line in server.log if "the former ones stay" in line])
            self.assertIn("limits_config.ruler_remote_write_relabel_configs: rule 1: modulus", told[0])
            posts = len(plain.posts)
            self.wait_for(lambda: len(plain.posts) > posts + len(tenants))
            self.assertEqual([written(plain), written(first)], expected)


class AlertsOverTls(certificates.CertificateCase, RulerCase):
    def test_a_tenants_alertmanager_has_its_own_root(self):
        """And asks for a certificate; who trusts another root sends nothing."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path("server.pem"), self.path("server.key"))
        context.load_verify_locations(self.path("ca.pem"))
        context.verify_mode = ssl.CERT_REQUIRED
        (trusted,) = self.receivers(1, tls=context)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path("server.pem"), self.path("server.key"))
        unknown, unchecked, named = self.receivers(3, tls=context)
        client = f"tls_cert_path: {self.path('client.pem')}, tls_key_path: {self.path('client.key')}"
        ca = f"tls_ca_path: {self.path('ca.pem')}"
        with SkaldServer() as server:
            self.restart_with(server, "", f"""
  trusting: {{ruler_alertmanager_config: {{alertmanager_url: "{trusted.url}", alertmanager_client: {{{ca}, {client}}}}}}}
  doubting: {{ruler_alertmanager_config: {{alertmanager_url: "{unknown.url}"}}}}
  lax: {{ruler_alertmanager_config: {{alertmanager_url: "{unchecked.url}", alertmanager_client: {{tls_insecure_skip_verify: true}}}}}}
  naming: {{ruler_alertmanager_config: {{alertmanager_url: "{named.url}", alertmanager_client: {{{ca}, tls_server_name: elsewhere}}}}}}
""")
            self.give_rules(server, "{alert: A, expr: vector(1)}", "trusting", "doubting", "lax", "naming")
            self.wait_for(lambda: trusted.posts and unchecked.posts)
            for tenant in ("doubting", "naming"):
                self.wait_for(lambda: any("did not take what was sent" in line and tenant in line and "certificate" in line
                                          for line in server.log))
            self.assertEqual((unknown.posts, named.posts), ([], []))


if __name__ == "__main__":
    unittest.main()

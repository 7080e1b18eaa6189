# SPDX-License-Identifier: Apache-2.0
"""Who is let in, to what, on which port; and that no token is told to anybody."""
import base64
import hashlib
import os
import random
import socket
import subprocess
import time
import unittest

from skald_server import PATIENCE, SKALD, SkaldServer, now_ns
from test_tail import BareTail

WRITER, READER, ADMIN = "w" * 32, "r" * 32, "a" * 32
RULES = f"""
tokens:
  - {{name: agent, token: {WRITER}, tenants: [one], rights: [write]}}
  - name: grafana
    token_sha256: {hashlib.sha256(READER.encode()).hexdigest()}
    tenants: [one, two]
    rights: [read]
  - {{name: root, token: {ADMIN}, tenants: ["*"], rights: [read, write, admin]}}
"""


def bearer(token, tenant=None):
    return {"Authorization": f"Bearer {token}", **({"X-Scope-OrgID": tenant} if tenant else {})}


def basic(name, token, tenant="one"):
    pair = base64.b64encode(f"{name}:{token}".encode()).decode()
    return {"Authorization": f"Basic {pair}", "X-Scope-OrgID": tenant}


def free_port():
    for _ in range(100):
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise RuntimeError("no free port")


class Access(unittest.TestCase):
    def setUp(self):
        self.server = SkaldServer(config="auth_enabled: true\nquerier: {multi_tenant_queries_enabled: true}\n")
        self.addCleanup(self.server.__exit__)
        self.file = os.path.join(self.server.folder, "tokens.yaml")
        self.write(RULES)
        self.server.flags = [f"-auth.file={self.file}", "-log.level=debug"]

    def write(self, text, mode=0o600):
        with open(self.file + ".new", "w") as file:
            file.write(text)
        os.chmod(self.file + ".new", mode)
        os.rename(self.file + ".new", self.file)

    def push(self, headers):
        return self.server.push([({"app": "a"}, [(now_ns(), "x")])], headers)

    def labels(self, headers):
        return self.server.get("/loki/api/v1/labels", headers=headers)

    def test_rules_are_read_by_readers_and_changed_by_administrators(self):
        server = self.server.start()
        group = "name: g\nrules: [{record: r, expr: vector(1)}]\n"
        path = "/loki/api/v1/rules/ns"
        self.assertEqual(server.request("POST", path, group, bearer(READER, "one")).status, 403)
        self.assertEqual(server.request("POST", path, group, bearer(WRITER)).status, 403)
        self.assertEqual(server.request("POST", path, group, bearer(ADMIN, "one")).status, 202)
        self.assertEqual(server.get(path, headers=bearer(READER, "one")).status, 200)
        self.assertEqual(server.get("/prometheus/api/v1/rules", headers=bearer(WRITER)).status, 403)
        self.assertEqual(server.request("DELETE", path, headers=bearer(READER, "one")).status, 403)

    def test_each_token_opens_its_tenants_and_rights_and_no_others(self):
        server = self.server.start()
        self.assertEqual(self.push(bearer(WRITER)).status, 204)  # The only tenant need not be named.
        self.assertEqual(self.push(bearer(WRITER, "one")).status, 204)
        refused = self.push(bearer(WRITER, "two"))
        self.assertEqual((refused.status, refused.text),
                         (403, "the token of agent has no access to the tenant two\n"))
        refused = self.labels(bearer(WRITER))
        self.assertEqual((refused.status, refused.text),
                         (403, "the token of agent lacks the right read (it has: write)\n"))
        self.assertEqual(self.labels(bearer(READER, "one")).status, 200)
        self.assertEqual(self.labels(bearer(READER)).status, 401)  # Two tenants: which one?
        self.assertEqual(self.labels(bearer(READER, "one|two")).status, 200)
        self.assertEqual(self.labels(bearer(READER, "one|three")).status, 403)
        self.assertEqual(self.push(bearer(READER, "one")).status, 403)
        self.assertEqual(self.labels(bearer(ADMIN, "any")).status, 200)

        self.assertEqual(self.labels(basic("grafana", READER)).status, 200)
        self.assertEqual(self.labels(basic("agent", READER)).status, 401)
        self.assertEqual(self.labels(basic("grafana", "wrong" * 8)).status, 401)

        for path in ("/flush", "/ingester/shutdown", "/log_level", "/config", "/services", "/ring",
                     "/runtime_config", "/ingester/prepare_shutdown"):
            self.assertEqual(server.get(path, headers=bearer(READER, "one")).status, 403, path)
        self.assertEqual(server.get("/metrics", headers=bearer(READER)).status, 403)
        self.assertEqual(server.get("/metrics", headers=bearer(ADMIN)).status, 200)
        self.assertEqual(server.get("/flush", headers=bearer(ADMIN)).status, 204)
        self.assertEqual(server.get("/ready").status, 200)
        self.assertEqual(server.get("/nowhere").status, 404)

    def test_whoever_proves_nothing_is_told_how_to(self):
        self.server.start()
        tenant = {"X-Scope-OrgID": "one"}
        odd = ["Bearer", "Bearer ", "Basic", "Basic ====", "Basic Zm9v", "Digest x", "x" * 5000,
               "Basic " + "A" * 9000, f"Token {READER}", f"Bearer {READER}x", f"Bearer {READER[:-1]}"]
        for headers in [tenant, *({**tenant, "Authorization": text} for text in odd)]:
            answer = self.labels(headers)
            self.assertEqual(answer.status, 401, headers)
            self.assertIn("skald", answer.headers["www-authenticate"])
        self.assertIn("Authorization: Bearer TOKEN", self.labels(tenant).text)

    def test_a_changed_file_is_used_and_a_wrong_one_is_not(self):
        self.server.start()
        self.write(RULES.replace(WRITER, "n" * 32))
        self.until(lambda: self.push(bearer("n" * 32)).status == 204)
        self.assertEqual(self.push(bearer(WRITER)).status, 401)
        self.write("tokens: [{name: x}]")
        self.until(lambda: any("can't be used" in line for line in self.server.log), ask=True)
        self.assertEqual(self.push(bearer("n" * 32)).status, 204)
        self.write(RULES, mode=0o644)
        self.until(lambda: any("chmod 600" in line for line in self.server.log), ask=True)
        self.assertEqual(self.push(bearer("n" * 32)).status, 204)
        self.assertEqual(self.push(bearer(WRITER)).status, 401)
        metrics = self.server.get("/metrics", headers=bearer(ADMIN)).text
        self.assertIn("skald_auth_last_reload_successful 0", metrics)

    def test_a_tail_ends_with_its_token(self):
        server = self.server.start()

        def tail(token, tenant):
            opened = BareTail(server, '{app="a"}', [f"{name}: {value}" for name, value in bearer(token, tenant).items()])
            self.addCleanup(opened.socket.close)
            return opened

        def end_of(closed, *others):
            while True:
                code, payload = closed.frame()
                if code == 8:
                    return int.from_bytes(payload[:2], "big"), payload[2:].decode()
                for each in (closed, *others) if code == 9 else ():  # That nobody is taken for gone.
                    each.send_frame(10, b"")

        one, two, kept = tail(READER, "one"), tail(READER, "two"), tail(ADMIN, "one")
        self.write(RULES.replace("tenants: [one, two]", "tenants: [two]"))
        self.assertEqual(end_of(one, two, kept), (1008, "the token of grafana has no access to the tenant one"))
        self.write(RULES.replace("name: grafana", "name: other"))
        self.assertEqual(end_of(two, kept), (1008, "the token of grafana is not valid any more"))
        self.assertEqual(self.push(bearer(WRITER)).status, 204)
        self.assertEqual(kept.message()["streams"][0]["values"][0][1], "x")

    def until(self, done, ask=False):
        deadline = time.monotonic() + PATIENCE
        while not done():
            self.assertLess(time.monotonic(), deadline, "it did not happen")
            if ask:
                self.labels(bearer("nobody" * 6))
            time.sleep(0.1)

    def test_unsafe_and_wrong_files_stop_the_start(self):
        for text, mode, words in ((RULES, 0o640, "mode 0640"), (RULES, 0o604, "chmod 600"),
                                  ("tokens: {}", 0o600, "which is a list"),
                                  (RULES + "  - {name: root, token: " + "z" * 40 + ", rights: [read]}\n", 0o600,
                                   "two of the name"),
                                  ("tokens: [{name: x, token: \"" + "s3cret" * 4 + "\", rights: [fly]}]", 0o600,
                                   "there are read, write, metrics, admin")):
            self.write(text, mode)
            result = subprocess.run(
                [SKALD, f"-auth.file={self.file}", f"-common.path-prefix={self.server.folder}/data",
                 "-server.http-listen-port=0"], capture_output=True, text=True, timeout=60)
            self.assertEqual(result.returncode, 1, text)
            self.assertIn(words, result.stderr)
            self.assertNotIn("s3cret", result.stderr)

    def test_administration_may_have_a_port_of_its_own(self):
        port = free_port()
        self.server.flags = [f"-server.admin-listen-port={port}"]
        server = self.server.start()
        tenant = {"X-Scope-OrgID": "one"}
        self.assertEqual(server.get("/flush").status, 404)
        self.assertEqual(server.get("/config").status, 404)
        self.assertEqual(server.get("/metrics").status, 200)
        self.assertEqual(self.push(tenant).status, 204)
        public, server.port = server.port, port
        self.assertEqual(server.get("/flush").status, 204)
        self.assertEqual(server.get("/metrics").status, 200)
        self.assertEqual(server.get("/ready").status, 200)
        self.assertEqual(self.labels(tenant).status, 404)
        self.assertEqual(self.push(tenant).status, 404)
        server.port = public
        self.assertEqual(server.stop(), 0)

    def test_no_token_is_logged_or_shown(self):
        server = self.server.start()
        self.push(bearer(WRITER))
        self.push(bearer(ADMIN[:-1] + "b", "one"))
        self.labels(basic("grafana", READER))
        shown = server.get("/config", headers=bearer(ADMIN)).text
        shown += server.get("/metrics", headers=bearer(ADMIN)).text
        server.stop()
        shown += "".join(server.log)
        self.assertIn("path=/loki/api/v1/push", shown)
        for token in (WRITER, READER, ADMIN[:-1]):
            self.assertNotIn(token, shown)
            self.assertNotIn(hashlib.sha256(token.encode()).hexdigest(), shown)


if __name__ == "__main__":
    unittest.main()

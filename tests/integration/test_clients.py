# SPDX-License-Identifier: Apache-2.0
"""Real clients from the npm registry, syslog-ng, and curl push over real sockets; what they sent is there."""
import base64
import glob
import gzip
import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest

from skald_server import PATIENCE, SkaldServer, now_ns

CLIENTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clients")
HOUR = 3600 * 10**9


SYSLOG_NG_PACKAGES = ["syslog-ng-core", "syslog-ng-mod-http", "libivykis0", "libnet1", "libwrap0"]
SYSLOG_NG_CONFIG = """@version: 3.38
source s { stdin(flags(no-parse)); };
destination d { http(url("%s/loki/api/v1/push") method("POST") headers("Content-Type: application/json")
    body-prefix("{\\"streams\\":[") delimiter(",") body-suffix("]}") batch-lines(10) batch-timeout(200)
    body('{"stream":{"app":"syslog-ng"},"values":[["${R_UNIXTIME}000000000","${MESSAGE}"]]}')); };
log { source(s); destination(d); flags(flow-control); };
"""


def syslog_ng(folder):
    """The command and its environment: what is installed, or Debian's packages unpacked into the folder. Or nothing."""
    if shutil.which("syslog-ng"):
        return ["syslog-ng"], dict(os.environ)
    if not shutil.which("apt-get") or subprocess.run(["apt-get", "download", *SYSLOG_NG_PACKAGES], cwd=folder, capture_output=True).returncode:
        return None, None
    for package in glob.glob(os.path.join(folder, "*.deb")):
        subprocess.run(["dpkg", "-x", package, folder], check=True)
    libraries = {os.path.dirname(path) for path in glob.glob(os.path.join(folder, "**", "*.so*"), recursive=True)}
    modules = glob.glob(os.path.join(folder, "usr/lib/syslog-ng/3.*"))[0]
    return ([os.path.join(folder, "usr/sbin/syslog-ng"), f"--module-path={modules}"],
            dict(os.environ, LD_LIBRARY_PATH=":".join(libraries)))


class Clients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        packages = ("winston-loki", "@opentelemetry/exporter-logs-otlp-proto", "ws", "@perses-dev/loki-plugin", "@myunisoft/loki",
                    "opentelemetry-definitions")
        if not all(os.path.isdir(os.path.join(CLIENTS, "node_modules", name)) for name in packages):
            subprocess.run(["npm", "ci", "--silent", "--no-progress"], cwd=CLIENTS, check=True, timeout=300)

    def test_winston_and_pino(self):
        with SkaldServer() as server:
            done = subprocess.run(["node", "push.mjs", f"http://127.0.0.1:{server.port}"], cwd=CLIENTS,
                                  capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            start, end = now_ns() - HOUR, now_ns() + HOUR
            for app, word in (("winston-json", "winston line"), ("winston-protobuf", "winston line"), ("pino", "pino line")):
                lines = server.lines(f'{{app="{app}"}} |= "{word}"', start, end)
                self.assertEqual(len(lines), 25, (app, done.stdout + done.stderr, "".join(server.log)))
            errors = server.lines('{app="winston-json"} | detected_level="error"', start, end)
            self.assertEqual(len(errors), 5)

    def test_opentelemetry(self):
        with SkaldServer() as server:
            done = subprocess.run(["node", "otlp.mjs", f"http://127.0.0.1:{server.port}"], cwd=CLIENTS,
                                  capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            start, end = now_ns() - HOUR, now_ns() + HOUR
            for service in ("otel-json", "otel-json-gzip", "otel-proto", "otel-proto-gzip"):
                selector = f'{{service_name="{service}", cloud_region="eu"}}'
                lines = server.lines(selector, start, end)
                self.assertEqual(len(lines), 10, (service, done.stdout + done.stderr, "".join(server.log)))
                texts = {line for _, line in lines}
                self.assertIn('{"list":[1,"two",null],"nested":{"answer":42}}', texts)
                self.assertIn("line 9", texts)
                errors = server.query_range(selector + ' | detected_level="error" | severity_text="ERROR" | attempt="5"', start, end)
                self.assertEqual(len(errors), 1, service)
                labels = errors[0]["stream"]
                expected = {"host_name": "h1", "scope_name": "scope.x", "scope_version": "1.2", "http_method": "GET", "ratio": "0.5",
                            "ok": "true", "raw": "AQID", "deep_in_ner": "v", "severity_number": "17", "attempt": "5"}
                self.assertEqual({name: labels.get(name) for name in expected}, expected, service)

    def test_opentelemetry_as_published(self):
        """Every field of the published definitions, in every encoding that the machine has a program for."""
        def packed_by(program):
            return lambda body: subprocess.run([program, "-q", "-c"], input=body, capture_output=True, check=True).stdout

        packers = {"plain": None, "gzip": gzip.compress, **{name: packed_by(name) for name in ("zstd", "lz4") if shutil.which(name)}}
        at = now_ns() - 60 * 10**9
        done = subprocess.run(["node", "otlp_definitions.mjs", str(at), *packers], cwd=CLIENTS, capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        array, nested = '[1,"two",true,["in"]]', '{"deep":{"er":2},"in.ner":"v","list":[1,"two",true,["in"]]}'
        resource = {"host_name": "h", "resource_map_in_ner": "v", "resource_map_deep_er": "2", "resource_map_list": array}
        full = {
            "log_string": "text", "log_bool": "true", "log_int": "9007199254740993", "log_double": "0.25", "log_array": array,
            "log_map_in_ner": "v", "log_map_deep_er": "2", "log_map_list": array, "log_bytes": "AQID",
            "observed_timestamp": str(at + 5), "severity_number": "17", "severity_text": "Error", "dropped_attributes_count": "3",
            "flags": "1", "trace_id": "0102030405060708090a0b0c0d0e0f10", "span_id": "f1f2f3f4f5f6f7f8", **resource,
            "scope_array": array, "scope_name": "scope", "scope_version": "1.2", "scope_dropped_attributes_count": "4",
            "detected_level": "error"}
        bodies = ["text", "true", "9007199254740993", "0.25", array, nested, "AQID"]
        with SkaldServer() as server:
            for service, body in json.loads(done.stdout).items():
                with self.subTest(service):
                    pack = packers[service]
                    headers = {"Content-Type": "application/x-protobuf", **({"Content-Encoding": service} if pack else {})}
                    body = base64.b64decode(body)
                    answer = server.request("POST", "/otlp/v1/logs", pack(body) if pack else body, headers)
                    self.assertEqual((answer.status, answer.body), (204, b""))
                    found = server.get("/loki/api/v1/query_range", {
                        "query": f'{{service_name="{service}"}}', "start": at, "end": at + 1000, "direction": "forward"},
                        {"X-Loki-Response-Encoding-Flags": "categorize-labels"}).json["data"]["result"]
                    self.assertEqual([stream["stream"] for stream in found], [{"service_name": service, "k8s_namespace_name": "space"}])
                    rows = found[0]["values"]
                    self.assertEqual([(int(time) - at, line) for time, line, _ in rows],
                                     [(0, "full"), *((i + 1, body) for i, body in enumerate(bodies)), (100, "seen")])
                    self.assertEqual(rows[0][2], {"structuredMetadata": full})
                    for _, _, categories in rows[1:]:
                        self.assertEqual(categories["structuredMetadata"], {**resource, "detected_level": "unknown"})

    def test_syslog_ng(self):
        with tempfile.TemporaryDirectory() as folder, SkaldServer() as server:
            os.chmod(folder, 0o755)
            command, environment = syslog_ng(folder)
            if command is None:
                self.skipTest("neither syslog-ng nor Debian's packages of it are there")
            config = os.path.join(folder, "syslog-ng.conf")
            with open(config, "w") as file:
                file.write(SYSLOG_NG_CONFIG % f"http://127.0.0.1:{server.port}")
            state = [f"--persist-file={folder}/persist", f"--control={folder}/control", f"--pidfile={folder}/pid"]
            sender = subprocess.Popen([*command, "-F", "--no-caps", "-f", config, *state], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, env=environment)
            try:
                for i in range(35):
                    sender.stdin.write(f"line {i} of syslog-ng: \u00e4\u20ac\n")
                sender.stdin.flush()
                start, end = now_ns() - HOUR, now_ns() + HOUR
                deadline = time.monotonic() + PATIENCE
                while len(lines := server.lines('{app="syslog-ng"}', start, end)) < 35 and time.monotonic() < deadline:
                    time.sleep(0.1)
            finally:
                sender.kill()
                output = sender.communicate()[0]
            self.assertEqual({line for _, line in lines}, {f"line {i} of syslog-ng: \u00e4\u20ac" for i in range(35)}, output)

    def test_clients_that_read(self):
        """What the code of Perses and of an SDK makes of the answers."""
        with SkaldServer() as server:
            start = now_ns() - HOUR // 2
            server.push([({"app": "read", "zone": zone}, [(start + i * 10**9, f"line {zone}{i}", {"trace": f"t{i}"}) for i in range(5)])
                         for zone in ("a", "b")])
            done = subprocess.run(["node", "read.mjs", f"http://127.0.0.1:{server.port}", "read", str(start - 10**9), str(now_ns())],
                                  cwd=CLIENTS, capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            seen = json.loads(done.stdout)
        perses, sdk = seen["perses"], seen["myunisoft"]
        lines = sorted(f"line {zone}{i}" for zone in "ab" for i in range(5))
        self.assertEqual(perses["query"]["data"]["result"][0]["value"][1], "10")
        self.assertEqual(sorted(row[1] for s in perses["lines"]["data"]["result"] for row in s["values"]), lines)
        self.assertEqual(perses["metric"]["data"]["resultType"], "matrix")
        self.assertEqual(perses["labels"]["data"], ["app", "service_name", "zone"])
        self.assertEqual(perses["values"]["data"], ["read"])
        self.assertEqual(sorted(labels["zone"] for labels in perses["series"]["data"]), ["a", "b"])
        self.assertEqual(perses["volume"]["data"]["result"][0]["metric"], {"app": "read"})
        self.assertEqual(perses["volumeRange"]["status"], "success")
        self.assertEqual((perses["stats"]["streams"], perses["stats"]["entries"]), (2, 10))
        self.assertEqual(sorted(sdk["lines"]["logs"]), lines)
        self.assertEqual(sorted(value[1] for s in sdk["streams"]["streams"] for value in s["values"]), lines)
        self.assertTrue(sdk["matrix"]["metrics"])
        self.assertEqual(sorted(log["number"] for log in sdk["parsed"]["logs"]), [line.split()[1] for line in lines])
        self.assertEqual(sdk["pushed"]["logs"], ["from the SDK"])
        self.assertEqual(sdk["labels"], ["app", "service_name", "zone"])
        self.assertEqual(sorted(sdk["values"]), ["pushed-by-sdk", "read"])
        self.assertEqual(sorted(labels["zone"] for labels in sdk["series"]), ["a", "b"])

    def test_curl(self):
        start = now_ns()
        with SkaldServer() as server:
            url = f"http://127.0.0.1:{server.port}"
            body = '{"streams":[{"stream":{"app":"curl"},"values":[["%d","from curl"]]}]}' % start
            status = subprocess.run(["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Content-Type: application/json",
                                     "--data-binary", body, f"{url}/loki/api/v1/push"], capture_output=True, text=True, check=True)
            self.assertEqual(status.stdout, "204")
            # A body of unknown length goes out in chunks, after 100-continue.
            chunked = subprocess.run(["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Content-Type: application/json",
                                      "-H", "Transfer-Encoding: chunked", "-H", "Expect: 100-continue", "--data-binary", "@-",
                                      f"{url}/loki/api/v1/push"], input=body.replace("from curl", "in chunks"),
                                     capture_output=True, text=True, check=True)
            self.assertEqual(chunked.stdout, "204")
            answer = subprocess.run(["curl", "-sS", "-G", "--compressed", f"{url}/loki/api/v1/query_range", "--data-urlencode",
                                     'query={app="curl"}', "--data-urlencode", f"start={start}", "--data-urlencode", f"end={start + 1}"],
                                    capture_output=True, text=True, check=True)
            self.assertIn("from curl", answer.stdout)
            self.assertIn("in chunks", answer.stdout)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""What an operator does with a running server: variables, overrides, pages, prepared shutdowns."""
import os
import shutil
import subprocess
import time
import unittest

from skald_server import PATIENCE, SKALD, SkaldServer, now_ns


def wait_until(condition, seconds=PATIENCE):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("it did not happen")
        time.sleep(0.02)


class Operators(unittest.TestCase):
    def write(self, server, name, text):
        path = os.path.join(server.folder, name)
        with open(path + ".new", "w") as file:
            file.write(text)
        os.rename(path + ".new", path)
        return path

    def test_variables_of_the_environment_reach_the_file_and_the_keys(self):
        os.environ.update(AUTH_WANTED="false", SKALD_LIMITS_CONFIG_MAX_QUERY_SERIES="77")
        try:
            with SkaldServer(flags=["-config.expand-env=true"],
                             config="auth_enabled: ${AUTH_WANTED}\nserver:\n  log_level: ${LEVEL:-debug}\n"
                                    "  log_format: ${FORMAT:logfmt}\n") as server:
                text = server.get("/config", {"mode": "diff"}).text
                self.assertIn("auth_enabled: false", text)
                self.assertIn('log_level: "debug"', text)
                self.assertIn("max_query_series: 77", text)
        finally:
            del os.environ["AUTH_WANTED"], os.environ["SKALD_LIMITS_CONFIG_MAX_QUERY_SERIES"]

    def test_overrides_are_read_again_and_a_bad_file_changes_nothing(self):
        server = SkaldServer()
        path = self.write(server, "overrides.yaml", "overrides: {a: {max_line_size: 10}}\n")
        server.config = f"runtime_config: {{file: {path}, period: 100ms}}\n"
        with server:
            def refused(tenant):
                answer = server.push([({"app": "x"}, [(now_ns(), "a line of more than ten bytes")])],
                                     {"X-Scope-OrgID": tenant})
                return answer.status == 400 and "max" in answer.text.lower()

            self.assertTrue(refused("a"))
            self.assertFalse(refused("b"))
            self.write(server, "overrides.yaml", "overrides: {a: {max_line_sise: 10}}\n")
            wait_until(lambda: "can't be used" in server.get("/runtime_config").text)
            self.assertIn("did you mean limits_config.max_line_size", server.get("/runtime_config").text)
            self.assertIn("loki_runtime_config_last_reload_successful 0", server.get("/metrics").text)
            self.assertTrue(refused("a"))
            self.write(server, "overrides.yaml", "overrides: {b: {max_line_size: 10}}\n")
            wait_until(lambda: refused("b"))
            self.assertFalse(refused("a"))
            self.assertIn("loki_runtime_config_last_reload_successful 1", server.get("/metrics").text)

    def test_a_pipe_in_place_of_the_overrides_holds_nothing_up(self):
        server = SkaldServer()
        path = self.write(server, "overrides.yaml", "overrides: {a: {max_line_size: 10}}\n")
        server.config = f"runtime_config: {{file: {path}, period: 100ms}}\n"
        with server:
            os.mkfifo(path + ".pipe")
            os.rename(path + ".pipe", path)
            wait_until(lambda: f"{path}: is not a regular file" in server.get("/runtime_config").text)
            os.remove(path)
            self.write(server, "overrides.yaml", "overrides: {a: {max_line_size: 11}}\n")
            wait_until(lambda: "max_line_size: 11" in server.get("/runtime_config").text)
            os.remove(path)
            os.mkfifo(path)
            wait_until(lambda: "is not a regular file" in server.get("/runtime_config").text)
            self.assertEqual(server.stop(), 0)

    def test_overrides_that_are_wrong_at_start_stop_it(self):
        server = SkaldServer()
        path = self.write(server, "overrides.yaml", "overrides: {a: {nonsense: 1}}\n")
        server.config = f"runtime_config: {{file: {path}}}\n"
        with self.assertRaisesRegex(RuntimeError, "nonsense: no such key"):
            with server:
                pass

    def test_the_first_page_links_to_pages_that_are_there(self):
        with SkaldServer() as server:
            self.assertEqual(server.get("/").status, 404, "to programs, as in Loki")
            page = server.get("/", headers={"Accept": "text/html,*/*;q=0.8"})
            self.assertEqual(page.status, 200)
            self.assertIn("text/html", page.headers["content-type"])
            links = [part.split('"')[0] for part in page.text.split('<a href="')[1:]]
            self.assertIn("/ring", links)
            for link in links:
                self.assertEqual(server.get(link).status, 200, link)

    def test_the_health_check_of_containers(self):
        def check(port):
            return subprocess.run([SKALD, "-health", f"-health.url=http://127.0.0.1:{port}/ready"],
                                  capture_output=True, text=True, timeout=PATIENCE)

        with SkaldServer() as server:
            self.assertEqual(check(server.port).returncode, 0)
            server.kill()
            self.assertEqual(check(server.port).returncode, 1)

    @unittest.skipUnless(shutil.which("promtool"), "promtool (Debian: prometheus) is not there")
    def test_prometheus_accepts_the_metrics(self):
        with SkaldServer() as server:
            server.push([({"app": "x"}, [(now_ns(), "a line")])])
            server.lines('{app="x"}', now_ns() - 10**9, now_ns())
            done = subprocess.run(["promtool", "check", "metrics"], input=server.get("/metrics").text,
                                  capture_output=True, text=True, timeout=PATIENCE)
            # Loki's dashboards and alerts read these by names that promtool would not give them.
            fixed = ("loki_cache_hits ", "loki_cache_fetched_keys ", "loki_compactor_pending_delete_requests_count ",
                     "loki_ingester_chunk_bounds_hours ")
            findings = [line for line in (done.stdout + done.stderr).splitlines()
                        if line and not line.startswith(fixed)]
            self.assertEqual(findings, [])

    def test_a_prepared_shutdown_leaves_everything_in_segments(self):
        with SkaldServer() as server:
            self.assertEqual(server.get("/ingester/prepare_shutdown").text, "unset\n")
            self.assertEqual(server.request("POST", "/ingester/prepare_shutdown").status, 204)
            self.assertEqual(server.get("/ingester/prepare_shutdown").text, "set\n")
            start = now_ns()
            self.assertEqual(server.push([({"app": "x"}, [(start, "kept")])]).status, 204)
            self.assertEqual(server.stop(), 0)
            segments = [name for _, _, names in os.walk(os.path.join(server.folder, "data", "chunks"))
                        for name in names]
            self.assertEqual(len(segments), 1)
            server.start()
            self.assertEqual(server.request("DELETE", "/ingester/prepare_shutdown").status, 204)
            self.assertEqual(server.get("/ingester/prepare_shutdown").text, "unset\n")
            self.assertEqual(server.lines('{app="x"}', start - 1, start + 1), [(start, "kept")])

    def test_an_ingester_can_be_stopped_and_the_process_with_it(self):
        with SkaldServer() as server:
            start = now_ns()
            self.assertEqual(server.push([({"app": "x"}, [(start, "kept")])]).status, 204)
            self.assertEqual(server.request("POST", "/ingester/shutdown", params={"terminate": "false"}).status, 204)
            again = server.request("POST", "/ingester/shutdown")
            self.assertEqual((again.status, again.text), (503, "Ingester is stopping or already stopped.\n"))
            self.assertIn("ingester => Terminated", server.get("/services").text)
            ready = server.get("/ready")
            self.assertEqual(ready.status, 503)
            self.assertRegex(ready.text, r"^Some services are not Running:\nRunning: \d+\nTerminated: 1\n$")
            self.assertEqual(server.push([({"app": "x"}, [(start, "late")])]).status, 503)
            self.assertEqual(server.lines('{app="x"}', start - 1, start + 1), [(start, "kept")])
            self.assertEqual(server.stop(), 0)
            server.start()
            self.assertEqual(server.request("POST", "/ingester/shutdown").status, 204)
            self.assertEqual(server.process.wait(timeout=PATIENCE), 0)


if __name__ == "__main__":
    unittest.main()

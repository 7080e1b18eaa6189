# SPDX-License-Identifier: Apache-2.0
"""Each call that changes the disk fails once, in the real process with the real catalog.

Method: a folder with segments, a log and a catalog of a killed server is the start of each run. The server starts on a copy of it
(recovery), takes pushes and delete requests, flushes, merges, drops expired and deleted lines, while the call of one number fails with EIO or ENOSPC; a write may
leave half of its bytes. Then it is killed, started without faults, and asked for every line and every delete request. SKALD_DISK_FAULTS sets how many
calls are tried, spread evenly over all (default 40; 0: each one)."""
import errno
import http.client
import os
import shutil
import time
import unittest

from disk_faults import CHANGES, LIBRARY, READ, DiskFaults
from known_lines import KnownLines
from skald_server import PATIENCE, SkaldServer, now_ns, wait_for

TRIED = int(os.environ.get("SKALD_DISK_FAULTS", "40"))
FLAGS = ["-compactor.compaction-interval=50ms", "-compactor.merge-segments=2", "-compactor.retention-delete-delay=0s",
         "-compactor.merge-after=0s", "-pattern-ingester.enabled=true", "-compactor.delete-request-cancel-period=0s"]
DELETE = "/loki/api/v1/delete"
CONFIG = """
auth_enabled: false
limits_config:
  reject_old_samples: false
  retention_stream: [{selector: '{app="old"}', priority: 1, period: 24h}]
"""


def quietly(call, *arguments, **more):
    try:
        return call(*arguments, **more)
    except (OSError, http.client.HTTPException, AssertionError):
        return None


@unittest.skipUnless(os.path.exists(LIBRARY), "the preloaded library is not built")
class DiskFaultsAtEveryCall(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = SkaldServer(FLAGS, CONFIG)
        cls.faults = DiskFaults(cls.server)
        cls.lines = KnownLines(cls.server)
        cls.server.start()
        old = now_ns() - 30 * 3600 * 10**9
        for _ in range(2):
            cls.server.push([({"app": "old"}, [(old, "an old line")])])
            cls.lines.push(100)
            cls.server.flush()
        cls.lines.push(200)
        cls.server.kill()
        cls.data = os.path.join(cls.server.folder, "data")
        cls.before = os.path.join(cls.server.folder, "before")
        shutil.copytree(cls.data, cls.before)
        cls.known = (set(cls.lines.sent), set(cls.lines.acknowledged))
        cls.kept, cls.cancelled = set(), set()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def begin(self):
        if self.server.process.poll() is None:
            self.server.kill()
        shutil.rmtree(self.data)
        shutil.copytree(self.before, self.data)
        self.lines.sent, self.lines.acknowledged = set(self.known[0]), set(self.known[1])
        self.lines.deleted, self.lines.unsure = set(), set()
        self.kept, self.cancelled = set(), set()
        self.server.log.clear()

    def work(self):
        """False if the server did not start."""
        try:
            self.server.start()
        except RuntimeError:
            return False
        for ending in "357":
            self.lines.push(30)
            self.lines.delete(ending)
            quietly(self.server.flush)
        self.lines.push(30)
        self.take_back()
        time.sleep(0.15)  # For a merge and for the retention.
        self.lines.push(30)
        return True

    def take_back(self):
        """Adds a delete request and cancels it; notes what was acknowledged."""
        asked = quietly(self.server.request, "POST", DELETE, params={
            "query": '{app="known"} |= "nobody says this"', "start": str(self.lines.start // 10**9)})
        if asked is None or asked.status != 204:
            return
        request = asked.headers["x-delete-request-id"]
        answer = quietly(self.server.request, "DELETE", DELETE, params={"request_id": request, "force": "true"})
        # The compactor may have been faster: 400.
        (self.cancelled if answer is not None and answer.status == 204 else self.kept).add(request)

    def expect_requests(self):
        listed = {each["request_id"] for each in self.server.get(DELETE).json}
        self.assertEqual(self.kept - listed, set(), "delete requests are lost")
        self.assertEqual(self.cancelled & listed, set(), "cancelled requests are there")
        damaged = [line for line in self.server.log if "delete request" in line and "level=error" in line]
        self.assertEqual(damaged, [])

    def expect_everything(self):
        if self.server.process.poll() is None:
            self.server.kill()
        self.faults.off()
        self.server.log.clear()
        self.server.start()
        self.lines.check()
        self.expect_requests()
        quietly(self.server.flush)
        self.lines.check()
        self.assertEqual(self.server.push([({"app": "after"}, [(now_ns(), "x")])]).status, 204)
        self.server.kill()

    def test_a_call_that_fails_loses_and_doubles_nothing(self):
        self.begin()
        self.faults.set(CHANGES)
        self.assertTrue(self.work())
        calls, _ = self.faults.counts()
        self.expect_everything()
        self.assertGreater(calls, 50)
        step = max(1, calls // TRIED) if TRIED else 1
        hit, ended = 0, 0
        for number in range(1, calls + 1, step):
            with self.subTest(call=number, of=calls):
                self.begin()
                error = errno.EIO if number % 2 else errno.ENOSPC
                self.faults.set(CHANGES, error=error, fail_at=number)
                started = self.work()
                hit += self.faults.counts()[1]
                if not started:
                    self.server.process.wait(timeout=PATIENCE)
                log = "".join(self.server.log)
                self.assertNotIn("an assertion of a library failed", log)
                if self.server.process.poll() is None:
                    self.assertTrue(started, log)
                else:
                    # At start-up what cannot be done is a reason to end; later it never is.
                    ended += 1
                    self.assertFalse(started, log)
                    self.assertIn("level=error", log)
                self.expect_everything()
        self.assertGreater(hit, calls // step // 2, "most faults hit nothing")
        print(f"{hit} of {calls} calls failed; the server did not start at {ended} of them")

    def test_a_disk_on_which_one_call_in_twenty_fails_loses_nothing(self):
        for error in (errno.EIO, errno.ENOSPC):
            self.begin()
            self.server.start()
            self.faults.set(CHANGES, error=error, per_million=50_000)
            for round_number in range(20):
                self.lines.push(30)
                if round_number % 5 == 2:
                    self.lines.delete(str(round_number // 5))
                    self.take_back()
                if round_number % 4 == 3:
                    quietly(self.server.flush)
            self.assertGreater(self.faults.counts()[1], 0)
            self.faults.off()
            # It recovers alone, without a restart.
            deadline = time.monotonic() + PATIENCE
            while not self.lines.push(30):
                self.assertLess(time.monotonic(), deadline, "".join(self.server.log[-20:]))
                time.sleep(0.1)
            self.lines.check()
            wait_for("requests to be stored again", lambda: "\nskald_unsaved_delete_requests 0\n" in self.server.get("/metrics").text)
            self.expect_everything()

    def test_reads_that_fail_are_errors_and_no_wrong_answers(self):
        self.begin()
        self.server.start()
        self.server.flush()
        self.server.kill()
        self.server.start()
        self.faults.set(READ, error=errno.EIO, per_million=300_000)
        refused = 0
        for _ in range(30):
            answer = self.server.get("/loki/api/v1/query_range", {"query": '{app="known"}', "start": self.lines.start,
                                                                   "end": now_ns(), "limit": 5000})
            if answer.status == 200:
                values = [value for stream in answer.json["data"]["result"] for value in stream["values"]]
                if len(values) < len(self.known[1]):
                    self.assertTrue(answer.json["data"]["result"] is not None and answer.json.get("warnings"),
                                    f"{len(values)} of {len(self.known[1])} lines and no word of it")
            else:
                refused += 1
                self.assertEqual(answer.status, 500)
        self.faults.off()
        self.assertEqual(len(self.lines.read()), len(set(self.lines.read())))
        self.lines.check()
        self.expect_everything()


@unittest.skipUnless(os.path.exists(LIBRARY), "the preloaded library is not built")
class UnreadableDeleteRequest(unittest.TestCase):
    def test_the_server_starts_and_the_tenants_queries_fail_until_the_disk_gives_it(self):
        server = SkaldServer(config="auth_enabled: true\n")
        self.addCleanup(server.__exit__)
        faults = DiskFaults(server)
        server.environment["SKALD_FAULT_FOLDER"] = os.path.join(server.folder, "data", "chunks", "deletes")
        server.start()
        one, two = {"X-Scope-OrgID": "one"}, {"X-Scope-OrgID": "two"}
        start = now_ns() - 10**10
        for headers in (one, two):
            self.assertEqual(server.push([({"app": "a"}, [(start, "secret"), (start + 1, "plain")])], headers).status, 204)
        asked = server.request("POST", DELETE, params={"query": '{app="a"} |= "secret"', "start": str(start // 10**9)}, headers=one)
        self.assertEqual(asked.status, 204)
        server.kill()
        faults.set(READ, error=errno.EIO, per_million=1_000_000)
        server.start()

        def ask(headers):
            return server.get("/loki/api/v1/query_range", {"query": '{app="a"}', "start": start, "end": now_ns()}, headers)

        def lines(headers):
            return sorted(value[1] for stream in ask(headers).json["data"]["result"] for value in stream["values"])
        refused = ask(one)
        self.assertEqual(refused.status, 500, refused.text)
        self.assertIn(f"delete request {asked.headers['x-delete-request-id']} can't be read", refused.text)
        self.assertIn("it is tried again by itself", "".join(server.log))
        self.assertEqual(lines(two), ["plain", "secret"])
        faults.off()
        wait_for("the request to be read", lambda: ask(one).status == 200)
        self.assertEqual(lines(one), ["plain"])


if __name__ == "__main__":
    unittest.main()

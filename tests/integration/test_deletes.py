# SPDX-License-Identifier: Apache-2.0
"""Delete requests in a real process: lines are hidden at once, removed later, and nothing else goes."""
import glob
import os
import random
import time
import unittest

from skald_server import SkaldServer, now_ns, wait_for

SECOND = 10**9
EAGER = ["-compactor.compaction-interval=200ms", "-compactor.merge-segments=100", "-compactor.retention-delete-delay=0s",
         "-compactor.delete-request-cancel-period=0s"]
DELETE = "/loki/api/v1/delete"


def seconds(ns):
    """RFC 3339 with nanoseconds, as `start` and `end` of a request take it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ns // SECOND)) + f".{ns % SECOND:09d}Z"


class Deletes(unittest.TestCase):
    def delete(self, server, query, start, end=None, headers=None, method="POST", **more):
        params = {"query": query, "start": seconds(start), **more}
        if end is not None:
            params["end"] = seconds(end)
        answer = server.request(method, DELETE, params=params, headers=headers)
        self.assertEqual((answer.status, answer.body), (204, b""), answer.text)
        self.assertRegex(answer.headers["x-delete-request-id"], "^[0-9a-f]{8}$")
        return answer.headers["x-delete-request-id"]

    @staticmethod
    def listed(server, headers=None):
        return {each["request_id"]: each for each in server.get(DELETE, headers=headers).json}

    def push(self, server, start, count=60):
        lines = [(start + i * SECOND // 100, f"line {i} level={'error' if i % 3 == 0 else 'info'} secret={i % 7}")
                 for i in range(count)]
        self.assertEqual(server.push([({"app": "a"}, lines), ({"app": "b"}, lines)]).status, 204)
        return lines

    def test_lines_are_hidden_at_once_in_memory_and_segments_and_come_back_when_it_is_cancelled(self):
        with SkaldServer() as server:
            start = now_ns() - 60 * SECOND
            stored = self.push(server, start)
            server.flush()
            fresh = self.push(server, start + 10 * SECOND)
            lines = stored + fresh
            end = now_ns()

            def shown(app):
                return server.lines(f'{{app="{app}"}}', start, end)

            def counted(app):
                answer = server.get("/loki/api/v1/query", {"query": f'sum(count_over_time({{app="{app}"}}[5m]))', "time": now_ns()})
                result = answer.json["data"]["result"]
                return int(result[0]["value"][1]) if result else 0

            self.assertEqual(server.get("/loki/api/v1/cache/generation_numbers").text.strip(), '""')
            request = self.delete(server, '{app="a"} |= "level=error" | logfmt | secret > 2', start, end)
            left = [line for line in lines if not (int(line[1].split()[1]) % 3 == 0 and int(line[1].split()[1]) % 7 > 2)]
            self.assertEqual(shown("a"), sorted(left))
            self.assertEqual(counted("a"), len(left))
            self.assertEqual(shown("b"), sorted(lines))
            generation = int(server.get("/loki/api/v1/cache/generation_numbers").json)

            # A part of the time, of a bare selector; PUT is taken, too.
            part = self.delete(server, '{app=~"a|b"}', start, start + 20 * SECOND // 100, method="PUT")
            self.assertEqual(shown("b"), sorted(line for line in lines if line[0] > start + 20 * SECOND // 100))
            self.assertGreater(int(server.get("/loki/api/v1/cache/generation_numbers").json), generation)
            waiting = self.listed(server)
            self.assertEqual(list(waiting), [request, part])
            self.assertEqual(waiting[request]["status"], "received")
            self.assertIn("can be cancelled until", waiting[request]["waits_for"])
            self.assertEqual(waiting[part]["query"], '{app=~"a|b"}')
            self.assertAlmostEqual(waiting[part]["start_time"], start / SECOND, delta=0.002)

            # Killed and started again: still hidden, from the log and from the segment.
            server.kill()
            server.start()
            self.assertEqual(list(self.listed(server)), [request, part])
            self.assertEqual(counted("b"), len([line for line in lines if line[0] > start + 20 * SECOND // 100]))
            for each in (request, part):
                self.assertEqual(server.request("DELETE", DELETE, params={"request_id": each}).status, 204)
            self.assertEqual(self.listed(server), {})
            self.assertEqual(shown("a"), sorted(lines))
            self.assertEqual(counted("a"), len(lines))

    def test_lines_are_removed_from_the_files_and_the_request_is_processed(self):
        with SkaldServer(EAGER) as server:
            start = now_ns() - 60 * SECOND
            lines = self.push(server, start, 1500)
            server.flush()
            more = [(line[0] + 1, "fresh " + line[1]) for line in lines]
            self.assertEqual(server.push([({"app": "a"}, more)]).status, 204)
            end = now_ns()
            request = self.delete(server, '{app="a"} |= "secret=3"', start, end)
            waits = wait_for("a reason", lambda: (lambda each: each if "memory" in each.get("waits_for", "") else None)(
                self.listed(server)[request]))
            self.assertIn(waits["status"], ("received", "100% Complete"))
            server.flush()
            done = wait_for("processing", lambda: (lambda each: each if each["status"] == "processed" else None)(
                self.listed(server)[request]))
            self.assertNotIn("waits_for", done)
            left = sorted(line for line in lines + more if "secret=3" not in line[1])

            def shown():
                # Hidden or gone is the same to a query; a cancelled request would show what is still stored.
                return server.lines('{app="a"}', start, end, limit=5000)
            self.assertEqual(shown(), left)
            metrics = server.get("/metrics").text
            self.assertIn('loki_compactor_delete_requests_processed_total{user="fake"} 1', metrics)
            gone = len(lines + more) - len(left)
            self.assertIn(f'loki_compactor_deleted_lines{{user="fake"}} {gone}', metrics)
            self.assertEqual(server.get("/compactor/status").json["deleted_rows_dropped"], gone)
            refused = server.request("DELETE", DELETE, params={"request_id": request})
            self.assertEqual((refused.status, refused.text),
                             (400, "deletion of request which is in process or already processed is not allowed\n"))
            # A line that comes after that stays.
            again = (start + 7, "again secret=3")
            self.assertEqual(server.push([({"app": "a"}, [again])]).status, 204)
            self.assertIn(again, shown())
            wait_for("removal", lambda: server.get("/compactor/status").json["objects_waiting_for_removal"] == 0)
            server.kill()
            # Nothing of it is left in a segment: without the request the lines do not come back.
            for path in glob.glob(f"{server.folder}/data/chunks/deletes/*/*.del"):
                os.remove(path)
            server.start()
            self.assertEqual(sorted(shown()), sorted(left + [again]))

    def test_tenants_see_and_delete_their_own_lines_only(self):
        config = """auth_enabled: true
limits_config:
  deletion_mode: filter-and-delete
runtime_config:
  file: OVERRIDES
"""
        with SkaldServer(EAGER) as server:
            overrides = os.path.join(server.folder, "overrides.yaml")
            with open(overrides, "w") as file:
                file.write("overrides:\n  off: {deletion_mode: disabled}\n  hide: {deletion_mode: filter-only}\n")
            server.stop()
            server.config = config.replace("OVERRIDES", overrides)
            server.start()
            start = now_ns() - 10 * SECOND
            tenants = ("one", "off", "hide", ".dot")
            for tenant in tenants:
                self.assertEqual(server.push([({"app": "a"}, [(start, tenant)])], {"X-Scope-OrgID": tenant}).status, 204)

            def shown(tenant):
                answer = server.get("/loki/api/v1/query_range", {"query": '{app="a"}', "start": start, "end": now_ns()},
                                    {"X-Scope-OrgID": tenant})
                return [value[1] for stream in answer.json["data"]["result"] for value in stream["values"]]
            one = self.delete(server, '{app="a"}', start, now_ns(), {"X-Scope-OrgID": "one"})
            self.delete(server, '{app="a"}', start, now_ns(), {"X-Scope-OrgID": ".dot"})
            kept = self.delete(server, '{app="a"}', start, now_ns(), {"X-Scope-OrgID": "hide"})
            for method in ("GET", "POST", "DELETE"):
                refused = server.request(method, DELETE, headers={"X-Scope-OrgID": "off"})
                self.assertEqual((refused.status, refused.text), (403, "deletion is not available for this tenant (limits_config.deletion_mode)\n"))
            self.assertEqual([shown(tenant) for tenant in tenants], [[], ["off"], [], []])
            other = server.request("DELETE", DELETE, params={"request_id": one}, headers={"X-Scope-OrgID": "hide"})
            self.assertEqual((other.status, other.text), (404, "could not find delete request with given id\n"))
            self.assertEqual(server.get(DELETE, headers={"X-Scope-OrgID": "one|hide"}).status, 400)
            self.assertEqual(server.get(DELETE).status, 401)
            server.flush()
            wait_for("processing", lambda: self.listed(server, {"X-Scope-OrgID": "one"})[one]["status"] == "processed")
            self.assertEqual(self.listed(server, {"X-Scope-OrgID": "hide"})[kept]["status"], "received")
            self.assertIn("filter-only", self.listed(server, {"X-Scope-OrgID": "hide"})[kept]["waits_for"])
            self.assertEqual([shown(tenant) for tenant in tenants], [[], ["off"], [], []])

    def test_what_is_wrong_with_a_request_is_said_in_lokis_words(self):
        with SkaldServer() as server:
            now = int(time.time())
            good = {"query": '{app="a"} |= "x"', "start": str(now - 7200), "end": str(now - 10)}
            cases = [
                ({"query": None}, "query not set"),
                ({"query": "{app="}, "invalid query expression"),
                ({"query": 'rate({app="a"}[1m])'}, "invalid query expression"),
                ({"start": None}, "start time not set"),
                ({"start": "12"}, "invalid start time: require unix seconds or RFC3339 format"),
                ({"end": "1699999999000"}, "invalid end time: require unix seconds or RFC3339 format"),
                ({"end": str(now + 1000)}, "deletes in the future are not allowed"),
                ({"start": str(now - 5)}, "start time can't be greater than or equal to end time"),
                ({"max_interval": "1x"}, "invalid max_interval: valid time units are 's', 'm', 'h'"),
                ({"max_interval": "25h"}, "max_interval can't be greater than 24h0m0s (compactor.delete_max_interval)"),
                ({"max_interval": "3h"}, "max_interval can't be greater than the interval to be deleted (1h59m50s)"),
            ]
            for change, text in cases:
                params = {name: value for name, value in {**good, **change}.items() if value is not None}
                answer = server.request("POST", DELETE, params=params)
                self.assertEqual((answer.status, answer.text), (400, text + "\n"), change)
            self.assertEqual(server.get(DELETE).json, [])
            self.assertEqual(server.request("POST", DELETE, params={**good, "max_interval": "1h"}).status, 204)
            self.assertEqual(len(server.get(DELETE, {"start": str(now - 60), "end": str(now)}).json), 1)
            self.assertEqual(server.get(DELETE, {"start": str(now - 5), "end": str(now)}).json, [])

    def test_a_request_of_which_nothing_is_readable_fails_its_tenants_queries_until_it_is_cancelled(self):
        with SkaldServer(config="auth_enabled: true\n") as server:
            one, two = {"X-Scope-OrgID": "one"}, {"X-Scope-OrgID": "two"}
            start = now_ns() - 10 * SECOND
            for headers in (one, two):
                self.assertEqual(server.push([({"app": "a"}, [(start, "secret"), (start + 1, "plain")])], headers).status, 204)
            request = self.delete(server, '{app="a"} |= "secret"', start, headers=one)
            server.kill()
            path = f"{server.folder}/data/chunks/deletes/t-one/{request}.del"
            with open(path, "r+b") as file:
                whole = file.read()
                file.seek(0)
                file.write(bytes(len(whole)))
            server.start()

            def asked(path, headers, **more):
                return server.get(path, {"query": '{app="a"}', "start": start, "end": now_ns(), **more}, headers)

            def lines(headers):
                result = asked("/loki/api/v1/query_range", headers).json["data"]["result"]
                return sorted(value[1] for stream in result for value in stream["values"])
            for _ in range(2):
                refused = asked("/loki/api/v1/query_range", one)
                self.assertEqual(refused.status, 500, refused.text)
                self.assertIn(f"delete request {request} can't be read", refused.text)
                counted = asked("/loki/api/v1/query_range", one, query='count_over_time({app="a"}[1m])')
                self.assertEqual(counted.status, 500, counted.text)
                self.assertEqual(lines(two), ["plain", "secret"])
                server.flush()  # From memory, then from a segment.
            self.assertEqual(server.push([({"app": "b"}, [(now_ns(), "x")])], one).status, 204)
            self.assertIn("can't be read", self.listed(server, one)[request]["waits_for"])
            self.assertIn("skald_damaged_delete_requests_total 1", server.get("/metrics").text)
            # Put back:
            server.kill()
            with open(path, "wb") as file:
                file.write(whole)
            server.start()
            self.assertEqual(lines(one), ["plain"])
            # Or cancelled:
            server.kill()
            with open(path, "wb") as file:
                file.write(bytes(len(whole)))
            server.start()
            cancel = {"request_id": request}
            self.assertEqual(server.request("DELETE", DELETE, params=cancel, headers=one).status, 400)
            self.assertEqual(server.request("DELETE", DELETE, params={**cancel, "force": "true"}, headers=one).status, 204)
            self.assertEqual(lines(one), ["plain", "secret"])

    def test_a_late_cancellation_has_to_be_forced(self):
        with SkaldServer(["-compactor.compaction-interval=1h", "-compactor.delete-request-cancel-period=1ms"]) as server:
            start = now_ns() - 10 * SECOND
            self.push(server, start)
            request = self.delete(server, '{app="a"}', start)
            time.sleep(0.05)
            late = server.request("DELETE", DELETE, params={"request_id": request})
            self.assertEqual(late.status, 400)
            self.assertIn("past the deadline of 1ms since its creation is not allowed", late.text)
            self.assertEqual(server.request("DELETE", DELETE, params={"request_id": request, "force": "true"}).status, 204)
            self.assertEqual(len(server.lines('{app="a"}', start, now_ns())), 60)

    def test_killed_at_any_moment_the_right_lines_are_there_once(self):
        seed = random.Random(7)
        with SkaldServer([*EAGER, "-ingester.max-chunk-age=4h"]) as server:
            start = now_ns() - 600 * SECOND
            expected = []
            for turn in range(8):
                lines = [(start + (turn * 50 + i) * SECOND, f"turn {turn} line {i} group={seed.randrange(5)}") for i in range(50)]
                self.assertEqual(server.push([({"app": "a"}, lines)]).status, 204)
                expected += lines
                if seed.random() < 0.6:
                    server.flush()
                group = seed.randrange(5)
                # Up to the newest line: a request takes what comes into its time before it is processed, too.
                self.delete(server, f'{{app="a"}} |= "group={group}"', start, lines[-1][0])
                expected = [line for line in expected if f"group={group}" not in line[1]]
                time.sleep(seed.random() * 0.5)
                server.kill()
                server.start()
                self.assertEqual(server.lines('{app="a"}', start, now_ns() + SECOND), sorted(expected))
            server.flush()
            wait_for("processing", lambda: all(each["status"] == "processed" for each in self.listed(server).values()))
            self.assertEqual(server.lines('{app="a"}', start, now_ns()), sorted(expected))


if __name__ == "__main__":
    unittest.main()

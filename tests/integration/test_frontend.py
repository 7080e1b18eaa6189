# SPDX-License-Identifier: Apache-2.0
"""What the frontend does that a client can see: results that are kept and still true, turns, refusals, tags in the log."""
import socket
import threading
import time
import unittest
import urllib.parse

from skald_server import PATIENCE, SkaldServer, now_ns

SECOND = 10**9
MINUTE, HOUR = 60 * SECOND, 3600 * SECOND


class Frontend(unittest.TestCase):
    def push(self, server, labels, rows):
        answer = server.push([(labels, rows)])
        self.assertEqual(answer.status, 204, answer.text)

    def test_kept_results_are_used_and_still_true(self):
        with SkaldServer() as server:
            end = now_ns() // MINUTE * MINUTE
            start = end - 3 * HOUR
            server.push([({"app": "a"}, [(start + i * MINUTE, f"line {i}") for i in range(180)])])
            parameters = {"query": 'sum(count_over_time({app="a"}[1m]))', "start": start, "end": end, "step": "60s"}

            def ask():
                data = server.get("/loki/api/v1/query_range", parameters).json["data"]
                counted = sum(int(value) for series in data["result"] for _, value in series["values"])
                return counted, data["stats"]["cache"]["result"], data["stats"]["summary"]

            first, cache, _ = ask()
            self.assertEqual(cache["entriesFound"], 0)
            again, cache, summary = ask()
            self.assertEqual(again, first)
            self.assertGreater(cache["entriesFound"], 1)
            self.assertLess(summary["totalLinesProcessed"], 30)
            self.push(server, {"app": "a", "late": "1"}, [(start + HOUR + 5, "late")])
            self.assertEqual(ask()[0], first + 1)
            server.flush()
            self.assertEqual(ask()[0], first + 1)

    def test_empty_ranges_are_searched_once_and_late_lines_found(self):
        with SkaldServer() as server:
            end = now_ns()
            start = end - 3 * HOUR
            server.push([({"app": "a"}, [(start + i * MINUTE, f"line {i}") for i in range(180)])])
            parameters = {"query": '{app="a"} |= "needle"', "start": start, "end": end}

            def ask():
                data = server.get("/loki/api/v1/query_range", parameters).json["data"]
                return sum(len(s["values"]) for s in data["result"]), data["stats"]["summary"]["totalLinesProcessed"]

            self.assertEqual(ask(), (0, 180))
            found, looked_at = ask()
            self.assertEqual(found, 0)
            self.assertLess(looked_at, 30)
            self.push(server, {"app": "a", "late": "1"}, [(start + HOUR, "a needle")])
            self.assertEqual(ask()[0], 1)

    def test_a_tenant_with_too_many_queries_is_told_so(self):
        config = ("auth_enabled: false\nlimits_config: {max_query_parallelism: 1}\n"
                  "query_scheduler: {max_outstanding_requests_per_tenant: 1}\n")
        with SkaldServer(config=config) as server:
            now = now_ns()
            for stream in range(30):
                server.push([({"app": "a", "n": str(stream)}, [(now - i * 1000, f'{{"a": {i}, "b": "text {stream}"}}') for i in range(2000)])])
            answers = []

            def ask(number):
                answers.append(server.get("/loki/api/v1/query_range", {
                    "query": f'sum by (b) (count_over_time({{app="a"}} | json | a > {number} [1m]))', "start": now - HOUR, "end": now + 1, "step": "60s"}))

            threads = [threading.Thread(target=ask, args=(i,)) for i in range(12)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual({answer.status for answer in answers}, {200, 429})
            self.assertIn("too many outstanding requests (query_scheduler.max_outstanding_requests_per_tenant)", next(a.text for a in answers if a.status == 429))

    def heavy_listing(self, server):
        """A request for series that no stream has, by more selectors than are looked through in a few seconds."""
        now = now_ns()
        for first in range(0, 5000, 1000):
            answer = server.push([({"app": "a", "n": f"number {n} " + 1500 * "y"}, [(now, "x")]) for n in range(first, first + 1000)])
            self.assertEqual(answer.status, 204, answer.text)
        form = urllib.parse.urlencode([("start", now - HOUR), ("end", now + SECOND)] +
                                      [("match[]", f'{{n=~".*[a-z] {i}x"}}') for i in range(900)])
        return form.encode()

    def lines_about(self, server, *words):
        deadline = time.monotonic() + PATIENCE
        while not (found := [line for line in server.log if all(word in line for word in words)]):
            self.assertLess(time.monotonic(), deadline, "".join(server.log[-20:]))
            time.sleep(0.02)
        return found

    def test_a_listing_whose_client_leaves_is_given_up(self):
        with SkaldServer() as server:
            form = self.heavy_listing(server)
            client = socket.create_connection(("127.0.0.1", server.port))
            client.sendall(b"POST /loki/api/v1/series HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                           b"Content-Length: %d\r\n\r\n" % len(form) + form)
            inflight = 'loki_inflight_requests{method="POST",route="loki_api_v1_series"} 1'
            deadline = time.monotonic() + PATIENCE
            while inflight not in server.get("/metrics").text:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.01)
            client.close()
            line, = self.lines_about(server, "msg=query", "query_type=series")
            self.assertIn("status=499", line)

    def test_a_listing_ends_with_its_time(self):
        with SkaldServer(config="auth_enabled: false\nlimits_config: {query_timeout: 100ms}\n") as server:
            answer = server.request("POST", "/loki/api/v1/series", self.heavy_listing(server), {"Content-Type": "application/x-www-form-urlencoded"})
            self.assertEqual((answer.status, answer.text[:18]), (504, "request timed out,"))
            self.assertEqual(server.get("/loki/api/v1/labels").status, 200)

    def test_a_tenant_with_too_many_listings_is_told_so(self):
        config = ("auth_enabled: false\nlimits_config: {max_query_parallelism: 1, query_timeout: 2s}\n"
                  "query_scheduler: {max_outstanding_requests_per_tenant: 1}\n")
        with SkaldServer(config=config) as server:
            form = self.heavy_listing(server)
            heavy = threading.Thread(target=server.request, args=("POST", "/loki/api/v1/series", form, {"Content-Type": "application/x-www-form-urlencoded"}))
            heavy.start()
            deadline = time.monotonic() + PATIENCE
            while 'loki_query_frontend_queries_in_progress 1' not in server.get("/metrics").text:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.01)
            answers = []
            threads = [threading.Thread(target=lambda: answers.append(server.get("/loki/api/v1/labels"))) for _ in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads + [heavy]:
                thread.join()
            self.assertEqual({answer.status for answer in answers}, {200, 429})
            self.assertIn("too many outstanding requests", next(a.text for a in answers if a.status == 429))

    def test_a_listing_leaves_a_line_in_the_log(self):
        with SkaldServer() as server:
            now = now_ns()
            server.push([({"app": "a"}, [(now, "x")])])
            server.get("/loki/api/v1/label/app/values", {"query": '{app=~".+"}', "start": now - HOUR, "end": now})
            line, = self.lines_about(server, "msg=query", "query_type=labels")
            for field in ("label=app", "status=200", "total_entries=1", "org_id=fake", "length=1h0m0"):
                self.assertIn(field, line)
            server.get("/loki/api/v1/index/volume", {"query": "{}", "start": now - HOUR, "end": now})
            self.lines_about(server, "msg=query", "query_type=volume", "status=200")

    def test_a_query_in_the_log_names_its_tags(self):
        with SkaldServer(["-frontend.log-queries-longer-than=-1s"]) as server:
            server.get("/loki/api/v1/query_range", {"query": '{app="a"}'}, {"X-Query-Tags": "Source=panel,Dashboard=d1"})
            deadline = time.monotonic() + PATIENCE
            while not any("slow query detected" in line and "Dashboard=d1" in line for line in server.log):
                self.assertLess(time.monotonic(), deadline, "".join(server.log))
                time.sleep(0.05)

    def test_whoever_leaves_makes_room(self):
        config = "auth_enabled: false\nlimits_config: {max_query_parallelism: 1}\n"
        with SkaldServer(config=config) as server:
            now = now_ns()
            server.push([({"app": "a"}, [(now - i * 1000, f"line {i}") for i in range(1000)])])
            query = urllib.parse.urlencode({"query": 'sum(count_over_time({app="a"} |~ "line .*9" [1m]))', "start": now - HOUR, "end": now, "step": 1})
            for _ in range(30):
                gone = socket.create_connection(("127.0.0.1", server.port))
                gone.sendall(f"GET /loki/api/v1/query_range?{query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                gone.close()
            answer = server.get("/loki/api/v1/query_range", {"query": '{app="a"}', "start": now - HOUR, "end": now})
            self.assertEqual(answer.status, 200)


if __name__ == "__main__":
    unittest.main()

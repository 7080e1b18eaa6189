# SPDX-License-Identifier: Apache-2.0
"""What Grafana asks for, as it asks, worst first: numbers in names are those of a checklist of what breaks without it.

Two services with all levels, JSON, logfmt and plain lines, metadata, nested keys, durations and sizes, a line that is no
UTF-8, and two rows at one time. Every answer goes through the checker of shapes (skald_server installs it)."""
import gzip
import json
import math
import re
import socket
import time
import unittest
import urllib.parse

from skald_server import PATIENCE, SkaldServer, now_ns, wait_for
from test_grpc import push_request, varint
from test_tail import BareTail

SECOND = 10**9
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86400 * SECOND
FLAG = {"X-Loki-Response-Encoding-Flags": "categorize-labels"}
BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd", "Accept-Language": "en", "X-Grafana-Org-Id": "1", "X-Panel-Id": "3",
           "X-Dashboard-Uid": "u", "X-Query-Tags": "Source=grafana-lokiexplore-app", "traceparent": "00-1-2-01", "Cookie": "a=b",
           "X-Loki-Query-Limits-Context": "{}", "Authorization": "Basic YTpi"}
CONFIG = """
auth_enabled: false
pattern_ingester:
  enabled: true
limits_config:
  reject_old_samples: false
"""
LEVELS = ["info", "warn", "error", "debug", "critical", "trace"]
ODD_LINE = 'tricky "quotes" \\ back\tslash <b>&</b> \u2028 \U0001f600 end'


def iso(ns):
    import datetime
    moment = datetime.datetime.fromtimestamp(ns // SECOND, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + ".%03dZ" % (ns // 10**6 % 1000)


def snappy(data):
    """As one literal."""
    return varint(len(data)) + bytes([63 << 2]) + (len(data) - 1).to_bytes(4, "little") + data


class Grafana(unittest.TestCase):
    prefix = ""

    @classmethod
    def setUpClass(cls):
        cls.server = SkaldServer(config=CONFIG)
        cls.server.start()
        # A whole minute some time ago, so that all of it lies in the past.
        cls.start = (now_ns() - 40 * MINUTE) // MINUTE * MINUTE
        cls.end = cls.start + 30 * MINUTE
        cls.rows = cls.fixture()
        cls.push(cls.rows)

    @classmethod
    def fixture(cls):
        shop, pay, plain = [], [], []
        for i in range(60):
            time = cls.start + i * 20 * SECOND
            level = LEVELS[i % 6]
            shop.append((time, json.dumps({"level": level, "status": [200, 404, 500][i % 3], "took": f"{i + 1}ms",
                                           "size": f"{i + 1}KB", "user": {"name": f"u{i % 4}"}}),
                         {"trace_id": f"t{i % 5}", "pod": f"p-{i % 2}"}))
            pay.append((time, f"level={level} msg=finished request={1000 + i} duration={i}ms"))
        plain.append((cls.start + SECOND, ODD_LINE))
        plain.append((cls.start + 2 * SECOND, "same time one"))
        plain.append((cls.start + 2 * SECOND, "same time two"))
        return [({"app": "shop", "cluster": "c1"}, shop), ({"app": "pay", "cluster": "c2"}, pay), ({"app": "plain"}, plain)]

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    @classmethod
    def push(cls, streams):
        answer = cls.server.push(streams)
        assert answer.status == 204, answer.text

    def ask(self, path, parameters=None, headers=None, status=200):
        answer = self.server.get(self.prefix + path, parameters, headers)
        self.assertEqual(answer.status, status, answer.text)
        return answer

    def range(self, query, headers=None, status=200, **more):
        parameters = {"direction": "backward", "query": query, "start": self.start, "end": self.end, "step": "1000ms", **more}
        return self.ask("/loki/api/v1/query_range", parameters, headers, status)

    def result(self, query, headers=None, **more):
        return self.range(query, headers, **more).json["data"]["result"]

    def count(self, query, **more):
        return sum(len(stream["values"]) for stream in self.result(query, limit=5000, **more))

    def resource(self, path, status=200, **parameters):
        """A call of the browser: all its headers, times in nanoseconds unless given."""
        answer = self.ask("/loki/api/v1/" + path, {"start": self.start, "end": self.end, **parameters},
                          {**BROWSER, "Accept-Encoding": "identity"}, status)
        return answer.json if status == 200 else answer

    def test_01_health(self):
        data = self.ask("/loki/api/v1/query", {"direction": "backward", "query": "vector(1)+vector(1)", "time": "4000000000"},
                        FLAG).json["data"]
        self.assertEqual((data["resultType"], data["result"]), ("vector", [{"metric": {}, "value": [4000000000, "2"]}]))

    def test_02_rows_with_the_flag_are_tuples_of_three(self):
        data = self.range('{app="shop"}', FLAG, limit=1000).json["data"]
        self.assertEqual(list(data), ["resultType", "encodingFlags", "result", "stats"])
        self.assertEqual(len([row for stream in data["result"] for row in stream["values"] if len(row) == 3]), 60)
        self.assertEqual([list(stream) for stream in data["result"]], [["stream", "values"]])
        self.assertEqual([stream["stream"] for stream in data["result"]], [{"app": "shop", "cluster": "c1", "service_name": "shop"}])

    def test_03_rows_without_the_flag_are_pairs_and_metadata_is_merged(self):
        data = self.range('{app="shop"}', limit=1000).json["data"]
        self.assertNotIn("encodingFlags", data)
        self.assertTrue(all(len(row) == 2 for stream in data["result"] for row in stream["values"]))
        self.assertTrue(all("trace_id" in stream["stream"] for stream in data["result"]))

    def test_04_third_elements_hold_strings_and_times_have_19_digits(self):
        rows = [row for stream in self.result('{app="shop"}', FLAG, limit=1000) for row in stream["values"]]
        self.assertTrue(all(re.fullmatch("[0-9]{19}", row[0]) and row[2]["structuredMetadata"]["trace_id"] for row in rows))
        self.assertTrue(all(type(value) is str for row in rows for pairs in row[2].values() for value in pairs.values()))
        with SkaldServer(config="auth_enabled: false\nlimits_config: {discover_log_levels: false, reject_old_samples: false}\n") as server:
            server.push([({"app": "bare"}, [(self.start, "line")])])
            data = server.get("/loki/api/v1/query_range", {"query": '{app="bare"}', "start": self.start, "end": self.end}, FLAG).json["data"]
            self.assertEqual(data["result"][0]["values"], [[str(self.start), "line", {}]])

    def test_05_an_empty_result_has_its_type(self):
        empty = self.range('{app="nobody"}', FLAG).json
        self.assertEqual((empty["status"], empty["data"]["resultType"], empty["data"]["result"]), ("success", "streams", []))

    def test_06_label_names_are_sorted(self):
        answer = self.resource("labels")
        self.assertEqual((list(answer), answer["data"]), (["status", "data"], ["app", "cluster", "service_name"]))

    def test_07_label_values_with_and_without_a_selector(self):
        self.assertEqual(self.resource("label/app/values")["data"], ["pay", "plain", "shop"])
        self.assertEqual(self.resource("label/app/values", query='{cluster="c1"}')["data"], ["shop"])

    def test_08_points_of_a_range_query_lie_on_its_steps(self):
        step = 60
        [series] = self.result('sum(count_over_time({app="pay"}[1m]))', step=f"{step * 1000}ms", end=self.start + 10 * MINUTE)
        times = [time for time, _ in series["values"]]
        self.assertEqual(times, [self.start // SECOND + k * step for k in range(11)])

    def test_09_an_instant_query_is_a_vector(self):
        data = self.ask("/loki/api/v1/query", {"query": 'sum by (app) (count_over_time({app=~".+"}[1h]))', "time": self.end,
                                               "limit": 1000}, FLAG).json["data"]
        self.assertEqual({series["metric"]["app"]: series["value"][1] for series in data["result"]},
                         {"shop": "60", "pay": "60", "plain": "3"})

    def test_10_log_volume(self):
        for step, width in (("60000ms", "1m"), ("86400000ms", "1d"), ("1000ms", "1s")):
            query = 'sum by (level, detected_level) (count_over_time({app=~"shop|pay"} | drop __error__[%s]))' % width
            end = self.start + 5 * MINUTE if width == "1s" else self.end
            series = self.result(query, step=step, headers={"X-Query-Tags": "Source=logvolhist"}, end=end)
            self.assertEqual({s["metric"]["detected_level"] for s in series}, set(LEVELS))
            if width == "1m":
                self.assertEqual(sum(float(value) for s in series for _, value in s["values"]), 120)

    def test_11_parse_error(self):
        answer = self.range('{app="a"', headers={"Accept-Encoding": "gzip"}, status=400)
        self.assertRegex(answer.text, r"^parse error at line 1, col \d+: ")
        self.assertNotIn("\n", answer.text)

    def test_12_long_urls_and_prefix(self):
        long_query = '{app="pay"} != "%s"' % ("x" * 65536)
        self.assertEqual(self.count(long_query), 60)
        with SkaldServer(config=CONFIG, flags=["-server.path-prefix=/a/b"]) as server:
            pushed = [{"stream": labels, "values": [[str(row[0]), *row[1:]] for row in rows]} for labels, rows in self.rows]
            pushed = server.request("POST", "/a/b/loki/api/v1/push", json.dumps({"streams": pushed}), {"Content-Type": "application/json"})
            self.assertEqual(pushed.status, 204, pushed.text)
            self.assertEqual(server.get("/loki/api/v1/labels").status, 404)
            self.server, self.prefix = server, "/a/b"
            self.assertEqual(self.count(long_query), 60)
            for name in sorted(name for name in dir(self) if re.match("test_(0[1-9]|1[01])_", name)):
                with self.subTest(name):
                    getattr(self, name)()
            with BareTail(server, '{app="a"}', path="/a/b/loki/api/v1/tail") as tail:
                self.assertTrue(tail.head.startswith(b"HTTP/1.1 101 "), tail.head)

    def test_13_limit_direction_and_windows(self):
        newest = self.result('{app="pay"}', limit=3)
        self.assertEqual(sorted(int(row[0]) for s in newest for row in s["values"]),
                         [self.start + i * 20 * SECOND for i in (57, 58, 59)])
        oldest = self.result('{app="pay"}', limit=3, direction="forward")
        self.assertEqual(sorted(int(row[0]) for s in oldest for row in s["values"]),
                         [self.start + i * 20 * SECOND for i in range(3)])
        middle = self.start + 10 * MINUTE
        self.assertEqual(self.count('{app="pay"}', end=middle) + self.count('{app="pay"}', start=middle), 60)

    def test_14_odd_bytes(self):
        lines = [row[1] for s in self.result('{app="plain"}') for row in s["values"]]
        self.assertIn(ODD_LINE, lines)
        # Protobuf would carry any bytes; JSON pushes replace them before they are stored.
        long_ago = self.start - 5 * HOUR
        body = b'{"streams":[{"stream":{"app":"bytes"},"values":[["%d","bad \xff byte"]]}]}' % long_ago
        self.server.request("POST", "/loki/api/v1/push", body, {"Content-Type": "application/json"})
        for stream in self.result('{app="bytes"}', start=long_ago, step="60000ms"):
            self.assertIn("\ufffd", stream["values"][0][1])

    def test_15_odd_numbers(self):
        for query, text in (("vector(2)^vector(5000)", "+Inf"), ("vector(0)-(vector(2)^vector(5000))", "-Inf"),
                            ("vector(1)/vector(0)", "NaN")):
            [series] = self.ask("/loki/api/v1/query", {"query": query, "time": self.end}).json["data"]["result"]
            self.assertEqual(series["value"][1], text)
            self.assertFalse(math.isfinite(float(text)))

    def test_16_compression(self):
        big = {"query": '{app="shop"}', "start": self.start, "end": self.end, "limit": 1000}
        packed = self.ask("/loki/api/v1/query_range", big, {"Accept-Encoding": "gzip"})
        self.assertEqual(packed.headers.get("content-encoding"), "gzip")
        self.assertEqual(len(json.loads(gzip.decompress(packed.body))["data"]["result"]) > 0, True)
        self.assertNotIn("content-encoding", self.ask("/loki/api/v1/query_range", big).headers)
        self.assertNotIn("content-encoding", self.ask("/loki/api/v1/query_range", big, {"Accept-Encoding": "br, zstd"}).headers)

    def test_17_tail(self):
        with SkaldServer() as server:
            server.push([({"app": "a"}, [(now_ns(), "recent")])])
            offered = ["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"]
            waits = []
            # Until the machine does not delay one.
            while not waits or waits[-1] >= 1:
                self.assertLess(sum(waits), PATIENCE, waits)
                asked = time.monotonic()
                with BareTail(server, '{app="a"}', headers=offered) as tail:
                    tail.message()
                waits.append(time.monotonic() - asked)
            with BareTail(server, '{app="a"}', headers=offered) as tail:
                self.assertTrue(tail.head.startswith(b"HTTP/1.1 101 "), tail.head)
                frame = tail.message()
                self.assertEqual([value[1] for stream in frame["streams"] for value in stream["values"]], ["recent"])
                for i in range(3):
                    server.push([({"app": "a"}, [(now_ns(), f"new {i}")])])
                    self.assertEqual(tail.message()["streams"][0]["values"][0][1], f"new {i}")
            deadline = time.monotonic() + PATIENCE
            while "loki_querier_tail_active 0" not in server.get("/metrics").text:
                self.assertLess(time.monotonic(), deadline, "the tail's place is free again")
                time.sleep(0.05)

    def test_18_tail_of_filters(self):
        with SkaldServer() as server:
            for query in ("{app=", '{app="a"} | json |', "{}"):
                with BareTail(server, query) as refused:
                    self.assertTrue(refused.head.startswith(b"HTTP/1.1 400 "), refused.head)
            with BareTail(server, '{app="a"} | json | level="error"') as tail:
                for level in ("info", "error"):
                    server.push([({"app": "a"}, [(now_ns(), json.dumps({"level": level, "msg": "x"}))])])
                stream = tail.message()["streams"][0]
                self.assertEqual(json.loads(stream["values"][0][1])["level"], "error")

    def test_19_label_names_at_one_instant(self):
        at = (self.start + 30 * 20 * SECOND) // 10**6 * 10**6
        self.assertIn("app", self.resource("labels", start=at, end=at)["data"])
        self.assertEqual(self.resource("labels", start=at, end=at, query='{app="shop"}')["data"], ["app", "cluster", "service_name"])
        # Rows have nanoseconds, the request has them cut to milliseconds.
        with SkaldServer(config=CONFIG) as server:
            row = at + 456789
            self.assertEqual(server.push([({"app": "a", "pod": "p"}, [(row, "line")])]).status, 204)
            for flushed in (False, True):
                if flushed:
                    server.flush()
                for when in ({"start": at, "end": at}, {"start": iso(at), "end": iso(at)}):
                    for more in ({}, {"query": '{app="a"}'}, {"query": '{app="a",pod="p"}'}):
                        names = server.get("/loki/api/v1/labels", {**when, **more}).json
                        self.assertEqual(names.get("data"), ["app", "pod", "service_name"], (flushed, when, more))
                    values = server.get("/loki/api/v1/label/pod/values", {**when, "query": '{app="a"}'}).json
                    self.assertEqual(values.get("data"), ["p"], (flushed, when))
                    series = server.get("/loki/api/v1/series", {**when, "match[]": '{app="a"}'}).json
                    self.assertEqual(series["data"], [{"app": "a", "pod": "p", "service_name": "a"}], (flushed, when))

    def test_20_log_context_before_and_after_a_row(self):
        at = self.start + 30 * 20 * SECOND
        before = self.count('{app="pay",cluster="c2"}', start=at - 2 * HOUR, end=at)
        after = self.count('{app="pay",cluster="c2"}', start=at, end=at + 2 * HOUR, direction="forward")
        self.assertEqual((before, after), (30, 30))

    def test_21_series(self):
        for name in ("match[]", "match%5B%5D"):
            path = f"/loki/api/v1/series?{name}={urllib.parse.quote('{app=~%spay|shop%s}' % (chr(34), chr(34)))}"
            answer = self.ask(f"{path}&start={self.start}&end={self.end}")
            self.assertEqual(sorted(labels["app"] for labels in answer.json["data"]), ["pay", "shop"])

    def test_22_each_label_is_in_its_category(self):
        [stream] = [s for s in self.result('{app="shop"} | json | label_format made=`x`', FLAG, limit=1)]
        self.assertEqual(stream["stream"], {"app": "shop", "cluster": "c1", "service_name": "shop"})
        categories = stream["values"][0][2]
        self.assertEqual(set(categories["structuredMetadata"]), {"trace_id", "pod", "detected_level"})
        self.assertEqual(categories["parsed"]["made"], "x")
        self.assertEqual(categories["parsed"]["user_name"], "u3")
        dropped = self.result('{app="shop"} | json | drop trace_id, cluster, status', FLAG, limit=1)[0]
        self.assertNotIn("cluster", dropped["stream"])
        self.assertNotIn("trace_id", dropped["values"][0][2]["structuredMetadata"])
        self.assertNotIn("status", dropped["values"][0][2]["parsed"])

    def test_23_metadata_filters_need_no_parser(self):
        self.assertEqual(self.count('{app="shop"} | trace_id=`t1`'), 12)

    def test_24_rows_that_fail_a_parser_say_so(self):
        failed = self.result('{app="plain"} | json', FLAG)
        self.assertTrue(all(row[2]["parsed"]["__error__"] == "JSONParserErr" for s in failed for row in s["values"]))
        self.assertEqual(self.count('{app="plain"} | json | __error__=``'), 0)
        self.assertEqual(self.count('{app="plain"} | json | drop __error__'), 3)

    def test_25_levels_are_detected_at_ingest(self):
        for app in ("shop", "pay"):
            counts = self.result('sum by (detected_level) (count_over_time({app="%s"}[30m]))' % app, step="1800000ms")
            self.assertEqual({s["metric"]["detected_level"] for s in counts}, set(LEVELS))
        rows = [row for stream in self.result('{app="pay"}', FLAG) for row in stream["values"]]
        self.assertEqual({row[2]["structuredMetadata"]["detected_level"] for row in rows}, set(LEVELS))

    def test_26_index_stats(self):
        stats = self.resource("index/stats", query='{app=~"shop|pay"}')
        self.assertEqual((stats["streams"], stats["entries"]), (2, 120))
        self.assertGreater(stats["bytes"], 120 * 20)
        none = self.resource("index/stats", query='{app="nobody"}')
        self.assertEqual(set(none.values()), {0})

    def test_27_statistics(self):
        data = self.range('{app="shop"} |= "level"', limit=100).json["data"]
        summary = data["stats"]["summary"]
        self.assertEqual(list(data)[-1], "stats")
        for key in ("totalBytesProcessed", "totalLinesProcessed", "execTime", "bytesProcessedPerSecond", "linesProcessedPerSecond"):
            self.assertGreater(summary[key], 0, key)

    def test_28_splitting(self):
        cuts = [self.start, self.start + 7 * MINUTE, self.start + 13 * MINUTE, self.end]
        self.pieces_are_the_whole(self.server, '{app="pay"}', cuts, 60, {"1m": MINUTE})

    def test_28_splitting_of_three_days(self):
        with SkaldServer(config=CONFIG) as server:
            # Neither whole hours nor whole minutes.
            start = (now_ns() - 3 * DAY) // HOUR * HOUR - 30 * MINUTE - 12345678901
            cuts = [start + i * DAY for i in range(4)]
            rows = [(time, f"line {time}") for time in range(start, start + 3 * DAY, 20 * MINUTE)]
            self.assertIn(cuts[1], [time for time, _ in rows])
            self.assertEqual(server.push([({"app": "days"}, rows)]).status, 204)
            for flushed in (False, True):
                if flushed:
                    server.flush()
                self.pieces_are_the_whole(server, '{app="days"}', cuts, 216, {"1h": HOUR, "10m": 10 * MINUTE})

    def pieces_are_the_whole(self, server, selector, cuts, rows, steps):
        """Asked in pieces as Grafana cuts them: for rows at the same times, for metrics a step apart."""
        def result(query, start, end, **more):
            answer = server.get("/loki/api/v1/query_range", {"query": query, "start": start, "end": end, "limit": 5000, **more}, FLAG)
            self.assertEqual(answer.status, 200, answer.text)
            return answer.json["data"]["result"]

        def lines(start, end):
            return [(row[0], row[1]) for stream in result(selector, start, end) for row in stream["values"]]

        pieces = [row for a, b in reversed(list(zip(cuts, cuts[1:]))) for row in lines(a, b)]
        self.assertEqual(len(pieces), rows)
        self.assertEqual(sorted(pieces), sorted(lines(cuts[0], cuts[-1])))
        for width, step in steps.items():
            query, asked = f"sum(count_over_time({selector}[{width}]))", f"{step // 10**6}ms"
            whole = dict(map(tuple, result(query, cuts[0], cuts[-1], step=asked)[0]["values"]))
            points, first = {}, cuts[0] // step * step
            for cut in cuts[1:]:
                last = cuts[-1] if cut == cuts[-1] else cut // step * step - step
                for at, value in (pair for series in result(query, first, last, step=asked) for pair in series["values"]):
                    self.assertNotIn(at, points)
                    points[at] = value
                first = last + step
            self.assertEqual(points, whole)
            # Each row is in one window; the last may lie behind the end.
            self.assertEqual(sum(int(value) for value in whole.values()), rows)

    # 29, 30, 39 and 50 have all their queries in test_grafana_queries.py, too.

    def test_29_queries_of_the_builder(self):
        for query in ('{app="shop"} | json', '{app="shop"} |= ``', 'sum(count_over_time({app="shop"}[5m])) by (level)', '{app="shop"}#hello'):
            self.assertTrue(self.result(query, step="60000ms"), query)

    def test_30_queries_of_clicks(self):
        for query, rows in (('{app="shop"} | json | status="500" | pod="p-0"', 10), ('{app="shop"} | json | status!="500"', 40),
                            ('{app="shop"} | json | user_name=`u1`', 15), ('{app="shop"} | trace_id=`t1` | json', 12),
                            ('{app="shop", cluster!="c2"} | json', 60), ('{app="shop"} |= `level` | json | size=`3KB`', 1),
                            ('{app="pay"} | logfmt | duration!=``', 60), ('{app="shop"} | json | __error__=``', 60),
                            ('{app="pay"} | logfmt | level=`error`', 10)):
            self.assertEqual(self.count(query), rows, query)

    def test_31_shards(self):
        self.assertNotIn("data", self.resource("label/__stream_shard__/values", query='{app="pay"}'))
        self.assertEqual(self.count('{app="pay", __stream_shard__=""}'), 60)

    def test_32_detected_fields(self):
        for times in ({}, {"start": iso(self.start), "end": iso(self.end)}):
            fields = self.resource("detected_fields", query='{app="shop"}', **times)
            self.assertEqual(fields["limit"], 1000)
            found = {field["label"]: field for field in fields["fields"]}
            self.assertEqual({name: found[name]["type"] for name in ("status", "took", "size", "user_name", "trace_id")},
                             {"status": "int", "took": "duration", "size": "bytes", "user_name": "string", "trace_id": "string"})
            self.assertIsNone(found["trace_id"]["parsers"])
            self.assertIsNone(found["detected_level"]["parsers"])
            self.assertEqual((found["user_name"]["parsers"], found["user_name"]["jsonPath"]), (["json"], ["user", "name"]))
            self.assertEqual(found["took"]["cardinality"], 60)
        pipeline = '{service_name="shop"}   | json | logfmt | drop __error__, __error_details__ '
        again = {field["label"]: field for field in self.resource("detected_fields", query=pipeline)["fields"]}
        self.assertEqual(again["status"]["parsers"], ["json"])
        self.assertEqual(self.resource("detected_fields", query='{app="nobody"}'), {})

    def test_33_detected_values(self):
        self.assertEqual(sorted(self.resource("detected_field/status/values", query='{app="shop"}')["values"]), ["200", "404", "500"])
        levels = self.resource("detected_field/detected_level/values", query='{app="shop"}', limit=1000)
        self.assertEqual((sorted(levels["values"]), levels["limit"]), (sorted(LEVELS), 1000))

    def test_34_volumes_are_a_vector_the_largest_first(self):
        volume = self.resource("index/volume", query="{service_name=~`.+`}", limit=5000, start=iso(self.start), end=iso(self.end))["data"]
        self.assertEqual(volume["resultType"], "vector")
        sizes = [(s["metric"], int(s["value"][1])) for s in volume["result"]]
        self.assertEqual([set(metric) for metric, _ in sizes], [{"service_name"}] * len(sizes))
        self.assertEqual(sizes[0][0], {"service_name": "shop"})
        self.assertEqual([size for _, size in sizes], sorted((size for _, size in sizes), reverse=True))

    def test_35_volumes_by_two_names_and_over_time(self):
        two = self.resource("index/volume", query='{cluster=~`.+`, app="pay"}')["data"]["result"]
        self.assertEqual([s["metric"] for s in two], [{"app": "pay", "cluster": "c2"}])
        over_time = self.resource("index/volume_range", query='{app="pay"}', step="300s")["data"]
        self.assertEqual(over_time["resultType"], "matrix")
        [series] = over_time["result"]
        [total] = self.resource("index/volume", query='{app="pay"}')["data"]["result"]
        self.assertAlmostEqual(sum(int(value) for _, value in series["values"]), int(total["value"][1]), delta=len(series["values"]))

    def test_36_detected_labels(self):
        self.assertEqual({label["label"]: label["cardinality"] for label in self.resource("detected_labels", query="")["detectedLabels"]
                          if label["label"] == "cluster"}, {"cluster": 2})
        self.assertEqual([label["label"] for label in self.resource("detected_labels", query='{app="pay"}')["detectedLabels"]],
                         ["app", "cluster", "service_name"])

    def patterns_of_pay(self):
        """They are found behind the push."""
        for _ in range(50):
            patterns = self.resource("patterns", query='{app="pay"}', step="10s", start=iso(self.start), end=iso(self.end))["data"]
            if sum(lines for p in patterns for _, lines in p["samples"]) == 60:
                break
        return patterns

    def test_37_patterns_have_samples_and_placeholders(self):
        patterns = self.patterns_of_pay()
        self.assertEqual({p["level"] for p in patterns}, set(LEVELS))
        for pattern in patterns:
            self.assertEqual(pattern["pattern"], "level=%s msg=finished request=<_> duration=<_>" % pattern["level"])
        self.assertEqual(self.resource("patterns", query='{app="nobody"}', step="10s")["data"], [])
        with SkaldServer() as off:
            answer = off.get("/loki/api/v1/patterns", {"query": '{app="pay"}'})
            self.assertEqual((answer.status, answer.body), (404, b""))

    def test_38_drilldown_limits(self):
        limits = self.ask("/loki/api/v1/drilldown-limits").json
        self.assertTrue(limits["pattern_ingester_enabled"])
        self.assertTrue(limits["limits"]["volume_enabled"])
        self.assertIn("service.name", limits["limits"]["otlp_config"]["resource_attributes"]["attributes_config"][0]["attributes"])
        self.assertEqual(limits["limits"]["retention_stream"], [])
        text = self.ask("/config/tenant/v1/limits").text
        self.assertIn("volume_max_series: 1000\n", text)
        self.assertIn("retention_stream: []\n", text)

    def test_39_queries_of_logs_drilldown(self):
        query = 'sum by (status) (count_over_time({service_name=`shop`}      | json status="[\\"status\\"]"  | drop __error__, __error_details__ | status!=""  [31m]))'
        counts = self.ask("/loki/api/v1/query", {"query": query, "time": self.end}).json["data"]["result"]
        self.assertEqual({s["metric"]["status"]: s["value"][1] for s in counts}, {"200": "20", "404": "20", "500": "20"})

    def test_40_a_service_name_is_added_at_ingest(self):
        self.assertEqual(self.resource("label/service_name/values")["data"], ["pay", "plain", "shop"])

    def test_41_pattern_filters_choose_the_rows_of_a_pattern(self):
        for pattern in self.patterns_of_pay():
            quoted = json.dumps(pattern["pattern"], ensure_ascii=False)
            lines = sum(count for _, count in pattern["samples"])
            self.assertEqual(self.count('{app="pay"} |> %s' % quoted), lines)
            self.assertEqual(self.count('{app="pay"} !> %s' % quoted), 60 - lines)

    def test_42_tenants(self):
        with SkaldServer(config=CONFIG.replace("auth_enabled: false", "auth_enabled: true")) as server:
            now = now_ns()
            for tenant in ("one", "two"):
                answer = server.push([({"app": tenant, "shared": "yes"}, [(now, "line of " + tenant)])], {"X-Scope-OrgID": tenant})
                self.assertEqual(answer.status, 204, answer.text)
            one, all_of_it = {"X-Scope-OrgID": "one"}, '{shared="yes"}'
            when = {"query": all_of_it, "match[]": all_of_it, "start": now - HOUR, "end": now + HOUR, "targetBytesPerShard": "1MB"}
            metric = {"query": f'sum by (app) (count_over_time({all_of_it}[1h]))', "time": now}
            patterns = {**when, "step": "10s"}
            wait_for("patterns", lambda: server.get("/loki/api/v1/patterns", patterns, one).json["data"])
            paths = [(f"/loki/api/v1/{path}", when) for path in (
                "query_range", "labels", "label/app/values", "label/shared/values", "series", "index/volume", "index/volume_range",
                "detected_fields", "detected_labels", "detected_field/detected_level/values")]
            paths += [("/loki/api/v1/query", metric), ("/loki/api/v1/patterns", patterns)]
            paths += [(f"/api/prom/{path}", when) for path in ("query", "label", "label/app/values", "series")]
            paths += [(f"/loki/api/v1/{path}", when) for path in ("index/stats", "index/shards", "drilldown-limits")]
            paths += [("/prometheus/api/v1/rules", {}), ("/prometheus/api/v1/alerts", {}), ("/config/tenant/v1/limits", {})]
            for path, parameters in paths:
                with self.subTest(path):
                    self.assertEqual(server.get(path, parameters).status, 401)
                    answer = server.get(path, parameters, one)
                    self.assertEqual(answer.status, 200, answer.text)
                    self.assertNotRegex(answer.text, r"\btwo\b")
                    nobody = server.get(path, parameters, {"X-Scope-OrgID": "nobody"})
                    self.assertEqual(nobody.status, 200, nobody.text)
                    self.assertNotRegex(nobody.text, r"\bone\b")
            for path in ("/loki/api/v1/index/stats", "/loki/api/v1/index/shards"):
                found = server.get(path, when, one).json
                self.assertEqual(found.get("statistics", found)["entries"], 1, path)
            for path in ("/loki/api/v1/rules", "/api/prom/rules"):
                self.assertEqual(server.get(path).status, 401)
            for path in ("/loki/api/v1/tail", "/api/prom/tail"):
                with self.subTest(path):
                    with BareTail(server, all_of_it, path=path) as refused:
                        self.assertTrue(refused.head.startswith(b"HTTP/1.1 401 "), refused.head)
                    with BareTail(server, all_of_it, ["X-Scope-OrgID: one"], path=path) as tail:
                        self.assertIn("line of one", json.dumps(tail.message()))
                        for tenant in ("two", "one"):
                            live = {"app": tenant, "shared": "yes"}
                            server.push([(live, [(now_ns(), "new of " + tenant)])], {"X-Scope-OrgID": tenant})
                        self.assertIn("new of one", json.dumps(tail.message()))
        # Without tenants the header means nothing.
        path, parameters = "/loki/api/v1/labels", {"start": self.start, "end": self.end}
        self.assertEqual(self.ask(path, parameters, {"X-Scope-OrgID": "else"}).json, self.ask(path, parameters).json)

    def test_43_credentials_that_nobody_asked_for(self):
        for header in ("Basic YTpi", "Bearer abc", "nonsense"):
            self.assertEqual(self.ask("/loki/api/v1/labels", headers={"Authorization": header}).status, 200)

    # 44 to 48 are about rules: test_ruler.py has them under these numbers.

    def test_49_alert_query(self):
        alert = 'sum by (app) (count_over_time({app=~".+"} |= `level` [1h])) > 0'
        result = self.ask("/loki/api/v1/query", {"query": alert, "time": self.end}).json["data"]["result"]
        self.assertEqual(sorted(s["metric"]["app"] for s in result), ["pay", "shop"])

    def test_50_trace_to_logs(self):
        query = ('{service_name="shop"} | label_format hit=`{{ contains "u1" __line__ }}` | hit="true" OR trace_id="t1"')
        self.assertGreater(self.count(query), 12)

    def test_51_state_history(self):
        self.assertEqual(self.ask("/loki/api/v1/labels").status, 200)
        labels = {"orgID": "1", "from": "state-history"}
        line = json.dumps({"ruleUID": "abc", "panelID": 12, "labels": {"alertname": "foo"}})
        long_ago = self.start - 5 * HOUR
        self.push([(labels, [(long_ago, line)])])
        packed = snappy(push_request('{orgID="1", from="state-history"}', [(long_ago + 1, line)]))
        answer = self.server.request("POST", "/loki/api/v1/push", packed,
                                     {"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy"})
        self.assertEqual(answer.status, 204, answer.text)
        query = '{orgID="1",from="state-history"} | json | ruleUID="abc" | panelID=12 | labels_alertname="foo"'
        data = self.ask("/loki/api/v1/query_range", {"query": query, "start": long_ago, "end": self.end, "limit": 5000}).json["data"]
        self.assertEqual(data["resultType"], "streams")
        self.assertEqual([row for stream in data["result"] for row in stream["values"]],
                         [[str(long_ago + 1), line], [str(long_ago), line]])

    def test_52_warnings(self):
        config = "auth_enabled: false\nlimits_config: {max_query_series: 1, reject_old_samples: false}\n"
        with SkaldServer(config=config) as server:
            server.push([({"app": app}, [(self.start, "line")]) for app in ("a", "b")])
            parameters = {"query": 'sum by (app) (count_over_time({app=~".+"}[5m]))', "start": self.start, "end": self.end, "step": "60s"}
            refused = server.get("/loki/api/v1/query_range", parameters)
            self.assertEqual(refused.status, 400)
            self.assertTrue(refused.text.startswith("maximum number of series (1) reached for a single query"), refused.text)
            for _ in range(2):
                partial = server.get("/loki/api/v1/query_range", parameters, BROWSER | {"Accept-Encoding": "identity"}).json
                self.assertEqual(len(partial["data"]["result"]), 1)
                self.assertEqual(partial["warnings"],
                                 ["maximum number of series (1) reached for a single query; returning partial results (limits_config.max_query_series)"])

    def test_53_error_texts(self):
        config = "auth_enabled: false\nlimits_config: {query_timeout: 1ms, reject_old_samples: false}\n"
        with SkaldServer(config=config) as server:
            line = json.dumps({"level": "info", "msg": "x" * 100, "nested": {"a": 1, "b": "c"}})
            for stream in range(40):
                server.push([({"app": "a", "n": str(stream)}, [(self.start + i, line) for i in range(1000)])])
            answer = server.get("/loki/api/v1/query_range", {"query": 'sum(count_over_time({app="a"} | json | nested_a > 3 [5m]))',
                                                             "start": self.start, "end": self.end, "step": "60s"})
            self.assertIn(answer.status, (400, 504))
            self.assertIn("timed out", answer.text)
        config = "auth_enabled: false\nlimits_config: {max_query_bytes_read: 1KB, reject_old_samples: false}\n"
        with SkaldServer(config=config) as server:
            server.push([({"app": "a"}, [(self.start + i, "x" * 200) for i in range(100)])])
            answer = server.get("/loki/api/v1/query_range", {"query": '{app="a"} |= "x"', "start": self.start, "end": self.end})
            self.assertEqual(answer.status, 400)
            self.assertTrue(answer.text.startswith("the query would read too many bytes"), answer.text)

    def test_54_limits(self):
        self.assertIn("5001 > 5000", self.range('{app="pay"}', limit=5001, status=400).text)
        for limit in ("0", "-1"):
            self.assertEqual(self.range('{app="pay"}', limit=limit, status=400).text, "limit must be a positive value")

    def test_55_encoded_names(self):
        when = {"start": self.start, "end": self.end}
        for name in ("app", "%61pp", "a%70p"):
            self.assertEqual(self.ask(f"/loki/api/v1/label/{name}/values", when).json["data"], ["pay", "plain", "shop"])
        for name in ("with.dots", "with%2Edots", "a%2Fb", "%2F", "..%2F..", "a%20b", "a%25b", "%F0%9F%98%80"):
            with self.subTest(name):
                self.assertEqual(self.ask(f"/loki/api/v1/label/{name}/values", when).json, {"status": "success"})
                self.assertEqual(self.ask(f"/loki/api/v1/detected_field/{name}/values", {"query": '{app="shop"}', **when}).json, {})
        for name in ("a/b", ""):
            self.ask(f"/loki/api/v1/label/{name}/values", when, status=404)
        names = self.resource("detected_field/user%5Fname/values", query='{app="shop"}')["values"]
        self.assertEqual(sorted(names), ["u0", "u1", "u2", "u3"])
        self.assertEqual(self.resource("detected_field/%73tatus/values", query='{app="shop"}')["limit"], 1000)

    def test_56_tools(self):
        self.assertEqual(self.ask("/loki/api/v1/format_query", {"query": '{a="b"}|="x"'}).json,
                         {"status": "success", "data": '{a="b"} |= "x"'})
        self.assertRegex(self.ask("/loki/api/v1/status/buildinfo").json["version"], r"^v?3\.")

    def test_57_closed_connections(self):
        def leave(server, query, when_to_go=lambda: True):
            raw = socket.create_connection(("127.0.0.1", server.port))
            target = "/loki/api/v1/query_range?" + urllib.parse.urlencode({"query": query})
            raw.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            wait_for("the query runs", when_to_go)
            raw.close()

        for _ in range(20):
            leave(self.server, '{app=~".+"} |~ ".*x.*y.*"')
        self.assertEqual(self.count('{app="pay"}'), 60)
        # A query that would take its time, and is the only one that may run.
        with SkaldServer(config="auth_enabled: false\nlimits_config: {max_query_parallelism: 1}\n") as server:
            now = now_ns()
            for part in range(10):
                rows = [(now - (part * 5000 + i) * 1000, f"line {i}") for i in range(5000)]
                self.assertEqual(server.push([({"app": "a"}, rows)]).status, 204)

            def metric(pattern):
                return sum(float(value) for value in re.findall(rf"^{pattern} (\S+)$", server.get("/metrics").text, re.M))

            cancelled = r'loki_logql_querystats_latency_seconds_count\{.*status_code="499".*\}'
            running = "loki_query_frontend_queries_in_progress"
            slow = '{app="a"}' + " | line_format `{{ __line__ | upper | lower }}`" * 1000 + ' |= "never"'
            leave(server, slow, lambda: metric(running) == 1)
            wait_for("the query is cancelled", lambda: metric(cancelled) == 1 and metric(running) == 0)
            self.assertEqual(server.get("/loki/api/v1/query_range", {"query": '{app="a"}'}).status, 200)

    def test_58_unknown_parameters(self):
        self.assertEqual(self.count('{app="pay"}', subtype="mimir", group_limit="40", headers=BROWSER | {"Accept-Encoding": "identity"}), 60)

    def test_long_lists_begin_before_they_are_written(self):
        with SkaldServer() as server:
            now = now_ns()
            server.push([({"app": "a", "pod": f"pod-{n:05}"}, [(now, "line")]) for n in range(4000)])
            path = "/loki/api/v1/series?match[]=" + urllib.parse.quote('{app="a"}')
            whole = server.get(path)
            self.assertEqual(whole.headers.get("transfer-encoding"), "chunked")
            self.assertEqual([labels["pod"] for labels in whole.json["data"]], [f"pod-{n:05}" for n in range(4000)])
            self.assertEqual(gzip.decompress(server.get(path, headers={"Accept-Encoding": "gzip"}).body), whole.body)
            values = server.get("/loki/api/v1/label/pod/values")
            self.assertEqual((values.headers.get("transfer-encoding"), len(values.json["data"])), ("chunked", 4000))
            self.assertEqual(int(server.request("HEAD", path).headers["content-length"]), len(whole.body))
            # HTTP/1.0 knows no chunks.
            with socket.create_connection(("127.0.0.1", server.port)) as raw:
                raw.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
                text = b"".join(iter(lambda: raw.recv(1 << 16), b""))
            head, body = text.split(b"\r\n\r\n", 1)
            self.assertEqual(body, whole.body)
            self.assertNotIn(b"chunked", head)

    def test_legacy_routes(self):
        when = {"start": self.start, "end": self.end}
        streams = self.ask("/api/prom/query", {"query": '{app="pay"}', "regexp": "request=100[0-4]", **when}).json["streams"]
        self.assertEqual(sum(len(stream["entries"]) for stream in streams), 5)
        self.assertEqual(self.ask("/api/prom/label", when).json["data"], ["app", "cluster", "service_name"])
        self.assertEqual(self.ask("/api/prom/label/app/values", {**when, "query": '{cluster="c2"}'}).json["data"], ["pay"])
        self.assertEqual(len(self.ask("/api/prom/series", {"match": '{app="pay"}', **when}).json["data"]), 1)

    def test_after_a_flush_the_same(self):
        before = [self.resource("index/stats", query='{app=~"shop|pay"}'), self.resource("index/volume", query='{app=~".+"}')["data"]["result"],
                  self.resource("detected_fields", query='{app="shop"}'), self.resource("detected_labels", query="")]
        self.server.flush()
        after = [self.resource("index/stats", query='{app=~"shop|pay"}'), self.resource("index/volume", query='{app=~".+"}')["data"]["result"],
                 self.resource("detected_fields", query='{app="shop"}'), self.resource("detected_labels", query="")]
        self.assertEqual(before, after)


if __name__ == "__main__":
    unittest.main()

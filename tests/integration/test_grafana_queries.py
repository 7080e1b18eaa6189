# SPDX-License-Identifier: Apache-2.0
"""Each query that Grafana writes by itself finds what it is meant to find: numbers are those of test_grafana.py."""
import json
import os
import unittest

from skald_server import SkaldServer, now_ns

QUERIES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", "grafana", "queries.txt")
SECOND = 10**9
MINUTE = 60 * SECOND
FLAG = {"X-Loki-Response-Encoding-Flags": "categorize-labels"}
TRACE, SPAN = "7946b05c2e2e4e5a", "6605c7b08e715d6c"

NO_DATA = {
    'rate({project="bar"}[5m]) * 2 / rate({project="foo"}[5m]) + rate({app="test"}[1m])': "no stream is of two projects",
}

# Rows that a log query has.
ROWS = r'''
19 {app="a"}
13 {app="a"} |= `x`
 1 {job="mysql"} |= "metrics" | logfmt | duration > 10s
 1 {app="cassandra"} |~ "(duration|latency)s*(=|is|of)s*[d.]+"
 1 {job="grafana"}#hello
12 {app="a",pod="p-1"}
12 {app="a",pod="p-1"} | foo=`v`
12 {app="a",pod="p-1"} | logfmt | foo=`v`
12 {bar="baz"} | logfmt --strict field="otherField", label | pattern `<foo> <bar>`
12 {bar="baz"} | logfmt | line_format "foo" | label_format a="baz"
12 {app="a", bar="baz"}
 7 {app="a", bar!="baz"}
 3 {app="a", bar="\"baz\""}
 1 {app=~"foo\\.bar|baz"}
 3 {app="a"} | trace_id=`abc`
16 {app="a"} | trace_id!=`abc`
 1 {app="a"} |= `selected text`
18 {app="a"} != `selected text`
 1 {app="a"} | json | __error__=``
19 {app="a"} | logfmt
19 {app="a"} | unpack
19 {app="a"} | label_format level=lvl
19 {app="a"} | json
19 {app="a"} | logfmt --strict --keep-empty label, label2="label3"
19 {app="a"} | regexp `(?P<method>\w+) (?P<path>[\w|/]+)`
19 {app="a"} | pattern `<ip> - <_> <status>`
19 {app="a"} |= ``
17 {app="a"} |= `a` or `b`
 2 {app="a"} != `a` or `b`
17 {app="a"} |~ `(?i)a` or `(?i)b`
 2 {app="a"} !~ `(?i)a`
 1 {app="a"} |= "has ` tick"
 3 {app="a"} |= ip(`10.0.0.0/8`)
16 {app="a"} != ip(`10.0.0.0/8`)
12 {app="a"} | logfmt | addr = ip(`192.168.4.5/16`)
12 {app="a"} | logfmt | status >= 500
15 {app="a"} | logfmt | level = `error`
15 {app="a"} | logfmt | level =~ `err.*`
19 {app="a"} | line_format `{{.status_code}}`
19 {app="a"} | decolorize
19 {app="a"} | drop job="grafana", level
19 {app="a"} | keep level, job="grafana"
 1 {a="b", __stream_shard__=~"20|10"}
 1 {a="b", __stream_shard__="1"}
 1 {a="b", __stream_shard__=""}
 2 {cluster=~`.+`, env="prod"}
 3 {service_name=`nginx` }
 3 {service_name=`nginx` } | json | logfmt | drop __error__, __error_details__
 2 {service_name="x"}  | detected_level="info" or detected_level="error" | json | logfmt | drop __error__, __error_details__
 2 {service_name="x"} | pod="pod-1" or pod="pod-2" | level!="info" | cluster!="lil-cluster" | filename!="C:\\Grafana\\logs\\logs.txt"
 1 {service_name="x"} | level!~"in.+" | duration<=20s | duration>10s
10 {service_name="x"} | bytes=""
 1 {service_name="x"} |~ "(?i)\\.\\(search" !~ "(?i)foo" |= "a\\nb" != "c"
 1 {service_name="x"} |> "level=info ts=<_> msg=\"completing block\""
 2 {service_name="x"} |> "a <_>" or "b <_>"
 1 {service_name="x"} !> "a <_>" !> "b <_>" |> "c <_>"
 1 {cluster="cluster1"} |= "7946b05c2e2e4e5a" |= "6605c7b08e715d6c"
 1 {orgID="1",from="state-history"} | json | ruleUID="abc" | panelID=12 | labels_alertname="foo"
'''.strip("\n").split("\n")

# {labels of a series: its value at one instant}.
VALUES = [
    ('sum by (level, detected_level) (count_over_time({app="a"} | drop __error__[5m]))',
     {'{"detected_level":"error"}': "15", '{"detected_level":"unknown"}': "4"}),
    ('sum(count_over_time({service_name="nginx"}     | json  | logfmt | drop __error__, __error_details__  [900s]))', {"{}": "3"}),
    ('sum(count_over_time({service_name="nginx" ,pod != ""}       [5m])) by (pod)', {'{"pod":"n-1"}': "2"}),
    ('sum by (pod) (count_over_time({service_name="x"} | pod!=""        [5m]))', {'{"pod":"pod-1"}': "1", '{"pod":"pod-2"}': "1"}),
    ('sum by (method) (count_over_time({service_name="nginx-json"}      | json method="[\\"method\\"]"  | drop __error__, __error_details__'
     ' | method!=""  [5m]))', {'{"method":"GET"}': "2"}),
    ('sum by (resource_id) (count_over_time({service_name="nginx-json"}      | json resource_id="[\\"resource\\"][\\"id\\"]"  | logfmt'
     ' | drop __error__, __error_details__  | resource_id!=""  [5m]))', {'{"resource_id":"7"}': "2"}),
    ('avg_over_time({service_name="x"}      | logfmt | duration!=""  | unwrap duration(duration) | __error__="" [5m]) by ()', {"{}": "15"}),
    ('avg_over_time({service_name="x"}      | logfmt | bytes!=""  | unwrap bytes(bytes) | __error__="" [5m]) by ()', {"{}": "2000"}),
    ('avg_over_time({service_name="x"}      | json  | drop __error__, __error_details__ | ratio!=""  | unwrap ratio | __error__="" [5m])'
     ' by ()',
     {"{}": "0.5"}),
    ('sum by (detected_level) (sum_over_time({__aggregated_metric__=`nginx` } | logfmt | unwrap count [5m]))',
     {'{"detected_level":"unknown"}': "5"}),
    ('sum by (bar) (sum_over_time({app="a"} | logfmt | unwrap bytes(size) [5m]))',
     {'{"bar":"\\"baz\\""}': "3000", '{"bar":"baz"}': "36000"}),
]


def all_queries():
    with open(QUERIES, encoding="utf-8") as file:
        return [line for line in file.read().split("\n") if line and not line.startswith("#")]


def streams(at):
    """What they look for, on whole steps of ten seconds, in the first two minutes of five."""
    every = [at + i * 10 * SECOND for i in range(12)]
    error = "level=error status=500 status_code=500 addr=192.168.4.7 latency=0 c=%d size=3KB msg=\"a x\""
    x = [('level=info ts=1 msg="completing block"',), ("level=info ts=1 caller=main.go:1",), ("a 1",), ("b 1",), ("c 1",),
         (".(SEARCH a\\nb",),
         (json.dumps({"ratio": 0.5, "request": {"uri": "/x"}}),), ("duration=15s bytes=2KB", {"pod": "pod-1"}),
         ("found", {"duration": "15s", "pod": "pod-2"}), (f"{TRACE},{SPAN}",)]
    plain = ["bar=6", "selected text", '{"json":"yes"}', "has ` tick"]
    method = json.dumps({"method": "GET", "resource": {"id": 7}})
    history = json.dumps({"ruleUID": "abc", "panelID": 12, "labels": {"alertname": "foo"}})
    return [
        ({"app": "a", "pod": "p-1", "job": "backup", "foo": "v", "bar": "baz"}, [(time, error % i) for i, time in enumerate(every)]),
        ({"app": "a", "job": "backup", "bar": '"baz"'},
         [(time, "level=error addr=10.1.2.3 latency=0 size=1KB", {"trace_id": "abc"}) for time in every[:3]]),
        ({"app": "a", "job": "plain"}, list(zip(every, plain))),
        ({"app": "b", "foo": "v"}, [(time, "line") for time in every]),
        ({"job": "default/prometheus"}, [(every[0], "line")]),
        ({"job": "mysql"}, [(every[0], "metrics duration=11s"), (every[1], "metrics duration=9s"), (every[2], "an error"),
                            (every[3], "error: timeout")]),
        ({"app": "cassandra"}, [(every[0], "latency=.5")]),
        ({"job": "grafana"}, [(every[0], "line")]),
        ({"app": "foo.bar"}, [(every[0], "line")]),
        ({"a": "b", "__stream_shard__": "20"}, [(every[0], "line")]),
        ({"a": "b", "__stream_shard__": "1"}, [(every[0], "line")]),
        ({"a": "b"}, [(every[0], "line")]),
        ({"service_name": "nginx", "env": "prod", "cluster": "c1", "pod": "n-1"}, [(every[0], "level=error"), (every[1], "level=info")]),
        ({"service_name": "nginx", "env": "a"}, [(every[0], "line")]),
        ({"service_name": "nginx-json"}, [(time, method) for time in every[:2]]),
        ({"service_name": "tempo-distributor"}, [(every[0], "bytes=1KB", {"pod": "t-1"})]),
        ({"service_name": "x"}, [(every[i], *row) for i, row in enumerate(x)]),
        ({"__aggregated_metric__": "nginx", "service_name": "nginx-volume"}, [(every[0], "count=5")]),
        ({"cluster": "cluster1", "service_namespace": "namespace1"}, [(every[0], f"traceID={TRACE} spanID={SPAN}")]),
        ({"job": "shop/checkout"}, [(every[0], f"trace_id={TRACE}")]),
        ({"orgID": "1", "from": "state-history"}, [(every[0], history)]),
        ({"service_name": "grafana/x"}, [(every[0], 'level=error error=e endpoint=queryData msg="Partial data"')]),
    ]


class GrafanaQueries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = SkaldServer().start()
        cls.start = now_ns() // MINUTE * MINUTE - 10 * MINUTE
        cls.end = cls.start + 5 * MINUTE
        for labels, rows in streams(cls.start):
            answer = cls.server.push([(labels, rows)])
            assert answer.status == 204, (labels, answer.text)

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def range(self, query):
        answer = self.server.get("/loki/api/v1/query_range", {"query": query, "start": self.start, "end": self.end, "step": "10000ms",
                                                              "limit": 1000, "direction": "backward"}, FLAG)
        self.assertEqual(answer.status, 200, answer.text)
        return answer.json["data"]["result"]

    def everything_finds_something(self):
        queries = all_queries()
        self.assertGreater(len(queries), 120)
        for query in queries:
            with self.subTest(query):
                self.assertEqual(bool(self.range(query)), query not in NO_DATA)

    def test_29_30_39_50_every_query_finds_something(self):
        self.everything_finds_something()
        self.server.flush()
        self.everything_finds_something()

    def test_29_30_39_rows(self):
        written = set(all_queries())
        for line in ROWS:
            rows, query = int(line[:2]), line[3:]
            with self.subTest(query):
                self.assertTrue({query, query + " "} & written, "Grafana writes it")
                self.assertEqual(sum(len(stream["values"]) for stream in self.range(query)), rows)

    def test_39_values(self):
        for query, expected in VALUES:
            with self.subTest(query):
                answer = self.server.get("/loki/api/v1/query", {"query": query, "time": self.end - SECOND, "direction": "backward"}, FLAG)
                self.assertEqual(answer.status, 200, answer.text)
                self.assertEqual({json.dumps(series["metric"], separators=(",", ":")): series["value"][1]
                                  for series in answer.json["data"]["result"]}, expected)


if __name__ == "__main__":
    unittest.main()

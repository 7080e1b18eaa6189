# SPDX-License-Identifier: Apache-2.0
"""The checker of shapes finds what it is there for: each bad answer is refused, the good one next to it is not."""
import json
import unittest

from shape_checker import Asked, ShapeError, check

STATS = json.dumps({
    "summary": {"bytesProcessedPerSecond": 1, "linesProcessedPerSecond": 1, "totalBytesProcessed": 1, "totalLinesProcessed": 1,
                "execTime": 0.5},
    "querier": {}, "ingester": {}, "cache": {}, "index": {}})
JSON = {"content-type": "application/json; charset=UTF-8"}
TEXT = {"content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff"}
FLAG = {"X-Loki-Response-Encoding-Flags": "categorize-labels"}


def answer(data):
    return '{"status":"success","data":{%s,"stats":%s}}' % (data, STATS)


def streams(row, flags=""):
    return answer('"resultType":"streams",%s"result":[{"stream":{"a":"b"},"values":[%s]}]' % (flags, row))


ECHO = '"encodingFlags":["categorize-labels"],'
GOOD = [
    ("query_range", {}, streams('["1755780000000000001","x"]')),
    ("query_range", FLAG, streams('["1755780000000000001","x",{}]', ECHO)),
    ("query_range", FLAG, streams('["1","x",{"structuredMetadata":{"t":"1"},"parsed":{"a":"1"}}]', ECHO)),
    ("query", {}, answer('"resultType":"vector","result":[{"metric":{},"value":[4.5,"NaN"]}]')),
    ("query", {}, answer('"resultType":"scalar","result":[4,"2"]')),
    ("query_range", {}, answer('"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1,"1"],[2,"+Inf"]]}]')),
    ("labels", {}, '{"status":"success","data":["a","b"]}'),
    ("labels", {}, '{"status":"success"}'),
    ("index/stats", {}, '{"streams":1,"chunks":2,"bytes":3,"entries":4}'),
    ("detected_fields", {}, '{}'),
    ("detected_fields", {}, '{"fields":[{"label":"a","type":"int","cardinality":1,"parsers":null}],"limit":10}'),
    ("patterns", {}, '{"status":"success","data":[{"pattern":"a <_>","level":"info","samples":[[10,1],[20,2]]}]}'),
]
BAD = [
    ("flag without third element", "query_range", FLAG, streams('["1","x"]', ECHO)),
    ("third element without flag", "query_range", {}, streams('["1","x",{}]')),
    ("flag that nobody sent", "query_range", {}, streams('["1","x"]', ECHO)),
    ("time as a number", "query_range", {}, streams('[1,"x"]')),
    ("unknown category", "query_range", FLAG, streams('["1","x",{"other":{}}]', ECHO)),
    ("empty category", "query_range", FLAG, streams('["1","x",{"parsed":{}}]', ECHO)),
    ("unknown key of a stream", "query_range", {},
     answer('"resultType":"streams","result":[{"stream":{},"values":[["1","x"]],"more":1}]')),
    ("result before its type", "query", {},
     '{"status":"success","data":{"result":[],"resultType":"vector","stats":%s}}' % STATS),
    ("no statistics", "query", {}, '{"status":"success","data":{"resultType":"vector","result":[]}}'),
    ("a value as a number", "query", {}, answer('"resultType":"vector","result":[{"metric":{},"value":[4,2]}]')),
    ("time with more than milliseconds", "query", {}, answer('"resultType":"vector","result":[{"metric":{},"value":[4.00001,"2"]}]')),
    ("an empty label", "query", {}, answer('"resultType":"vector","result":[{"metric":{"a":""},"value":[4,"2"]}]')),
    ("labels out of order", "query", {}, answer('"resultType":"vector","result":[{"metric":{"b":"1","a":"1"},"value":[4,"2"]}]')),
    ("samples out of order", "query_range", {}, answer('"resultType":"matrix","result":[{"metric":{},"values":[[2,"1"],[1,"1"]]}]')),
    ("series twice", "query", {},
     answer('"resultType":"vector","result":[{"metric":{},"value":[4,"2"]},{"metric":{},"value":[4,"2"]}]')),
    ("a key twice", "labels", {}, '{"status":"success","status":"success"}'),
    ("an empty list", "labels", {}, '{"status":"success","data":[]}'),
    ("unsorted", "labels", {}, '{"status":"success","data":["b","a"]}'),
    ("an envelope", "index/stats", {}, '{"status":"success","streams":1,"chunks":2,"bytes":3,"entries":4}'),
    ("data around fields", "detected_fields", {}, '{"data":{"fields":[]}}'),
    ("empty parsers", "detected_fields", {},
     '{"fields":[{"label":"a","type":"int","cardinality":1,"parsers":[]}],"limit":10}'),
    ("unknown type", "detected_fields", {},
     '{"fields":[{"label":"a","type":"number","cardinality":1,"parsers":null}],"limit":10}'),
    ("counts as texts", "patterns", {}, '{"status":"success","data":[{"pattern":"a","level":"","samples":[[10,"1"]]}]}'),
]


class ShapeChecker(unittest.TestCase):
    def test_good_answers_pass(self):
        for path, headers, body in GOOD:
            with self.subTest(body):
                check(Asked("GET", "/loki/api/v1/" + path, headers), 200, JSON, body.encode())

    def test_bad_answers_do_not(self):
        for name, path, headers, body in BAD:
            with self.subTest(name), self.assertRaises(ShapeError):
                check(Asked("GET", "/prefix/loki/api/v1/" + path, headers), 200, JSON, body.encode())

    def test_bad_bytes_and_types_do_not(self):
        asked = Asked("GET", "/loki/api/v1/labels", {})
        for headers, body in ((JSON, b'{"status":"success","data":["\xff"]}'), (TEXT, b'{"status":"success"}'),
                              (JSON, b'{"status":NaN}'), ({**JSON, "content-encoding": "br"}, b"x")):
            with self.subTest(body), self.assertRaises(ShapeError):
                check(asked, 200, headers, body)

    def test_errors_are_plain_text(self):
        asked = Asked("GET", "/loki/api/v1/query?query=x", {})
        check(asked, 400, TEXT, b"parse error at line 1")
        for headers, body in ((JSON, b"x"), ({**TEXT, "content-encoding": "gzip"}, b"x"), (TEXT, b'{"status":"error"}'),
                              ({"content-type": "text/plain"}, b"x")):
            with self.subTest(headers), self.assertRaises(ShapeError):
                check(asked, 400, headers, body)


if __name__ == "__main__":
    unittest.main()

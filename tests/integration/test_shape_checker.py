# SPDX-License-Identifier: Apache-2.0
"""The checker of shapes finds what it is there for: each bad answer is refused, the good one next to it is not."""
import copy
import json
import unittest

import shape_checker
from shape_checker import Asked, ShapeError, check, check_tail_frame

CHUNK = ("headChunkBytes headChunkLines decompressedBytes decompressedLines compressedBytes totalDuplicates postFilterLines"
         " headChunkStructuredMetadataBytes decompressedStructuredMetadataBytes")
DATAOBJ = ("prePredicateDecompressedRows prePredicateDecompressedBytes prePredicateDecompressedStructuredMetadataBytes postPredicateRows"
           " postPredicateDecompressedBytes postPredicateStructuredMetadataBytes postFilterRows pagesScanned pagesDownloaded"
           " pagesDownloadedBytes pageBatches totalRowsAvailable totalPageDownloadTime")
CACHE = "entriesFound entriesRequested entriesStored bytesReceived bytesSent requests downloadTime queryLengthServed"


def zeros(names):
    return dict.fromkeys(names.split(), 0)


STORE = {**zeros("totalChunksRef totalChunksDownloaded chunksDownloadTime"), "queryReferencedStructuredMetadata": False,
         "queryUsedV2Engine": False, "chunk": zeros(CHUNK), "chunkRefsFetchTime": 0, "congestionControlLatency": 0,
         "pipelineWrapperFilteredLines": 0, "dataobj": zeros(DATAOBJ)}
STATS = {
    "summary": zeros("bytesProcessedPerSecond linesProcessedPerSecond totalBytesProcessed totalLinesProcessed execTime queueTime subqueries"
                     " totalEntriesReturned splits shards totalPostFilterLines totalStructuredMetadataBytesProcessed"),
    "querier": {"store": STORE, "querierExecTime": 0.5},
    "ingester": {**zeros("totalReached totalChunksMatched totalBatches totalLinesSent"), "store": STORE},
    "cache": {name: zeros(CACHE) for name in ("chunk", "index", "result", "statsResult", "volumeResult", "seriesResult", "labelResult",
                                              "instantMetricResult")},
    "index": {**zeros("totalChunks postFilterChunks shardsDuration"), "usedBloomFilters": False,
              **zeros("totalStreams chunkRefsLookupTime bloomFilterTime")}}
JSON = {"content-type": "application/json; charset=UTF-8"}
YAML = {"content-type": "application/yaml"}
TEXT = {"content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff"}
FLAG = {"X-Loki-Response-Encoding-Flags": "categorize-labels"}
T1, T2, T3 = ("175578000000000000%d" % i for i in (1, 2, 3))


def answer(data, stats=None):
    return '{"status":"success","data":{%s,"stats":%s}}' % (data, json.dumps(stats or STATS))


def one_stream(labels, *rows):
    return '{"stream":%s,"values":[%s]}' % (json.dumps(labels), ",".join(rows))


def streams(*objects, flags=""):
    return answer('"resultType":"streams",%s"result":[%s]' % (flags, ",".join(objects)))


def rows(*texts, flags=""):
    return streams(one_stream({"a": "b"}, *texts), flags=flags)


def row(time, categories=None):
    return '["%s","x"%s]' % (time, "" if categories is None else "," + categories)


def matrix(*points, more=""):
    values = ",".join('[%s,"1"]' % point for point in points)
    return answer('"resultType":"matrix","result":[{"metric":{},"values":[%s]}%s]' % (values, more))


def vector(*series):
    return answer('"resultType":"vector","result":[%s]' % ",".join('{"metric":%s,"value":[4,"%s"]}' % pair for pair in series))


def stats(change):
    changed = copy.deepcopy(STATS)
    change(changed)
    return answer('"resultType":"vector","result":[]', changed)


def legacy(*entries):
    return '{"streams":[{"labels":"{a=\\"b\\"}","entries":[%s]}],"stats":%s}' % (
        ",".join('{"ts":"%s","line":"x"}' % time for time in entries), json.dumps(STATS))


def shards(bounds, stats):
    whole = '{"streams":0,"chunks":0,"bytes":0,"entries":0}'
    return '{"shards":[{"bounds":%s,"stats":%s}],"statistics":%s,"chunkGroups":null}' % (bounds, stats, whole)


def fields(*texts, limit=1000):
    return '{"fields":[%s],"limit":%d}' % (",".join(texts), limit)


def field(name="a", kind="int", rest='"cardinality":1,"parsers":null'):
    return '{"label":"%s","type":"%s",%s}' % (name, kind, rest)


def patterns(*texts):
    return '{"status":"success","data":[%s]}' % ",".join(texts)


def pattern(text="a <_>", samples="[[10,1],[20,2]]"):
    return '{"pattern":"%s","level":"info","samples":%s}' % (text, samples)


def drilldown(limits):
    return '{"limits":%s,"pattern_ingester_enabled":true,"version":"v3.7.6"}' % limits


ALERT = {"labels": {"alertname": "A"}, "annotations": {}, "state": "firing", "activeAt": "2026-11-22T18:53:42.5Z", "value": "1e+00"}
EVALUATION = {"lastEvaluation": "0001-01-01T00:00:00Z", "evaluationTime": 0}
RULE = {"state": "inactive", "name": "A", "query": "1", "duration": 60, "labels": {}, "annotations": {}, "alerts": [ALERT],
        "health": "ok", "lastError": "", "type": "alerting", **EVALUATION}
RECORDING = {"name": "r", "query": "1", "labels": {}, "health": "unknown", "lastError": "", "type": "recording", **EVALUATION}
GROUP = {"name": "g", "file": "n", "rules": [RULE, RECORDING], "interval": 60, "limit": 0, **EVALUATION}


def rule_state(groups):
    return json.dumps({"status": "success", "data": {"groups": groups}, "errorType": "", "error": ""})


def group(**changes):
    return rule_state([{**GROUP, **changes}])


def rule(**changes):
    return group(rules=[{**RULE, **changes}])


def alerts(*changes):
    return json.dumps({"status": "success", "data": {"alerts": [{**ALERT, **change} for change in changes]}, "errorType": "", "error": ""})


def rule_yaml(more="", rule="alert: A\n    expr: vector(1)"):
    return "n:\n- name: g\n  interval: 1m30s\n  rules:\n  - %s\n%s" % (rule, more)


ECHO = '"encodingFlags":["categorize-labels"],'
Q, R, V1 = "/loki/api/v1/query", "/loki/api/v1/query_range", "/loki/api/v1/"
GRID = R + "?start=100&end=130&step=10s"
RULES, ALERTS = "/prometheus/api/v1/rules", "/prometheus/api/v1/alerts"
GOOD = [
    (R, {}, rows(row(T1))),
    (R, FLAG, rows(row(T1, "{}"), flags=ECHO)),
    (R, FLAG, rows(row(T1, '{"structuredMetadata":{"t":"1"},"parsed":{"a2":"1"}}'), flags=ECHO)),
    (R, {}, rows(row(T2), row(T1))),
    (R + "?direction=FORWARD", {}, rows(row(T1), row(T2))),
    (R + "?limit=2", {}, rows(row(T2), row(T1))),
    (R + f"?start={T1}&end={T2}", {}, rows(row(T1))),
    (R, {}, streams(one_stream({"a": "b"}, row(T1)), one_stream({"a": "c"}, row(T1)))),
    (Q, {}, answer('"resultType":"vector","result":[{"metric":{},"value":[4.5,"NaN"]}]')),
    (Q + "?time=4.5", {}, answer('"resultType":"vector","result":[{"metric":{},"value":[4.5,"NaN"]}]')),
    (Q, {}, answer('"resultType":"scalar","result":[4,"2"]')),
    (R, {}, answer('"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1,"1"],[2,"+Inf"]]}]')),
    (GRID, {}, matrix(100, 120, 130)),
    (R + "?start=103&end=130&step=10000ms", {}, matrix(103, 113, 123)),
    (R + "?start=103&end=125&step=10", {}, matrix(100, 130)),
    (R + "?start=1970-01-01T00:01:40.5Z&end=1970-01-01T00:02:00Z&step=500ms", {}, matrix("100.5", 101)),
    (R + "?start=100&end=1100", {}, matrix(100, 104)),
    ("/api/prom/query?limit=2", {}, legacy("2026-11-01T00:00:10.5Z", "2026-11-01T00:00:10Z")),
    (V1 + "labels", {}, '{"status":"success","data":["a","b"]}'),
    (V1 + "labels", {}, '{"status":"success"}'),
    (V1 + "series", {}, '{"status":"success","data":[{"a":"1"},{"a":"2"}]}'),
    (V1 + "index/stats", {}, '{"streams":1,"chunks":2,"bytes":3,"entries":4}'),
    (V1 + "index/shards", {}, shards('{"min":0,"max":18446744073709551615}', "null")),
    (V1 + "index/volume?limit=2", {}, vector(('{"a":"1"}', 9), ('{"a":"2"}', 9))),
    (V1 + "detected_labels", {}, '{"detectedLabels":[{"label":"a","cardinality":1},{"label":"b","cardinality":1}]}'),
    (V1 + "detected_fields", {}, '{}'),
    (V1 + "detected_fields", {}, fields(field("a"), field("b", "string", '"cardinality":1,"parsers":["json"],"jsonPath":["b"]'))),
    (V1 + "detected_fields?limit=10", {}, fields(field(), limit=10)),
    (V1 + "detected_field/a/values?limit=2", {}, '{"values":["1","2"],"limit":2}'),
    (V1 + "patterns", {}, patterns(pattern(), pattern("b"))),
    (V1 + "drilldown-limits", {}, drilldown('{"discover_log_levels":true,"max_query_bytes_read":"0B","query_timeout":"1m","of_later":1}')),
    (RULES, {}, rule_state([])),
    (RULES, {}, rule_state([GROUP])),
    (ALERTS, {}, alerts({})),
]
BAD = [
    ("flag without third element", R, FLAG, rows(row(T1), flags=ECHO)),
    ("third element without flag", R, {}, rows(row(T1, "{}"))),
    ("flag that nobody sent", R, {}, rows(row(T1), flags=ECHO)),
    ("time as a number", R, {}, rows('[%s,"x"]' % T1)),
    ("time of few characters", R, {}, rows(row("175578000"))),
    ("unknown category", R, FLAG, rows(row(T1, '{"other":{}}'), flags=ECHO)),
    ("empty category", R, FLAG, rows(row(T1, '{"parsed":{}}'), flags=ECHO)),
    ("a name in both categories", R, FLAG, rows(row(T1, '{"structuredMetadata":{"t":"1"},"parsed":{"t":"1"}}'), flags=ECHO)),
    ("a name in stream and metadata", R, FLAG, rows(row(T1, '{"structuredMetadata":{"a":"b"}}'), flags=ECHO)),
    ("a name in stream and parsed", R, FLAG, rows(row(T1, '{"parsed":{"a":"b"}}'), flags=ECHO)),
    ("unknown key of a stream", R, {}, answer('"resultType":"streams","result":[{"stream":{},"values":[["%s","x"]],"more":1}]' % T1)),
    ("a stream without rows", R, {}, rows()),
    ("stream twice", R, {}, streams(one_stream({"a": "b"}, row(T1)), one_stream({"a": "b"}, row(T2)))),
    ("streams in the wrong order", R, {}, streams(one_stream({"a": "c"}, row(T1)), one_stream({"a": "b"}, row(T1)))),
    ("series in the wrong order", R, {}, answer('"resultType":"matrix","result":[{"metric":{"a":"c"},"values":[[1,"1"]]},'
                                                '{"metric":{"a":"b"},"values":[[1,"1"]]}]')),
    ("forward where backward was asked", R, {}, rows(row(T1), row(T2))),
    ("backward where forward was asked", R + "?direction=forward", {}, rows(row(T2), row(T1))),
    ("more rows than asked", R + "?limit=2", {}, rows(row(T3), row(T2), row(T1))),
    ("more rows than asked, of two streams", R + "?limit=1", {}, streams(one_stream({"a": "b"}, row(T1)), one_stream({"a": "c"}, row(T1)))),
    ("a row before the start", R + f"?start={T2}", {}, rows(row(T1))),
    ("a row at the end", R + f"?end={T1}", {}, rows(row(T1))),
    ("result before its type", Q, {}, '{"status":"success","data":{"result":[],"resultType":"vector","stats":%s}}' % json.dumps(STATS)),
    ("streams at an instant", Q, {}, rows(row(T1))),
    ("a vector of a range", R, {}, vector(("{}", 1))),
    ("no statistics", Q, {}, '{"status":"success","data":{"resultType":"vector","result":[]}}'),
    ("statistics without a part", Q, {}, stats(lambda s: s.pop("cache"))),
    ("statistics without a number", Q, {}, stats(lambda s: s["summary"].pop("splits"))),
    ("statistics without a deep number", Q, {}, stats(lambda s: s["ingester"]["store"]["chunk"].pop("postFilterLines"))),
    ("statistics with a number more", Q, {}, stats(lambda s: s["index"].update(more=0))),
    ("statistics with a text", Q, {}, stats(lambda s: s["cache"]["result"].update(requests="0"))),
    ("statistics with a fraction of a count", Q, {}, stats(lambda s: s["summary"].update(totalLinesProcessed=0.5))),
    ("statistics with a number for a boolean", Q, {}, stats(lambda s: s["querier"]["store"].update(queryUsedV2Engine=0))),
    ("a value as a number", Q, {}, answer('"resultType":"vector","result":[{"metric":{},"value":[4,2]}]')),
    ("time with more than milliseconds", Q, {}, answer('"resultType":"vector","result":[{"metric":{},"value":[4.00001,"2"]}]')),
    ("another time than asked", Q + "?time=5", {}, vector(("{}", 1))),
    ("an empty label", Q, {}, vector(('{"a":""}', 1))),
    ("labels out of order", Q, {}, vector(('{"b":"1","a":"1"}', 1))),
    ("samples out of order", R, {}, matrix(2, 1)),
    ("a series without samples", R, {}, matrix()),
    ("series twice", Q, {}, vector(("{}", 1), ("{}", 1))),
    ("series twice in a range", R, {}, matrix(1, more=',{"metric":{},"values":[[2,"1"]]}')),
    ("a sample beside the steps", GRID, {}, matrix(100, 105)),
    ("samples on two grids", R + "?start=103&end=130&step=10s", {}, matrix(110, 113)),
    ("a sample after the end", GRID, {}, matrix(140)),
    ("a sample before the start", GRID, {}, matrix(90)),
    ("a sample beside the steps that were not asked for", R + "?start=100&end=1100", {}, matrix(102)),
    ("old form: rows in the wrong order", "/api/prom/query", {}, legacy("2026-11-01T00:00:10Z", "2026-11-01T00:00:10.5Z")),
    ("old form: no time", "/api/prom/query", {}, legacy("2026-13-01T00:00:10Z")),
    ("old form: too many rows", "/api/prom/query?limit=1", {}, legacy("2026-11-01T00:00:10Z", "2026-11-01T00:00:10Z")),
    ("a key twice", V1 + "labels", {}, '{"status":"success","status":"success"}'),
    ("an empty list", V1 + "labels", {}, '{"status":"success","data":[]}'),
    ("unsorted", V1 + "labels", {}, '{"status":"success","data":["b","a"]}'),
    ("a name twice", V1 + "labels", {}, '{"status":"success","data":["a","a"]}'),
    ("a series listed twice", V1 + "series", {}, '{"status":"success","data":[{"a":"1"},{"a":"1"}]}'),
    ("a series without labels", V1 + "series", {}, '{"status":"success","data":[{}]}'),
    ("an envelope", V1 + "index/stats", {}, '{"status":"success","streams":1,"chunks":2,"bytes":3,"entries":4}'),
    ("bounds as texts", V1 + "index/shards", {}, shards('{"min":"0","max":"1"}', "null")),
    ("bounds the wrong way", V1 + "index/shards", {}, shards('{"min":1,"max":0}', "null")),
    ("bounds beyond 64 bits", V1 + "index/shards", {}, shards('{"min":0,"max":18446744073709551616}', "null")),
    ("a shard's statistics as a list", V1 + "index/shards", {}, shards('{"min":0,"max":1}', "[]")),
    ("a shard's statistics as texts", V1 + "index/shards", {},
     shards('{"min":0,"max":1}', '{"streams":"1","chunks":2,"bytes":3,"entries":4}')),
    ("the smaller volume first", V1 + "index/volume", {}, vector(('{"a":"1"}', 1), ('{"a":"2"}', 2))),
    ("half a byte", V1 + "index/volume", {}, vector(('{"a":"1"}', 1.5))),
    ("more volumes than asked", V1 + "index/volume?limit=1", {}, vector(('{"a":"1"}', 2), ('{"a":"2"}', 1))),
    ("streams for a volume", V1 + "index/volume", {}, rows(row(T1))),
    ("a label listed twice", V1 + "detected_labels", {},
     '{"detectedLabels":[{"label":"a","cardinality":1},{"label":"a","cardinality":2}]}'),
    ("a label without a name", V1 + "detected_labels", {}, '{"detectedLabels":[{"label":"","cardinality":1}]}'),
    ("data around fields", V1 + "detected_fields", {}, '{"data":{"fields":[]}}'),
    ("empty parsers", V1 + "detected_fields", {}, fields(field(rest='"cardinality":1,"parsers":[]'))),
    ("a path without JSON", V1 + "detected_fields", {}, fields(field(rest='"cardinality":1,"parsers":["logfmt"],"jsonPath":["a"]'))),
    ("unknown type", V1 + "detected_fields", {}, fields(field(kind="number"))),
    ("a field listed twice", V1 + "detected_fields", {}, fields(field(), field(kind="string"))),
    ("another limit than asked", V1 + "detected_fields?limit=10", {}, fields(field(), limit=9)),
    ("more fields than asked", V1 + "detected_fields?limit=1", {}, fields(field("a"), field("b"), limit=1)),
    ("more values than asked", V1 + "detected_field/a/values?limit=1", {}, '{"values":["1","2"],"limit":1}'),
    ("counts as texts", V1 + "patterns", {}, patterns(pattern(samples='[[10,"1"]]'))),
    ("a pattern without samples", V1 + "patterns", {}, patterns(pattern(samples="[]"))),
    ("a pattern listed twice", V1 + "patterns", {}, patterns(pattern(), pattern())),
    ("limits without the object", V1 + "drilldown-limits", {}, drilldown("[]")),
    ("a number as a text", V1 + "drilldown-limits", {}, drilldown('{"max_query_series":"500"}')),
    ("a duration as a number", V1 + "drilldown-limits", {}, drilldown('{"retention_period":0}')),
    ("a size as a number", V1 + "drilldown-limits", {}, drilldown('{"max_query_bytes_read":0}')),
    ("a list as a text", V1 + "drilldown-limits", {}, drilldown('{"discover_service_name":"service"}')),
    ("a boolean as a text", V1 + "drilldown-limits", {}, drilldown('{"volume_enabled":"true"}')),
    ("a null for a list", V1 + "drilldown-limits", {}, drilldown('{"retention_stream":null}')),
    ("groups are null", RULES, {}, rule_state(None)),
    ("HTML for rules", RULES, {}, "<html></html>"),
    ("no error fields", RULES, {}, '{"status":"success","data":{"groups":[]}}'),
    ("an interval as a text", RULES, {}, group(interval="1m")),
    ("rules are null", RULES, {}, group(rules=None)),
    ("a group twice", RULES, {}, rule_state([GROUP, GROUP])),
    ("unknown key of a group", RULES, {}, group(more=1)),
    ("a time that is none", RULES, {}, group(lastEvaluation=0)),
    ("unknown state", RULES, {}, rule(state="on")),
    ("unknown health", RULES, {}, rule(health="good")),
    ("unknown type of a rule", RULES, {}, rule(type="alert")),
    ("a duration as a text", RULES, {}, rule(duration="1m")),
    ("alerts are null", RULES, {}, rule(alerts=None)),
    ("labels are null", RULES, {}, rule(labels=None)),
    ("a recording rule with a state", RULES, {}, group(rules=[{"state": "ok", **RECORDING}])),
    ("a list of alerts that is null", ALERTS, {}, '{"status":"success","data":{"alerts":null},"errorType":"","error":""}'),
    ("an alert's value as a number", ALERTS, {}, alerts({"value": 1})),
    ("an alert's value of another form", ALERTS, {}, alerts({"value": "1.5"})),
    ("an alert without a name", ALERTS, {}, alerts({"labels": {}})),
    ("an alert twice", ALERTS, {}, alerts({}, {})),
]


def frame(streams='{"stream":{"a":"b"},"values":[["%s","x"]]}' % T1, more=""):
    return '{"streams":[%s]%s}' % (streams, more)


CATEGORIZED = '{"stream":{"a":"b"},"values":[["%s","x",{"parsed":{"k":"v"}}]]}' % T1
LEGACY = '{"labels":"{a=\\"b\\"}","entries":[{"ts":"2026-11-01T00:00:10.5Z","line":"x"}]}'
DROPPED = ',"dropped_entries":[{"timestamp":"%s","labels":{"a":"b"}}]' % T1
FLAGS = ',"encodingFlags":["categorize-labels"]'
GOOD_FRAMES = [
    (frame(), False, False), (frame(more=DROPPED), False, False), (frame("", DROPPED), False, False),
    (frame(CATEGORIZED, FLAGS), True, False), (frame(LEGACY, ',"dropped_entries":null'), False, True)]
BAD_FRAMES = [
    ("no JSON", "x", False, False),
    ("a list", "[]", False, False),
    ("nothing in it", frame(""), False, False),
    ("nothing dropped", frame(more=',"dropped_entries":[]'), False, False),
    ("unknown key", frame(more=',"more":1'), False, False),
    ("a flag that nobody sent", frame(more=FLAGS), False, False),
    ("no flag", frame(CATEGORIZED), True, False),
    ("a pair with the flag", frame(more=FLAGS), True, False),
    ("a third element without", frame(CATEGORIZED), False, False),
    ("time as a number", frame('{"stream":{},"values":[[%s,"x"]]}' % T1), False, False),
    ("short time", frame('{"stream":{},"values":[["123456","x"]]}'), False, False),
    ("two rows", frame('{"stream":{},"values":[["%s","x"],["%s","x"]]}' % (T1, T2)), False, False),
    ("labels as a text", frame('{"stream":"{}","values":[["%s","x"]]}' % T1), False, False),
    ("a name twice", frame('{"stream":{"k":"b"},"values":[["%s","x",{"parsed":{"k":"v"}}]]}' % T1, FLAGS), True, False),
    ("a dropped time as a number", frame(more=',"dropped_entries":[{"timestamp":1,"labels":{}}]'), False, False),
    ("the old form without its list", frame(LEGACY), False, True),
    ("the new form for the old", frame(more=',"dropped_entries":null'), False, True),
]


class ShapeChecker(unittest.TestCase):
    def test_good_answers_pass(self):
        for path, headers, body in GOOD:
            with self.subTest(path + " " + body[:200]):
                check(Asked("GET", path, headers), 200, JSON, body.encode())

    def test_bad_answers_do_not(self):
        for name, path, headers, body in BAD:
            with self.subTest(name), self.assertRaises(ShapeError):
                check(Asked("GET", "/prefix" + path, headers), 200, JSON, body.encode())

    def test_frames_of_a_tail(self):
        for text, categorized, legacy in GOOD_FRAMES:
            with self.subTest(text):
                check_tail_frame(text.encode(), categorized, legacy)
        for name, text, categorized, legacy in BAD_FRAMES:
            with self.subTest(name), self.assertRaises(ShapeError):
                check_tail_frame(text.encode(), categorized, legacy)

    def test_bad_bytes_and_types_do_not(self):
        asked = Asked("GET", "/loki/api/v1/labels", {})
        for headers, body in ((JSON, b'{"status":"success","data":["\xff"]}'), (TEXT, b'{"status":"success"}'),
                              (JSON, b'{"status":NaN}'), ({**JSON, "content-encoding": "br"}, b"x")):
            with self.subTest(body), self.assertRaises(ShapeError):
                check(asked, 200, headers, body)

    def test_errors_are_plain_text(self):
        for path in ("/loki/api/v1/query?query=x", "/loki/api/v1/tail", "/api/prom/rules/a/b"):
            asked = Asked("GET", path, {})
            check(asked, 400, TEXT, b"parse error at line 1")
            for headers, body in ((JSON, b"x"), ({**TEXT, "content-encoding": "gzip"}, b"x"), (TEXT, b'{"status":"error"}'),
                                  ({"content-type": "text/plain"}, b"x"), (TEXT, b"<html></html>")):
                with self.subTest(path + str(headers)), self.assertRaises(ShapeError):
                    check(asked, 400, headers, body)

    def test_errors_of_the_state_of_rules(self):
        asked = Asked("GET", RULES, {})
        check(asked, 400, {"content-type": "application/json"}, b'{"status":"error","data":null,"errorType":"bad_data","error":"x"}')
        check(asked, 404, TEXT, b"404 page not found")
        for headers, body in ((JSON, b'{"status":"error"}'), ({"content-type": "text/html"}, b"<html>"), (TEXT, b"<html>")):
            with self.subTest(body), self.assertRaises(ShapeError):
                check(asked, 400, headers, body)

    @unittest.skipIf(shape_checker.yaml is None, "no parser of YAML")
    def test_rules_to_read_are_yaml(self):
        for path in ("/api/prom/rules", "/loki/api/v1/rules", "/loki/api/v1/rules/n"):
            asked = Asked("GET", path, {})
            check(asked, 200, YAML, rule_yaml().encode())
            check(asked, 200, YAML, rule_yaml("    for: 1h\n    labels: {a: b}\n").encode())
            for name, headers, body in (
                    ("JSON's type", JSON, rule_yaml()), ("no map", YAML, "- name: g"), ("no YAML", YAML, "a: [b"), ("nothing", YAML, ""),
                    ("unknown key of a group", YAML, rule_yaml("  more: 1\n")),
                    ("unknown key of a rule", YAML, rule_yaml("    more: 1\n")),
                    ("a duration in words", YAML, rule_yaml("    for: soon\n")),
                    ("labels of numbers", YAML, rule_yaml("    labels: {a: 1}\n")),
                    ("neither alert nor record", YAML, rule_yaml(rule="expr: vector(1)"))):
                with self.subTest(path + ": " + name), self.assertRaises(ShapeError):
                    check(asked, 200, headers, body.encode())
        one = Asked("GET", "/api/prom/rules/n/g", {})
        check(one, 200, YAML, b"name: g\nrules: []")
        with self.assertRaises(ShapeError):
            check(one, 200, YAML, rule_yaml().encode())

    def test_rules_that_change_answer_with_json(self):
        for method in ("POST", "DELETE"):
            changed = Asked(method, "/api/prom/rules/n", {})
            check(changed, 202, JSON, b'{"status":"success"}')
            for headers, body in ((YAML, b"{}"), (JSON, b""), (JSON, b"[]")):
                with self.subTest(method + str(body)), self.assertRaises(ShapeError):
                    check(changed, 202, headers, body)


if __name__ == "__main__":
    unittest.main()

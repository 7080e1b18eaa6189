# SPDX-License-Identifier: Apache-2.0
"""Checks the shape of every answer as strictly as the pickiest decoder that reads it: types, key order, unknown keys.

`check(...)` raises ShapeError. `install()` puts it behind http.client, so that whatever a test asks is checked.
As a program, `shape_checker.py SCRIPT ARGS…`, it runs a script with that, prints a line `SHAPE …` for each violation, and
ends with status 3 if there was one and the script itself was content."""
import gzip
import http.client
import json
import re
import runpy
import sys
import urllib.parse
import zlib

JSON_TYPE = "application/json"
FIELD_TYPES = {"string", "int", "float", "boolean", "duration", "bytes"}
SAMPLE_VALUE = re.compile(r"^(-?\d+(\.\d+)?|NaN|[+-]Inf)$")


class ShapeError(AssertionError):
    pass


class Members(list):
    """An object as its (key, value) pairs, in order."""

    def keys(self):
        return [key for key, _ in self]

    def get(self, wanted, default=None):
        return next((value for key, value in self if key == wanted), default)


def need(condition, text):
    if not condition:
        raise ShapeError(text)


def parse(body):
    try:
        text = body.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        raise ShapeError(f"not UTF-8: {error}") from error

    def members(pairs):
        keys = [key for key, _ in pairs]
        need(len(keys) == len(set(keys)), f"a key twice in {keys}")
        return Members(pairs)

    def constant(name):
        raise ShapeError(f"{name} is no JSON")

    try:
        return json.loads(text, object_pairs_hook=members, parse_constant=constant)
    except ValueError as error:
        raise ShapeError(f"not JSON: {error}") from error


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def need_object(value, where, required, optional=()):
    """`required` and `optional` keys in the order given, nothing else."""
    need(isinstance(value, Members), f"{where}: no object")
    order = list(optional or required)
    for key in required:
        need(key in value.keys(), f"{where}: no {key}")
    for key in value.keys():
        need(key in order, f"{where}: unknown key {key}")
    places = [order.index(key) for key in value.keys()]
    need(places == sorted(places), f"{where}: keys in the order {value.keys()}")


def need_list(value, where):
    need(isinstance(value, list) and not isinstance(value, Members), f"{where}: no list")


def need_texts(value, where, unique=True):
    need_list(value, where)
    need(all(isinstance(text, str) for text in value), f"{where}: not all strings")
    if unique:
        need(len(value) == len(set(value)), f"{where}: a text twice")


def need_labels(value, where, empty_values=True):
    need(isinstance(value, Members), f"{where}: no object")
    for name, text in value:
        need(name != "", f"{where}: a label without name")
        need(isinstance(text, str), f"{where}: {name} is no string")
        need(empty_values or text != "", f"{where}: {name} is empty")
    need(value.keys() == sorted(value.keys(), key=lambda name: name.encode()), f"{where}: labels not sorted: {value.keys()}")


def check_stats(value, where):
    need_object(value, where, ["summary", "querier", "ingester", "cache", "index"])

    def numbers(part, path):
        for key, number in part:
            if isinstance(number, Members):
                numbers(number, f"{path}.{key}")
            else:
                need(is_number(number) or isinstance(number, bool), f"{path}.{key}: no number")

    numbers(value, where)
    for key in ("bytesProcessedPerSecond", "linesProcessedPerSecond", "totalBytesProcessed", "totalLinesProcessed"):
        need(is_count(value.get("summary").get(key)), f"{where}.summary.{key}: no count")
    need(is_number(value.get("summary").get("execTime")), f"{where}.summary.execTime: no number")


def check_streams(result, categorized):
    for stream in result:
        need_object(stream, "stream object", ["stream", "values"])
        need_labels(stream.get("stream"), "stream labels")
        need_list(stream.get("values"), "values")
        need(stream.get("values"), "a stream without rows")
        for row in stream.get("values"):
            need_list(row, "row")
            need(len(row) == (3 if categorized else 2), f"row of {len(row)} elements")
            need(isinstance(row[0], str) and re.fullmatch(r"-?\d+", row[0]), f"time {row[0]!r}")
            need(isinstance(row[1], str), "line is no string")
            if categorized:
                need_object(row[2], "categories", [], ["structuredMetadata", "parsed"])
                for key, labels in row[2]:
                    need_labels(labels, key)
                    need(labels, f"{key} is empty and there")


def check_sample(sample):
    need_list(sample, "sample")
    need(len(sample) == 2, "sample of another size")
    need(is_number(sample[0]), f"sample time {sample[0]!r} is no number")
    need(round(sample[0] * 1000) == sample[0] * 1000 or abs(sample[0] * 1000 - round(sample[0] * 1000)) < 1e-3,
         f"sample time {sample[0]!r} has more than milliseconds")
    need(isinstance(sample[1], str) and SAMPLE_VALUE.match(sample[1]), f"sample value {sample[1]!r}")


def check_series(result, key, empty_labels):
    seen = set()
    for series in result:
        need_object(series, "series object", ["metric", key])
        need_labels(series.get("metric"), "metric", empty_values=empty_labels)
        name = json.dumps(series.get("metric"))
        need(name not in seen, f"series twice: {name}")
        seen.add(name)
        samples = series.get("values") if key == "values" else [series.get("value")]
        need_list(samples, key)
        for sample in samples:
            check_sample(sample)
        times = [sample[0] for sample in samples]
        need(times == sorted(set(times)), "sample times not ascending")


def check_query(value, asked):
    streams = isinstance(value, Members) and isinstance(value.get("data"), Members) and value.get("data").get("resultType") == "streams"
    order = ["status", "warnings", "data"] if streams else ["status", "data", "warnings"]
    need_object(value, "answer", ["status", "data"], order)
    need(value.get("status") == "success", "status is not success")
    if "warnings" in value.keys():
        need_texts(value.get("warnings"), "warnings")
        need(value.get("warnings"), "warnings are empty and there")
    data = value.get("data")
    need_object(data, "data", ["resultType", "result", "stats"], ["resultType", "encodingFlags", "result", "stats"])
    kind = data.get("resultType")
    need(kind in ("streams", "matrix", "vector", "scalar"), f"resultType {kind!r}")
    need_list(data.get("result"), "result")
    check_stats(data.get("stats"), "stats")
    flags = [flag.strip() for flag in asked.headers.get("x-loki-response-encoding-flags", "").split(",") if flag.strip()]
    if kind == "streams":
        need(data.get("encodingFlags", []) == flags, f"encodingFlags {data.get('encodingFlags')} for {flags}")
        check_streams(data.get("result"), "categorize-labels" in flags)
    else:
        need("encodingFlags" not in data.keys(), "encodingFlags of a metric")
    if kind == "scalar":
        check_sample(data.get("result"))
    elif kind in ("matrix", "vector"):
        by_name = asked.parameters.get("aggregateBy") == ["labels"]
        check_series(data.get("result"), "values" if kind == "matrix" else "value", by_name)


def check_legacy_query(value, _asked):
    need_object(value, "answer", ["streams", "stats"])
    for stream in value.get("streams"):
        need_object(stream, "stream object", ["labels", "entries"])
        need(isinstance(stream.get("labels"), str), "labels are no string")
        for entry in stream.get("entries"):
            need_object(entry, "entry", ["ts", "line"])
            need(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", entry.get("ts")), f"ts {entry.get('ts')!r}")
            need(isinstance(entry.get("line"), str), "line is no string")


def check_list(value, _asked):
    need_object(value, "answer", ["status"], ["status", "data"])
    need(value.get("status") == "success", "status is not success")
    if "data" in value.keys():
        need_texts(value.get("data"), "data")
        need(value.get("data"), "data is empty and there")
        need(value.get("data") == sorted(value.get("data"), key=lambda text: text.encode()), "data not sorted")


def check_series_list(value, _asked):
    need_object(value, "answer", ["status", "data"])
    need_list(value.get("data"), "data")
    for labels in value.get("data"):
        need_labels(labels, "series")


def check_index_stats(value, _asked):
    need_object(value, "answer", ["streams", "chunks", "bytes", "entries"])
    need(all(is_count(number) for _, number in value), "not all counts")


def check_shards(value, asked):
    need_object(value, "answer", ["shards", "statistics", "chunkGroups"])
    check_index_stats(value.get("statistics"), asked)
    need(value.get("shards"), "no shard")
    for shard in value.get("shards"):
        need_object(shard, "shard", ["bounds", "stats"])
        need_object(shard.get("bounds"), "bounds", ["min", "max"])


def check_detected_labels(value, _asked):
    need_object(value, "answer", [], ["detectedLabels"])
    for label in value.get("detectedLabels", []):
        need_object(label, "label", ["label", "cardinality"])
        need(isinstance(label.get("label"), str) and is_count(label.get("cardinality")), "label's types")


def check_detected_fields(value, _asked):
    need_object(value, "answer", [], ["fields", "limit"])
    need(len(value) in (0, 2), "fields and limit come together")
    for field in value.get("fields", []):
        need_object(field, "field", ["label", "type", "cardinality", "parsers"],
                    ["label", "type", "cardinality", "parsers", "jsonPath"])
        need(field.get("type") in FIELD_TYPES, f"type {field.get('type')!r}")
        need(is_count(field.get("cardinality")), "cardinality is no count")
        parsers = field.get("parsers")
        need(parsers is None or (parsers and set(parsers) <= {"json", "logfmt"}), f"parsers {parsers!r}")
        if "jsonPath" in field.keys():
            need_texts(field.get("jsonPath"), "jsonPath", unique=False)
            need(field.get("jsonPath") and "json" in (parsers or []), "a path without JSON")


def check_detected_values(value, _asked):
    need_object(value, "answer", [], ["values", "limit"])
    need(len(value) in (0, 2), "values and limit come together")
    if value:
        need_texts(value.get("values"), "values")
        need(is_count(value.get("limit")), "limit is no count")


def check_patterns(value, _asked):
    need_object(value, "answer", ["status", "data"])
    need_list(value.get("data"), "data")
    for pattern in value.get("data"):
        need_object(pattern, "pattern", ["pattern", "level", "samples"])
        need(isinstance(pattern.get("pattern"), str) and isinstance(pattern.get("level"), str), "pattern's types")
        need("<_><_>" not in pattern.get("pattern"), "two captures touch")
        seconds = [second for second, _ in pattern.get("samples")]
        need(all(is_count(second) and is_count(lines) for second, lines in pattern.get("samples")), "samples are no counts")
        need(seconds == sorted(set(seconds)), "samples not ascending")


def check_drilldown(value, _asked):
    need_object(value, "answer", ["limits", "pattern_ingester_enabled", "version"])
    need(isinstance(value.get("limits"), Members), "limits are no object")
    need(isinstance(value.get("pattern_ingester_enabled"), bool), "pattern_ingester_enabled is no boolean")


def check_build_info(value, _asked):
    need_object(value, "answer", ["version", "revision", "branch", "buildUser", "buildDate", "goVersion"])
    need(all(isinstance(text, str) for _, text in value), "not all strings")


def check_format_query(value, _asked):
    need_object(value, "answer", ["status", "data"])
    need(value.get("status") == "success" and isinstance(value.get("data"), str), "format_query's types")


# The first that matches. Paths are without the server's prefix.
CHECKS = [
    (r"/loki/api/v1/(query|query_range|index/volume|index/volume_range)", check_query),
    (r"/api/prom/query", check_legacy_query),
    (r"/(loki/api/v1|api/prom)/(labels|label|label/[^/]+/values)", check_list),
    (r"/(loki/api/v1|api/prom)/series", check_series_list),
    (r"/loki/api/v1/index/stats", check_index_stats),
    (r"/loki/api/v1/index/shards", check_shards),
    (r"/loki/api/v1/detected_labels", check_detected_labels),
    (r"/loki/api/v1/detected_fields", check_detected_fields),
    (r"/loki/api/v1/detected_field/[^/]+/values", check_detected_values),
    (r"/loki/api/v1/patterns", check_patterns),
    (r"/loki/api/v1/drilldown-limits", check_drilldown),
    (r"/loki/api/v1/status/buildinfo", check_build_info),
    (r"/loki/api/v1/format_query", check_format_query),
]


class Asked:
    """What a request was."""

    def __init__(self, method, target, headers, body=None):
        parts = urllib.parse.urlsplit(target)
        self.method = method
        # A server may have a prefix in front of every path.
        known = re.search(r"/(loki/api/v1|api/prom)/.*", parts.path)
        self.path = known.group(0) if known else parts.path
        self.headers = {name.lower(): value for name, value in (headers or {}).items()}
        self.parameters = urllib.parse.parse_qs(parts.query)
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded") and body:
            text = body.decode() if isinstance(body, bytes) else body
            if isinstance(text, str):
                self.parameters.update(urllib.parse.parse_qs(text))


def unpacked(headers, body):
    encoding = headers.get("content-encoding")
    if encoding == "gzip":
        return gzip.decompress(body)
    if encoding == "deflate":
        return zlib.decompress(body)
    need(encoding is None, f"Content-Encoding {encoding!r}")
    return body


def check(asked, status, headers, body):
    """`headers` with names in lower case. Raises ShapeError."""
    found = next((run for pattern, run in CHECKS if re.fullmatch(pattern, asked.path)), None)
    if found is None or asked.method not in ("GET", "POST") or status in (405, 501):
        return
    kind = headers.get("content-type", "")
    if status >= 400:
        need("content-encoding" not in headers, "an error is compressed")
        if found is check_format_query and status == 400:
            need(kind.startswith(JSON_TYPE), f"format_query's error is {kind!r}")
            return
        need(kind.startswith("text/plain"), f"an error is {kind!r}")
        need(headers.get("x-content-type-options") == "nosniff", "an error may be sniffed")
        need(not body.startswith(b"{"), "an error looks like JSON")
        return
    need(status == 200, f"status {status}")
    need(kind.lower().startswith(JSON_TYPE), f"an answer is {kind!r}")
    found(parse(unpacked(headers, body)), asked)


def fail(asked, error):
    raise ShapeError(f"{asked.method} {asked.path} {asked.parameters}: {error}") from error


def install(report=fail):
    """Checks whatever http.client reads from now on; `report(asked, error)` is told what is wrong."""
    send, receive = http.client.HTTPConnection.request, http.client.HTTPConnection.getresponse

    def request(self, method, url, body=None, headers=None, **more):
        self.asked = Asked(method, url, headers, body)
        return send(self, method, url, body=body, headers=headers or {}, **more)

    def getresponse(self):
        response = receive(self)
        asked = getattr(self, "asked", None)
        if asked is None or asked.method == "HEAD" or response.status == 101:
            return response
        body = response.read()
        rest = [body]
        response.read = lambda amount=None: rest.pop() if rest else b""
        try:
            check(asked, response.status, {name.lower(): value for name, value in response.getheaders()}, body)
        except ShapeError as error:
            report(asked, error)
        return response

    http.client.HTTPConnection.request, http.client.HTTPConnection.getresponse = request, getresponse


def main():
    violations = []

    def note(asked, error):
        violations.append(f"SHAPE {asked.method} {asked.path} {asked.parameters}: {error}")

    install(note)
    sys.argv = sys.argv[1:]
    status = 0
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    print("\n".join(violations), flush=True)
    return status or (3 if violations else 0)


if __name__ == "__main__":
    sys.exit(main())

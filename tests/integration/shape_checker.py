# SPDX-License-Identifier: Apache-2.0
"""Checks the shape of every answer as strictly as the pickiest decoder that reads it: types, key order, unknown keys.

`check(...)` raises ShapeError. `install()` puts it behind http.client, so that whatever a test asks is checked.
As a program, `shape_checker.py SCRIPT ARGS…`, it runs a script with that, prints a line `SHAPE …` for each violation, and
ends with status 3 if there was one and the script itself was content."""
import datetime
import gzip
import http.client
import json
import re
import runpy
import sys
import urllib.parse
import zlib

try:
    import yaml
except ImportError:  # Then only the type of rules' YAML is looked at.
    yaml = None

JSON_TYPE = "application/json"
FIELD_TYPES = {"string", "int", "float", "boolean", "duration", "bytes"}
SAMPLE_VALUE = re.compile(r"^(-?\d+(\.\d+)?|NaN|[+-]Inf)$")
ALERT_VALUE = re.compile(r"^(-?\d(\.\d+)?e[+-]\d\d+|NaN|[+-]Inf)$")
DURATION = re.compile(r"^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$")
DURATION_UNITS_MS = [365 * 86400000, 7 * 86400000, 86400000, 3600000, 60000, 1000, 1]
RFC3339 = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$")
# A decoder takes shorter times of rows for a sign of truncation.
TIME_CHARACTERS_MIN = 10
MS = 10**6


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


def need_unique(names, what):
    seen = set()
    for name in names:
        text = json.dumps(name)
        need(text not in seen, f"{what} twice: {text}")
        seen.add(text)


def duration_ns(text):
    """Of `1h30m`; nothing if it is none."""
    found = DURATION.match(text) if isinstance(text, str) and text else None
    if not found:
        return None
    return sum(int(number or 0) * unit for number, unit in zip(found.groups(), DURATION_UNITS_MS)) * MS


def rfc3339_ns(text):
    found = RFC3339.match(text) if isinstance(text, str) else None
    if not found:
        return None
    try:
        moment = datetime.datetime.strptime(found.group(1) + "+0000", "%Y-%m-%dT%H:%M:%S%z")
    except ValueError:
        return None
    return int((moment - EPOCH).total_seconds()) * 10**9 + int((found.group(2) or "0").ljust(9, "0"))


EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)

# What a number of the statistics is.
COUNT, SECONDS, FLAG = "a count", "seconds", "a boolean"
STORE = {
    **dict.fromkeys(("totalChunksRef", "totalChunksDownloaded", "chunksDownloadTime"), COUNT),
    "queryReferencedStructuredMetadata": FLAG, "queryUsedV2Engine": FLAG,
    "chunk": dict.fromkeys(("headChunkBytes", "headChunkLines", "decompressedBytes", "decompressedLines", "compressedBytes",
                            "totalDuplicates", "postFilterLines", "headChunkStructuredMetadataBytes",
                            "decompressedStructuredMetadataBytes"), COUNT),
    **dict.fromkeys(("chunkRefsFetchTime", "congestionControlLatency", "pipelineWrapperFilteredLines"), COUNT),
    "dataobj": dict.fromkeys(("prePredicateDecompressedRows", "prePredicateDecompressedBytes",
                              "prePredicateDecompressedStructuredMetadataBytes", "postPredicateRows", "postPredicateDecompressedBytes",
                              "postPredicateStructuredMetadataBytes", "postFilterRows", "pagesScanned", "pagesDownloaded",
                              "pagesDownloadedBytes", "pageBatches", "totalRowsAvailable", "totalPageDownloadTime"), COUNT)}
CACHE = dict.fromkeys(("entriesFound", "entriesRequested", "entriesStored", "bytesReceived", "bytesSent", "requests", "downloadTime",
                       "queryLengthServed"), COUNT)
STATS = {
    "summary": {
        **dict.fromkeys(("bytesProcessedPerSecond", "linesProcessedPerSecond", "totalBytesProcessed", "totalLinesProcessed"), COUNT),
        "execTime": SECONDS, "queueTime": SECONDS,
        **dict.fromkeys(("subqueries", "totalEntriesReturned", "splits", "shards", "totalPostFilterLines",
                         "totalStructuredMetadataBytesProcessed"), COUNT)},
    "querier": {"store": STORE, "querierExecTime": SECONDS},
    "ingester": {**dict.fromkeys(("totalReached", "totalChunksMatched", "totalBatches", "totalLinesSent"), COUNT), "store": STORE,
                 "recvWaitTime": COUNT},
    "cache": dict.fromkeys(("chunk", "index", "result", "statsResult", "volumeResult", "seriesResult", "labelResult",
                            "instantMetricResult"), CACHE),
    "index": {"totalChunks": COUNT, "postFilterChunks": COUNT, "shardsDuration": COUNT, "usedBloomFilters": FLAG, "totalStreams": COUNT,
              "chunkRefsLookupTime": SECONDS, "bloomFilterTime": SECONDS}}
OMITTED_STATS = {"recvWaitTime"}


def check_stats(value, where, layout=None):
    layout = layout or STATS
    need_object(value, where, [key for key in layout if key not in OMITTED_STATS], list(layout))
    for key, number in value:
        kind = layout[key]
        if isinstance(kind, dict):
            check_stats(number, f"{where}.{key}", kind)
        elif kind == FLAG:
            need(isinstance(number, bool), f"{where}.{key}: not {kind}")
        else:
            need(is_count(number) if kind == COUNT else is_number(number) and number >= 0, f"{where}.{key}: not {kind}")


def check_row(row, stream_names, categorized):
    need_list(row, "row")
    need(len(row) == (3 if categorized else 2), f"row of {len(row)} elements")
    need(isinstance(row[0], str) and re.fullmatch(r"-?\d+", row[0]), f"time {row[0]!r}")
    need(len(row[0]) >= TIME_CHARACTERS_MIN, f"time {row[0]!r} looks truncated")
    need(isinstance(row[1], str), "line is no string")
    if categorized:
        need_object(row[2], "categories", [], ["structuredMetadata", "parsed"])
        names = set(stream_names)
        for key, labels in row[2]:
            need_labels(labels, key)
            need(labels, f"{key} is empty and there")
            for name in labels.keys():
                need(name not in names, f"{name} is in {key} and elsewhere")
                names.add(name)


def need_order(times, asked):
    """Rows of one stream, as asked: their direction and their range, `start` in it, `end` not."""
    ordered = sorted(times, reverse=asked.text("direction", "backward").lower() == "backward")
    need(times == ordered, f"rows not {asked.text('direction', 'backward')}")
    start, end = asked.time("start"), asked.time("end")
    need(start is None or min(times) >= start, f"a row before {start}")
    need(end is None or max(times) < end, f"a row at {end} or later")


def label_text(labels):
    return ("{" + ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in labels) + "}").encode()


def check_streams(result, categorized, asked):
    for stream in result:
        need_object(stream, "stream object", ["stream", "values"])
        labels = stream.get("stream")
        need_labels(labels, "stream labels")
        need_list(stream.get("values"), "values")
        need(stream.get("values"), "a stream without rows")
        for row in stream.get("values"):
            check_row(row, labels.keys(), categorized)
        need_order([int(row[0]) for row in stream.get("values")], asked)
    need_unique((stream.get("stream") for stream in result), "stream")
    selectors = [label_text(stream.get("stream")) for stream in result]
    need(selectors == sorted(selectors), "streams not sorted")
    need_limit(sum(len(stream.get("values")) for stream in result), asked, 100)


def need_limit(number, asked, default):
    limit = asked.number("limit", default)
    need(limit is None or number <= (limit or default), f"{number} for a limit of {limit}")


def check_sample(sample):
    need_list(sample, "sample")
    need(len(sample) == 2, "sample of another size")
    need(is_number(sample[0]), f"sample time {sample[0]!r} is no number")
    need(round(sample[0] * 1000) == sample[0] * 1000 or abs(sample[0] * 1000 - round(sample[0] * 1000)) < 1e-3,
         f"sample time {sample[0]!r} has more than milliseconds")
    need(isinstance(sample[1], str) and SAMPLE_VALUE.match(sample[1]), f"sample value {sample[1]!r}")


def check_series(result, key, empty_labels):
    """Gives the times of all samples."""
    found = set()
    for series in result:
        need_object(series, "series object", ["metric", key])
        need_labels(series.get("metric"), "metric", empty_values=empty_labels)
        samples = series.get("values") if key == "values" else [series.get("value")]
        need_list(samples, key)
        need(samples, "a series without samples")
        for sample in samples:
            check_sample(sample)
        times = [sample[0] for sample in samples]
        need(times == sorted(set(times)), "sample times not ascending")
        found.update(times)
    need_unique((series.get("metric") for series in result), "series")
    return found


def need_grid(times, asked):
    """All on the steps from `start`, or all on multiples of the step, as a server that splits queries has them."""
    start, end = asked.time("start"), asked.time("end")
    if start is None or end is None:
        return
    step = asked.duration("step")
    if "step" not in asked.parameters:
        step = max((end - start) // 10**9 // 250, 1) * 10**9
    if not step:
        return
    at = [round(time * 1000) * MS for time in times]

    def on(origin):
        return all(abs(origin + round((time - origin) / step) * step - time) <= MS for time in at)

    need(on(start) or on(0), f"samples off the grid of {step} ns from {start}")
    need(all(start // step * step - MS <= time <= -(-end // step) * step + MS for time in at), f"samples outside of {start}..{end}")


def check_volumes(data, asked):
    """The largest first."""
    need_limit(len(data.get("result")), asked, 100)
    if data.get("resultType") == "vector" and asked.path.endswith("/volume"):
        sizes = [series.get("value")[1] for series in data.get("result")]
        need(all(re.fullmatch(r"\d+", size) for size in sizes), "a volume is no count")
        need([int(size) for size in sizes] == sorted(map(int, sizes), reverse=True), "volumes not descending")


# What each path may answer.
KINDS = {"query": {"vector", "scalar"}, "query_range": {"streams", "matrix"}, "volume": {"vector"}, "volume_range": {"matrix", "vector"}}


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
    kind, name = data.get("resultType"), asked.path.rsplit("/", 1)[-1]
    need(kind in KINDS[name], f"resultType {kind!r} of {name}")
    need_list(data.get("result"), "result")
    check_stats(data.get("stats"), "stats")
    flags = [flag.strip() for flag in asked.headers.get("x-loki-response-encoding-flags", "").split(",") if flag.strip()]
    if kind == "streams":
        need(data.get("encodingFlags", []) == flags, f"encodingFlags {data.get('encodingFlags')} for {flags}")
        check_streams(data.get("result"), "categorize-labels" in flags, asked)
        return
    need("encodingFlags" not in data.keys(), "encodingFlags of a metric")
    if kind == "scalar":
        check_sample(data.get("result"))
        times = {data.get("result")[0]}
    else:
        by_name = asked.text("aggregateBy") == "labels"
        times = check_series(data.get("result"), "values" if kind == "matrix" else "value", by_name)
    if name == "query_range":
        metrics = [list(series.get("metric")) for series in data.get("result")]
        need(metrics == sorted(metrics), "series not sorted")
        need_grid(times, asked)
    elif name == "query":
        at = asked.time("time")
        need(at is None or all(abs(round(time * 1000) * MS - at) <= MS for time in times), f"a sample that is not at {at}")
    else:
        check_volumes(data, asked)


def check_legacy_streams(streams):
    need_list(streams, "streams")
    for stream in streams:
        need_object(stream, "stream object", ["labels", "entries"])
        need(isinstance(stream.get("labels"), str) and re.fullmatch(r"\{.*\}", stream.get("labels"), re.S), "labels are no selector")
        need_list(stream.get("entries"), "entries")
        need(stream.get("entries"), "a stream without rows")
        for entry in stream.get("entries"):
            need_object(entry, "entry", ["ts", "line"])
            need(rfc3339_ns(entry.get("ts")) is not None, f"ts {entry.get('ts')!r}")
            need(isinstance(entry.get("line"), str), "line is no string")


def check_legacy_query(value, asked):
    need_object(value, "answer", ["streams", "stats"])
    check_legacy_streams(value.get("streams"))
    check_stats(value.get("stats"), "stats")
    for stream in value.get("streams"):
        need_order([rfc3339_ns(entry.get("ts")) for entry in stream.get("entries")], asked)
    need_unique((stream.get("labels") for stream in value.get("streams")), "stream")
    need_limit(sum(len(stream.get("entries")) for stream in value.get("streams")), asked, 100)


def check_tail_frame(payload, categorized=False, legacy=False):
    """One message of a tail, as bytes."""
    value = parse(payload)
    # The legacy form has the list of what was dropped always.
    required = ["streams", "dropped_entries"] if legacy else ["streams", *(["encodingFlags"] if categorized else [])]
    need_object(value, "frame", required, ["streams", "dropped_entries"] if legacy else ["streams", "dropped_entries", *required[1:]])
    dropped = value.get("dropped_entries")
    if "dropped_entries" in value.keys() and not (legacy and dropped is None):
        need_list(dropped, "dropped_entries")
        need(dropped, "dropped_entries are empty and there")
    need(value.get("streams") or dropped, "a frame that says nothing")
    for entry in dropped or []:
        need_object(entry, "dropped entry", ["Timestamp", "Labels"] if legacy else ["timestamp", "labels"])
        if not legacy:
            need(isinstance(entry.get("timestamp"), str) and re.fullmatch(r"\d{7,}", entry.get("timestamp")), "a dropped entry's time")
            need_labels(entry.get("labels"), "a dropped entry's labels")
    if legacy:
        check_legacy_streams(value.get("streams"))
        return
    need_list(value.get("streams"), "streams")
    for stream in value.get("streams"):
        need_object(stream, "stream object", ["stream", "values"])
        need_labels(stream.get("stream"), "stream labels")
        need_list(stream.get("values"), "values")
        need(len(stream.get("values")) == 1, "a stream object has one row in a tail")
        check_row(stream.get("values")[0], stream.get("stream").keys(), categorized)
    need(not categorized or value.get("encodingFlags") == ["categorize-labels"], f"encodingFlags {value.get('encodingFlags')}")


def check_list(value, _asked):
    need_object(value, "answer", ["status"], ["status", "data"])
    need(value.get("status") == "success", "status is not success")
    if "data" in value.keys():
        need_texts(value.get("data"), "data")
        need(value.get("data"), "data is empty and there")
        need(value.get("data") == sorted(value.get("data"), key=lambda text: text.encode()), "data not sorted")


def check_series_list(value, _asked):
    need_object(value, "answer", ["status", "data"])
    need(value.get("status") == "success", "status is not success")
    need_list(value.get("data"), "data")
    for labels in value.get("data"):
        need_labels(labels, "series", empty_values=False)
        need(labels, "a series without labels")
    need_unique(value.get("data"), "series")


def check_index_stats(value, _asked=None):
    need_object(value, "answer", ["streams", "chunks", "bytes", "entries"])
    need(all(is_count(number) for _, number in value), "not all counts")


def check_shards(value, _asked):
    need_object(value, "answer", ["shards", "statistics", "chunkGroups"])
    check_index_stats(value.get("statistics"))
    need(value.get("chunkGroups") is None, "chunkGroups are no null")
    need_list(value.get("shards"), "shards")
    need(value.get("shards"), "no shard")
    for shard in value.get("shards"):
        need_object(shard, "shard", ["bounds", "stats"])
        need_object(shard.get("bounds"), "bounds", ["min", "max"])
        low, high = shard.get("bounds").get("min"), shard.get("bounds").get("max")
        need(is_count(low) and is_count(high) and low <= high < 2**64, f"bounds {low!r}..{high!r}")
        if shard.get("stats") is not None:
            check_index_stats(shard.get("stats"))
    need_unique((shard.get("bounds") for shard in value.get("shards")), "shard")


def check_detected_labels(value, _asked):
    need_object(value, "answer", [], ["detectedLabels"])
    labels = value.get("detectedLabels", [])
    need_list(labels, "detectedLabels")
    need(labels or not value, "detectedLabels are empty and there")
    for label in labels:
        need_object(label, "label", ["label", "cardinality"])
        need(isinstance(label.get("label"), str) and label.get("label"), f"label {label.get('label')!r}")
        need(is_count(label.get("cardinality")) and label.get("cardinality"), f"cardinality {label.get('cardinality')!r}")
    need_unique((label.get("label") for label in labels), "label")


def need_echo(value, found, asked):
    """The limit comes back, and holds."""
    limit = asked.number("limit", asked.number("field_limit", 1000))
    need(is_count(value.get("limit")), f"limit {value.get('limit')!r} is no count")
    need(limit is None or value.get("limit") == (limit or 1000), f"limit {value.get('limit')} for {limit}")
    need(len(found) <= value.get("limit"), f"{len(found)} for a limit of {value.get('limit')}")


def check_detected_fields(value, asked):
    need_object(value, "answer", [], ["fields", "limit"])
    need(len(value) in (0, 2), "fields and limit come together")
    fields = value.get("fields", [])
    need_list(fields, "fields")
    for field in fields:
        need_object(field, "field", ["label", "type", "cardinality", "parsers"],
                    ["label", "type", "cardinality", "parsers", "jsonPath"])
        need(isinstance(field.get("label"), str) and field.get("label"), f"label {field.get('label')!r}")
        need(field.get("type") in FIELD_TYPES, f"type {field.get('type')!r}")
        need(is_count(field.get("cardinality")), "cardinality is no count")
        parsers = field.get("parsers")
        if parsers is not None:
            need_texts(parsers, "parsers")
            need(parsers and set(parsers) <= {"json", "logfmt"}, f"parsers {parsers!r}")
        if "jsonPath" in field.keys():
            need_texts(field.get("jsonPath"), "jsonPath", unique=False)
            need(field.get("jsonPath") and "json" in (parsers or []), "a path without JSON")
    need_unique((field.get("label") for field in fields), "field")
    if value:
        need_echo(value, fields, asked)


def check_detected_values(value, asked):
    need_object(value, "answer", [], ["values", "limit"])
    need(len(value) in (0, 2), "values and limit come together")
    if value:
        need_texts(value.get("values"), "values")
        need_echo(value, value.get("values"), asked)


def check_patterns(value, _asked):
    need_object(value, "answer", ["status", "data"])
    need(value.get("status") == "success", "status is not success")
    need_list(value.get("data"), "data")
    for pattern in value.get("data"):
        need_object(pattern, "pattern", ["pattern", "level", "samples"])
        need(isinstance(pattern.get("pattern"), str) and isinstance(pattern.get("level"), str), "pattern's types")
        need("<_><_>" not in pattern.get("pattern"), "two captures touch")
        samples = pattern.get("samples")
        need_list(samples, "samples")
        need(samples, "a pattern without samples")
        for sample in samples:
            need_list(sample, "sample")
            need(len(sample) == 2 and is_count(sample[0]) and is_count(sample[1]), f"sample {sample}")
        seconds = [second for second, _ in samples]
        need(seconds == sorted(set(seconds)), "samples not ascending")
    need_unique(([pattern.get("pattern"), pattern.get("level")] for pattern in value.get("data")), "pattern")


def is_duration(value):
    return duration_ns(value) is not None


def is_size(value):
    return isinstance(value, str) and re.fullmatch(r"\d+(\.\d+)?[KMGTP]?B", value)


def is_flag(value):
    return isinstance(value, bool)


def is_text_list(value):
    return isinstance(value, list) and not isinstance(value, Members) and all(isinstance(text, str) for text in value)


def is_object(value):
    return isinstance(value, Members)


def is_list(value):
    return isinstance(value, list) and not isinstance(value, Members)


# The limits that are published unless the server is told otherwise.
LIMITS = {
    "discover_log_levels": is_flag, "discover_service_name": is_text_list, "log_level_fields": is_text_list,
    "max_entries_limit_per_query": is_count, "max_line_size_truncate": is_flag, "max_query_bytes_read": is_size,
    "max_query_length": is_duration, "max_query_lookback": is_duration, "max_query_range": is_duration, "max_query_series": is_count,
    "metric_aggregation_enabled": is_flag, "otlp_config": is_object, "pattern_persistence_enabled": is_flag, "query_timeout": is_duration,
    "retention_period": is_duration, "retention_stream": is_list, "volume_enabled": is_flag, "volume_max_series": is_count}


def check_drilldown(value, _asked):
    need_object(value, "answer", ["limits", "pattern_ingester_enabled", "version"])
    need(isinstance(value.get("limits"), Members), "limits are no object")
    for name, limit in value.get("limits"):
        need(LIMITS.get(name, lambda _: True)(limit), f"limit {name} is {limit!r}")
    need(isinstance(value.get("pattern_ingester_enabled"), bool), "pattern_ingester_enabled is no boolean")
    need(isinstance(value.get("version"), str) and value.get("version"), f"version {value.get('version')!r}")


def check_evaluation(value, where):
    need(rfc3339_ns(value.get("lastEvaluation")) is not None, f"{where}: lastEvaluation {value.get('lastEvaluation')!r}")
    need(is_number(value.get("evaluationTime")), f"{where}: evaluationTime is no number")


def check_alerts(alerts):
    need_list(alerts, "alerts")
    for alert in alerts:
        need_object(alert, "alert", ["labels", "annotations", "state", "activeAt", "value"])
        need_labels(alert.get("labels"), "alert's labels")
        need_labels(alert.get("annotations"), "alert's annotations")
        need(alert.get("labels").get("alertname"), "an alert without a name")
        need(alert.get("state") in ("firing", "pending", "inactive"), f"state {alert.get('state')!r}")
        need(rfc3339_ns(alert.get("activeAt")) is not None, f"activeAt {alert.get('activeAt')!r}")
        need(isinstance(alert.get("value"), str) and ALERT_VALUE.match(alert.get("value")), f"value {alert.get('value')!r}")
    need_unique((alert.get("labels") for alert in alerts), "alert")


def check_rule(rule):
    need(isinstance(rule, Members), "rule: no object")
    alerting = rule.get("type") == "alerting"
    need(alerting or rule.get("type") == "recording", f"type {rule.get('type')!r}")
    own = (["state"], ["duration"], ["annotations", "alerts"]) if alerting else ([], [], [])
    need_object(rule, "rule", [*own[0], "name", "query", *own[1], "labels", *own[2], "health", "lastError", "type", "lastEvaluation",
                               "evaluationTime"])
    for key in ("name", "query", "lastError"):
        need(isinstance(rule.get(key), str), f"rule: {key} is no string")
    need(rule.get("health") in ("ok", "err", "unknown"), f"health {rule.get('health')!r}")
    need_labels(rule.get("labels"), "rule's labels")
    check_evaluation(rule, "rule")
    if alerting:
        need(rule.get("state") in ("firing", "pending", "inactive"), f"state {rule.get('state')!r}")
        need(is_number(rule.get("duration")), "duration is no number")
        need_labels(rule.get("annotations"), "rule's annotations")
        check_alerts(rule.get("alerts"))


def check_rule_envelope(value, key):
    need_object(value, "answer", ["status", "data", "errorType", "error"])
    need(value.get("status") == "success", "status is not success")
    need(value.get("errorType") == "" and value.get("error") == "", "an error of a success")
    need_object(value.get("data"), "data", [key])
    need_list(value.get("data").get(key), key)
    return value.get("data").get(key)


def check_rule_state(value, _asked):
    groups = check_rule_envelope(value, "groups")
    for group in groups:
        need_object(group, "group", ["name", "file", "rules", "interval", "limit", "lastEvaluation", "evaluationTime"])
        need(isinstance(group.get("name"), str) and isinstance(group.get("file"), str), "group's names")
        need(is_number(group.get("interval")) and is_number(group.get("limit")), "group's numbers")
        check_evaluation(group, "group")
        need_list(group.get("rules"), "rules")
        for rule in group.get("rules"):
            check_rule(rule)
    need_unique(([group.get("file"), group.get("name")] for group in groups), "group")


def check_alert_state(value, _asked):
    check_alerts(check_rule_envelope(value, "alerts"))


GROUP_KEYS = {"name", "interval", "rules", "source_tenants", "evaluation_delay", "query_offset", "align_evaluation_time_on_interval",
              "limit"}
RULE_KEYS = {"record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"}


def check_group_yaml(group):
    need(isinstance(group, dict) and set(group) <= GROUP_KEYS, f"group {group!r}")
    need(isinstance(group.get("name"), str), "a group without a name")
    need("interval" not in group or is_duration(group["interval"]), f"interval {group.get('interval')!r}")
    need(isinstance(group.get("rules", []), list), "rules are no list")
    for rule in group.get("rules", []):
        need(isinstance(rule, dict) and set(rule) <= RULE_KEYS, f"rule {rule!r}")
        need(("record" in rule) != ("alert" in rule) and "expr" in rule, f"rule {rule!r}")
        for key in ("for", "keep_firing_for"):
            need(key not in rule or is_duration(rule[key]), f"{key} {rule.get(key)!r}")
        for key in ("labels", "annotations"):
            need(all(isinstance(text, str) for text in rule.get(key, {}).values()), f"{key} {rule.get(key)!r}")


def check_rule_yaml(body, asked):
    if yaml is None:
        return
    try:
        value = yaml.safe_load(body.decode("utf-8", "strict"))
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise ShapeError(f"not YAML: {error}") from error
    if re.fullmatch(r".*/rules/[^/]+/[^/]+", asked.path):
        check_group_yaml(value)
        return
    need(isinstance(value, dict) and value, "no namespaces")
    for groups in value.values():
        need(isinstance(groups, list), "a namespace is no list of groups")
        for group in groups:
            check_group_yaml(group)


def check_rules(asked, status, headers, body):
    """The rules themselves: YAML to read, JSON when they are changed."""
    kind = headers.get("content-type", "")
    if asked.method == "GET":
        need(status == 200, f"status {status}")
        need("yaml" in kind, f"rules are {kind!r}")
        check_rule_yaml(body, asked)
        return
    need(200 <= status < 300, f"status {status}")
    need("json" in kind, f"an answer is {kind!r}")
    need(isinstance(parse(body), Members), "no object")


def check_nothing(_value, _asked):
    raise ShapeError("an answer where none was expected")


def check_build_info(value, _asked):
    need_object(value, "answer", ["version", "revision", "branch", "buildUser", "buildDate", "goVersion"])
    need(all(isinstance(text, str) for _, text in value), "not all strings")


def check_format_query(value, _asked):
    need_object(value, "answer", ["status", "data"])
    need(value.get("status") == "success" and isinstance(value.get("data"), str), "format_query's types")


RULE_STATE = r"/prometheus/api/v1/(rules|alerts)"
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
    (r"/(loki/api/v1|api/prom)/tail", check_nothing),
    (r"/(loki/api/v1|api/prom)/rules(/.*)?", check_rules),
    (r"/prometheus/api/v1/rules", check_rule_state),
    (r"/prometheus/api/v1/alerts", check_alert_state),
]


class Asked:
    """What a request was."""

    def __init__(self, method, target, headers, body=None):
        parts = urllib.parse.urlsplit(target)
        self.method = method
        # A server may have a prefix in front of every path.
        known = re.search(r"/(loki/api/v1|api/prom|prometheus/api/v1)/.*", parts.path)
        self.path = known.group(0) if known else parts.path
        self.headers = {name.lower(): value for name, value in (headers or {}).items()}
        self.parameters = urllib.parse.parse_qs(parts.query)
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded") and body:
            text = body.decode() if isinstance(body, bytes) else body
            if isinstance(text, str):
                self.parameters.update(urllib.parse.parse_qs(text))

    def text(self, name, default=""):
        return self.parameters.get(name, [default])[0]

    def number(self, name, default):
        """Nothing if what was asked is no number."""
        text = self.text(name)
        return default if text == "" else int(text) if re.fullmatch(r"-?\d+", text) else None

    def time(self, name):
        """Nanoseconds; nothing if it was not asked for, or in a form that leaves doubt."""
        text = self.text(name)
        if re.fullmatch(r"\d+", text):
            return int(text) * (10**9 if len(text) <= 10 else 1)
        if re.fullmatch(r"\d+\.\d+", text):
            return round(float(text) * 1000) * MS
        return rfc3339_ns(text)

    def duration(self, name):
        text = self.text(name)
        return round(float(text) * 10**9) if re.fullmatch(r"\d+(\.\d+)?", text) else duration_ns(text)


def unpacked(headers, body):
    encoding = headers.get("content-encoding")
    if encoding == "gzip":
        return gzip.decompress(body)
    if encoding == "deflate":
        return zlib.decompress(body)
    need(encoding is None, f"Content-Encoding {encoding!r}")
    return body


def check_error(asked, found, status, headers, body):
    kind = headers.get("content-type", "")
    need("content-encoding" not in headers, "an error is compressed")
    if found is check_format_query and status == 400:
        need(kind.startswith(JSON_TYPE), f"format_query's error is {kind!r}")
        return
    if re.fullmatch(RULE_STATE, asked.path) and kind.startswith(JSON_TYPE):
        value = parse(body)
        need_object(value, "error", ["status", "data", "errorType", "error"])
        need(value.get("status") == "error" and value.get("data") is None, "an error's status and data")
        need(all(isinstance(value.get(key), str) and value.get(key) for key in ("errorType", "error")), "an error's texts")
        return
    need(kind.startswith("text/plain"), f"an error is {kind!r}")
    need(headers.get("x-content-type-options") == "nosniff", "an error may be sniffed")
    need(not body.startswith(b"{"), "an error looks like JSON")
    need(not body.lstrip().startswith(b"<"), "an error looks like HTML")


def check(asked, status, headers, body):
    """`headers` with names in lower case. Raises ShapeError."""
    found = next((run for pattern, run in CHECKS if re.fullmatch(pattern, asked.path)), None)
    methods = ("GET", "POST", "DELETE") if found is check_rules else ("GET", "POST")
    if found is None or asked.method not in methods or status in (405, 501):
        return
    if status >= 400:
        check_error(asked, found, status, headers, body)
        return
    if found is check_rules:
        check_rules(asked, status, headers, unpacked(headers, body))
        return
    need(status == 200, f"status {status}")
    kind = headers.get("content-type", "")
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

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a small data folder in the present formats, for tests/integration/test_golden_data.py: every later version must read it.
It has segments of every codec with and without filters, a merged one, lines in the log alone, patterns, rules, an alert that waits,
a delete request that was processed and one that was not.
Run it when a format changes, with a new name, and keep the old ones.

usage: tools/make_golden_data.py NAME [--skald build/skald]   writes tests/golden/data/NAME.tar.gz and NAME.json.gz"""
import argparse
import glob
import gzip
import json
import os
import re
import sys
import tarfile
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, os.path.join(ROOT, "tests", "integration"))

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("name")
parser.add_argument("--skald", default="build/skald")
options = parser.parse_args()
os.environ["SKALD_BINARY"] = os.path.abspath(options.skald)

from skald_server import SkaldServer, wait_for  # noqa: E402

BEGIN = 1_767_225_600_000_000_000  # 2026-01-01
TENANTS = ("alpha", "beta")
CODECS = ("none", "gzip", "lz4", "snappy", "flate", "zstd")
FLAGS = ["-auth.enabled=true", "-validation.reject-old-samples=false",
         "-pattern-ingester.enabled=true", "-pattern-ingester.retain-for=10000d"]
EAGER = ["-compactor.compaction-interval=100ms", "-compactor.merge-segments=2", "-compactor.merge-after=0s",
         "-compactor.retention-delete-delay=0s", "-compactor.delete-request-cancel-period=0s"]
RULES = """name: g
interval: 1s
rules:
- {alert: Waits, expr: 'vector(1) > 0', for: 1000000h}
- {alert: Fires, expr: 'vector(2) > 0', annotations: {summary: of the golden data}}
- {record: r, expr: 'vector(1)'}
"""
KEPT = ("chunks", "wal", "patterns", "catalog", "rules", "alerts.state")


def push(server, expected, part, minutes):
    """Lines of all kinds: long, empty, binary-like, with metadata, equal times, out of order."""
    for tenant in TENANTS:
        streams = []
        for stream in range(3):
            labels = {"app": "golden", "part": part, "s": str(stream)}
            values = []
            for number in (2, 0, 1, 3, 3, 4, 5):
                when = BEGIN + minutes * 60 * 10**9 + number * 1000
                line = {0: "", 1: "x" * 3000, 2: 'level=info msg="Grüße \\u0001 ✓"'}.get(number, f"{tenant} {part} line {number} took {number * 7}ms")
                metadata = {"trace_id": f"{number:08x}", "user": tenant} if number % 2 else {}
                values.append((when, line, metadata))
            streams.append((labels, values))
            for when, line, metadata in sorted(set((w, l, json.dumps(m)) for w, l, m in values)):
                expected.append({"tenant": tenant, "part": part, "s": str(stream), "time": str(when), "line": line,
                                 "metadata": json.loads(metadata)})
        answer = server.push(streams, {"X-Scope-OrgID": tenant})
        assert answer.status == 204, answer.text


def ask_to_delete(server, tenant, query, minutes):
    """Lines up to that minute; the request's id."""
    end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(BEGIN // 10**9 + minutes * 60 + 1))
    answer = server.request("POST", "/loki/api/v1/delete", headers={"X-Scope-OrgID": tenant},
                            params={"query": query, "start": str(BEGIN // 10**9), "end": end})
    assert answer.status == 204, answer.text
    return answer.headers["x-delete-request-id"]


def statuses(server, tenant):
    return {each["request_id"]: each["status"] for each in server.get("/loki/api/v1/delete", headers={"X-Scope-OrgID": tenant}).json}


def merge_and_delete(server):
    """All segments so far become one, without some lines of one tenant."""
    server.flags = [*FLAGS, *EAGER]
    server.start()
    request = ask_to_delete(server, "beta", '{app="golden"} |= "line 3"', 10)
    wait_for("the request", lambda: statuses(server, "beta")[request] == "processed")
    wait_for("the merge", lambda: len(glob.glob(f"{server.folder}/data/chunks/segments/*.seg")) == 1)
    server.stop()


def alerts(server):
    """One that waits and one that fires, with the times of their begin."""
    made = server.request("POST", "/loki/api/v1/rules/space", RULES, {"X-Scope-OrgID": "alpha"})
    assert made.status == 202, made.text
    found = wait_for("alerts", lambda: server.get("/prometheus/api/v1/alerts", headers={"X-Scope-OrgID": "alpha"}).json["data"]["alerts"])
    return {alert["labels"]["alertname"]: (alert["state"], alert["activeAt"]) for alert in found}


def patterns(server, tenant):
    found = server.get("/loki/api/v1/patterns", {"query": '{app="golden"}', "start": BEGIN, "end": BEGIN + 3600 * 10**9},
                       {"X-Scope-OrgID": tenant}).json["data"]
    return {each["pattern"]: sum(count for _, count in each["samples"]) for each in found}


def make(server):
    lines = []
    for number, codec in enumerate(CODECS):
        server.flags = [*FLAGS, f"-ingester.chunk-encoding={codec}", f"-ingester.block-filters={'true' if number % 2 else 'false'}"]
        server.start()
        push(server, lines, codec, number)
        server.flush()
        server.stop()
        if number == 1:
            merge_and_delete(server)
            lines = [line for line in lines if line["tenant"] != "beta" or "line 3" not in line["line"]]
    server.flags = FLAGS
    server.start()
    began = alerts(server)
    push(server, lines, "log", 21)
    expected = {"patterns": {tenant: patterns(server, tenant) for tenant in TENANTS}, "alerts": began}
    server.stop()  # Patterns and alerts are written now.
    server.start()
    push(server, lines, "log2", 22)
    ask_to_delete(server, "alpha", '{app="golden"} |= "line 4"', 30)
    lines = [line for line in lines if line["tenant"] != "alpha" or "line 4" not in line["line"]]
    expected |= {"lines": lines, "deletes": {tenant: statuses(server, tenant) for tenant in TENANTS}}
    server.kill()
    folder = os.path.join(ROOT, "tests", "golden", "data")
    os.makedirs(folder, exist_ok=True)
    with tarfile.open(os.path.join(folder, f"{options.name}.tar.gz"), "w:gz") as tar:
        for kept in KEPT:
            path = os.path.join(server.folder, "data", kept)
            if os.path.exists(path):
                tar.add(path, kept, filter=lambda info: None if re.search("/(LOG.*|LOCK|lock)$", info.name) else info)
    with gzip.open(os.path.join(folder, f"{options.name}.json.gz"), "wt") as file:
        json.dump(expected, file)
    print(f"{len(lines)} lines, {os.path.getsize(os.path.join(folder, options.name + '.tar.gz'))} bytes, {expected['deletes']}")


def main():
    server = SkaldServer(FLAGS)
    os.makedirs(os.path.join(server.folder, "data", "wal"))
    with open(os.path.join(server.folder, "data", "wal", "instance"), "w") as file:
        file.write("golden")  # Else it would be the name of this machine; the first start makes the present format of it.
    try:
        make(server)
    finally:
        server.__exit__()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a small data folder in the present formats, for tests/integration/test_golden_data.py: every later version must read it.
Run it when a format changes, with a new name, and keep the old ones.

usage: tools/make_golden_data.py NAME [--skald build/skald]   writes tests/golden/data/NAME.tar.gz and NAME.json.gz"""
import argparse
import gzip
import json
import os
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

from skald_server import SkaldServer  # noqa: E402

BEGIN = 1_767_225_600_000_000_000  # 2026-01-01
TENANTS = ("alpha", "beta")
CODECS = ("none", "gzip", "lz4", "snappy", "flate", "zstd")
FLAGS = ["-auth.enabled=true", "-common.ring.instance-id=golden", "-validation.reject-old-samples=false",
         "-pattern-ingester.enabled=true", "-pattern-ingester.retain-for=10000d"]
KEPT = ("chunks", "wal", "patterns", "catalog", "deletes")


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


def main():
    expected = []
    with SkaldServer(FLAGS) as server:
        server.stop()
        for number, codec in enumerate(CODECS):
            merged = codec == "zstd"
            server.flags = [*FLAGS, f"-ingester.chunk-encoding={codec}", f"-ingester.block-filters={'true' if number % 2 else 'false'}"]
            server.start()
            push(server, expected, codec, number)
            server.flush()
            server.stop()
            if merged:  # All but what comes now is merged.
                server.flags += ["-compactor.compaction-interval=100ms", "-compactor.merge-segments=2", "-compactor.retention-delete-delay=0s"]
                server.start()
                time.sleep(3)
                server.stop()
        server.flags = FLAGS
        server.start()
        push(server, expected, "single", 20)
        server.flush()
        push(server, expected, "log", 21)
        server.kill()
        folder = os.path.join(ROOT, "tests", "golden", "data")
        os.makedirs(folder, exist_ok=True)
        with tarfile.open(os.path.join(folder, f"{options.name}.tar.gz"), "w:gz") as tar:
            for kept in KEPT:
                path = os.path.join(server.folder, "data", kept)
                if os.path.exists(path):
                    tar.add(path, kept, filter=lambda info: None if info.name.endswith(("/LOG", "/LOG.old", "/lock")) else info)
    with gzip.open(os.path.join(folder, f"{options.name}.json.gz"), "wt") as file:
        json.dump(expected, file)
    print(f"{len(expected)} lines, {os.path.getsize(os.path.join(folder, options.name + '.tar.gz'))} bytes")


if __name__ == "__main__":
    main()

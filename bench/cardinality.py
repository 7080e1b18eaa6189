#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pushes a million streams to one tenant, a line each, with the limit raised: memory, the rate beside that of a thousand streams,
and whether queries answer.

usage: bench/cardinality.py [--skald build/skald] [--streams 1000000]"""
import argparse
import concurrent.futures
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "integration"))

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--skald", default="build/skald")
parser.add_argument("--streams", type=int, default=1_000_000)
parser.add_argument("--memory-limit", default="1GB")
options = parser.parse_args()
os.environ["SKALD_BINARY"] = os.path.abspath(options.skald)

from skald_server import SkaldServer, now_ns  # noqa: E402

BATCH = 2000
WORKERS = 4
LINE = "GET /api/v1/items/%d HTTP/1.1 200 took 12ms from a client behind a proxy " + "x" * 100
FLAGS = ["-ingester.max-global-streams-per-user=0", "-distributor.ingestion-rate-limit-mb=100000",
         "-distributor.ingestion-burst-size-mb=100000", f"-memory.limit={options.memory_limit}", "-querier.max-query-series=100000"]


def status_kib(server, field):
    with open(f"/proc/{server.process.pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(field))


def body(first, streams):
    now = now_ns()
    return ('{"streams":[' + ",".join(
        f'{{"stream":{{"app":"many","pod":"pod-{number % streams}","zone":"{number % 7}"}},"values":[["{now}","{LINE % number}"]]}}'
        for number in range(first, first + BATCH)) + "]}").encode()


def push(server, count, streams):
    """Lines a second; only the server's time counts, as far as that can be told from here."""
    def run(worker):
        connection, spent, refused = server.connect(timeout=300), 0.0, 0
        for first in range(worker * BATCH, count, WORKERS * BATCH):
            data = body(first, streams)
            while True:
                begin = time.monotonic()
                connection.request("POST", "/loki/api/v1/push", data, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                text = answer.read()
                spent += time.monotonic() - begin
                if answer.status == 204:
                    break
                refused += 1
                if answer.status not in (429, 503):
                    sys.exit(f"{answer.status}: {text[:200]}")
                time.sleep(0.2)
        return spent, refused
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        results = list(pool.map(run, range(WORKERS)))
    return count / (sum(spent for spent, _ in results) / WORKERS), sum(refused for _, refused in results)


def cpu_seconds(server):
    with open(f"/proc/{server.process.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(server, name, count, streams):
    before = cpu_seconds(server)
    rate, refused = push(server, count, streams)
    cpu = cpu_seconds(server) - before
    print(f"{name}: {rate:,.0f} lines/s, {cpu / count * 1e6:.1f} CPU us a line, {refused} refused and tried again, "
          f"resident {status_kib(server, 'VmRSS') // 1024} MiB, peak {status_kib(server, 'VmHWM') // 1024} MiB", flush=True)
    return rate, cpu / count


def timed(server, name, path, params):
    begin = time.monotonic()
    answer = server.get(path, params)
    print(f"{name}: {answer.status} in {time.monotonic() - begin:.2f} s, {len(answer.body):,} bytes, "
          f"resident {status_kib(server, 'VmRSS') // 1024} MiB, peak {status_kib(server, 'VmHWM') // 1024} MiB", flush=True)
    return answer.status


def main():
    start = now_ns()
    with SkaldServer(FLAGS) as server:
        normal, normal_cpu = measure(server, "1000 streams", min(options.streams, 400_000), 1000)
    with SkaldServer(FLAGS) as server:
        many, many_cpu = measure(server, f"{options.streams:,} streams", options.streams, options.streams)
        span = {"start": start, "end": now_ns()}
        statuses = [
            timed(server, "one stream", "/loki/api/v1/query_range", {"query": '{app="many",pod="pod-77"}', **span}),
            timed(server, "rare text", "/loki/api/v1/query_range", {"query": '{app="many"} |= "items/4242 "', **span}),
            timed(server, "count of all", "/loki/api/v1/query", {"query": 'sum(count_over_time({app="many"}[1h]))'}),
            timed(server, "count by zone", "/loki/api/v1/query", {"query": 'sum by (zone) (count_over_time({app="many"}[1h]))'}),
            timed(server, "values of a label", "/loki/api/v1/label/zone/values", span)]
        peak = status_kib(server, "VmHWM") / 1024
        begin = time.monotonic()
        server.flush()
        print(f"flush {time.monotonic() - begin:.1f} s, resident {status_kib(server, 'VmRSS') // 1024} MiB")
    print(f"rate {many / normal:.0%} of normal by time, {normal_cpu / many_cpu:.0%} by CPU, peak {peak:.0f} MiB")
    good = many > 0.3 * normal and peak < 1229 and set(statuses) == {200}
    print("held" if good else "lost")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

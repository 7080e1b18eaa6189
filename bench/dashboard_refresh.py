#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a dashboard costs that is refreshed again and again: 20 panels over 24 hours.

Loads a day of lines, asks the panels once, and then once for each refresh with the range moved on by the
interval of the refreshes, while new lines come in. Prints the server's CPU time of the first load and of a
refresh, as a share of one core if it were done every 10 seconds; fails if that is more than --percent-max.
"""
import argparse
import http.client
import json
import os
import random
import sys
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "integration"))

DAY = 24 * 3600
LEVELS = ["info", "info", "info", "warn", "error"]
METRICS = [
    'sum by (level) (count_over_time({cluster="c"} | logfmt [1m]))',
    'sum by (app) (rate({cluster="c"}[5m]))',
    'sum(rate({cluster="c"} |= "error" [5m]))',
    'sum by (app) (bytes_rate({cluster="c"}[5m]))',
    'topk(5, sum by (app, pod) (count_over_time({cluster="c"}[5m])))',
    'quantile_over_time(0.99, {cluster="c", app="app-1"} | logfmt | unwrap took [5m]) by (app)',
    'avg_over_time({cluster="c", app="app-2"} | logfmt | unwrap took [5m]) by (app)',
    'sum by (status) (count_over_time({cluster="c"} | logfmt | status >= 400 [5m]))',
    'sum(count_over_time({cluster="c"} |~ "user=[0-9]*7 " [1m]))',
    'max_over_time({cluster="c", app="app-3"} | logfmt | unwrap took [1m]) by (pod)',
    'sum by (app) (count_over_time({cluster="c"} | logfmt | level="error" [5m])) / sum by (app) (count_over_time({cluster="c"}[5m]))',
    'sum by (pod) (count_over_time({app="app-4"}[1m]))',
    'sum(bytes_over_time({cluster="c"}[1h]))',
    'count(sum by (pod) (count_over_time({cluster="c"}[5m])))',
    'sum(count_over_time({cluster="c"} != "status=200" [5m]))',
    'absent_over_time({cluster="c", app="missing"}[5m])',
    'sum by (app) (sum_over_time({cluster="c", app=~"app-[0-3]"} | logfmt | unwrap took [5m]))',
]
LINES = ['{cluster="c"} |= "error"', '{cluster="c"} | logfmt | status=599', '{app="app-5"}']


class Client:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(self, path, **parameters):
        self.connection.request("GET", path + "?" + urllib.parse.urlencode(parameters))
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:300]}")
        return body

    def push(self, streams):
        body = json.dumps({"streams": streams}).encode()
        self.connection.request("POST", "/loki/api/v1/push", body, {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 204:
            raise RuntimeError(f"push: {answer.status} {text[:300]}")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def streams_of(args, random_source, first, seconds, every):
    """Lines of all streams from `first` on."""
    streams = []
    for number in range(args.streams):
        app = f"app-{number % 10}"
        values = []
        for second in range(0, seconds, every):
            level = random_source.choice(LEVELS)
            status = random_source.choice([200, 200, 200, 201, 404, 500])
            line = (f"level={level} msg=\"request done\" method=GET path=/api/v1/items/{random_source.randrange(10000)} "
                    f"status={status} took={random_source.random():.4f} user={random_source.randrange(5000)} trace={random_source.getrandbits(64):016x}")
            values.append([str(int((first + second) * 1e9) + number * 1000), line])
        streams.append({"stream": {"cluster": "c", "app": app, "pod": f"{app}-{number}"}, "values": values})
    return streams


def panels(client, end, step):
    total = 0
    for query in METRICS:
        total += len(client.ask("/loki/api/v1/query_range", query=query, start=(end - DAY) * 10**9, end=end * 10**9, step=step))
    for query in LINES:
        total += len(client.ask("/loki/api/v1/query_range", query=query, start=(end - DAY) * 10**9, end=end * 10**9, limit=100))
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skald", default=os.environ.get("SKALD_BINARY", "build/skald"))
    parser.add_argument("--streams", type=int, default=50)
    parser.add_argument("--every", type=int, default=10, help="seconds between the lines of a stream")
    parser.add_argument("--refreshes", type=int, default=12)
    parser.add_argument("--interval", type=int, default=10, help="seconds between refreshes")
    parser.add_argument("--step", type=int, default=60)
    parser.add_argument("--percent-max", type=float, default=float("inf"), help="of one core")
    parser.add_argument("--no-cache", action="store_true", help="for comparison")
    args = parser.parse_args()
    os.environ["SKALD_BINARY"] = os.path.abspath(args.skald)
    from skald_server import SkaldServer
    flags = ["-distributor.ingestion-rate-limit-mb=1000", "-distributor.ingestion-burst-size-mb=1000",
             "-ingester.per-stream-rate-limit=1GB", "-ingester.per-stream-rate-limit-burst=1GB"]
    if args.no_cache:
        flags.append("-querier.cache-results=false")
    with SkaldServer(flags=flags) as server:
        client = Client(server.port)
        source = random.Random(1)
        now = int(time.time())
        for hour in range(24):
            client.push(streams_of(args, source, now - DAY + hour * 3600, 3600, args.every))
        print(f"loaded {args.streams * DAY // args.every} lines of {args.streams} streams", flush=True)
        pid = server.process.pid

        before, started = cpu_seconds(pid), time.time()
        total = panels(client, now, args.step)
        print(f"first load: {cpu_seconds(pid) - before:.2f} s of CPU, {time.time() - started:.2f} s, {total / 1e6:.1f} MB", flush=True)

        spent, took, slowest = 0.0, 0.0, 0.0
        for refresh in range(1, args.refreshes + 1):
            end = now + refresh * args.interval
            client.push(streams_of(args, source, now + (refresh - 1) * args.interval, args.interval, args.every))
            before, started = cpu_seconds(pid), time.time()
            panels(client, end, args.step)
            spent += cpu_seconds(pid) - before
            took += time.time() - started
            slowest = max(slowest, time.time() - started)
        each = spent / args.refreshes
        print(f"a refresh: {each * 1000:.0f} ms of CPU = {100 * each / args.interval:.1f} % of one core every {args.interval} s "
              f"({took / args.refreshes * 1000:.0f} ms for {len(METRICS) + len(LINES)} panels one after the other, slowest {slowest * 1000:.0f} ms)")
    return 1 if 100 * each / args.interval > args.percent_max else 0


if __name__ == "__main__":
    sys.exit(main())

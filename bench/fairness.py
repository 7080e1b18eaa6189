#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether one tenant's heavy queries slow another tenant down.

Loads lines of two tenants. Measures the light tenant's queries and pushes alone, then while the heavy tenant
runs searches over all of its lines on several connections. Rounds of both kinds alternate, so that what else
the machine does meets both. Prints the medians and 99th percentiles and their ratios.
"""
import argparse
import http.client
import json
import multiprocessing
import os
import random
import sys
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "integration"))


class Client:
    def __init__(self, port, tenant):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.tenant = {"X-Scope-OrgID": tenant}

    def ask(self, query, start, end, **more):
        parameters = {"query": query, "start": int(start * 1e9), "end": int(end * 1e9), **more}
        self.connection.request("GET", "/loki/api/v1/query_range?" + urllib.parse.urlencode(parameters), headers=self.tenant)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{query}: {answer.status} {body[:300]}")

    def push(self, streams):
        self.connection.request("POST", "/loki/api/v1/push", json.dumps({"streams": streams}).encode(),
                                {"Content-Type": "application/json", **self.tenant})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 204:
            raise RuntimeError(f"push: {answer.status} {text[:300]}")


def lines(source, count, first, step):
    return [[str(int((first + i * step) * 1e9)),
             f"level=info msg=\"request done\" path=/api/v1/items/{source.randrange(10**6)} status=200 "
             f"took={source.random():.6f} user={source.randrange(10**6)} trace={source.getrandbits(128):032x}"] for i in range(count)]


def load(client, source, streams, count, now, hours):
    for number in range(streams):
        client.push([{"stream": {"app": f"app-{number % 5}", "pod": str(number)},
                      "values": lines(source, count, now - hours * 3600, hours * 3600 / count)}])


class Heavy:
    """Searches over everything until it is stopped; each query is a new one, so that nothing of it is known.
    Processes of their own, so that they don't take turns with whoever measures."""

    def __init__(self, port, connections, now):
        self.stopping = multiprocessing.Event()
        self.done = multiprocessing.Value("i", 0)
        self.processes = [multiprocessing.Process(target=self.run, args=(port, now, number)) for number in range(connections)]
        for process in self.processes:
            process.start()

    def run(self, port, now, number):
        client, source = Client(port, "heavy"), random.Random(number)
        while not self.stopping.is_set():
            text = f"user=[0-9]*{source.randrange(10**6)} .*trace=[0-9a-f]*{source.getrandbits(24):06x}"
            client.ask('{app=~".+"} |~ "' + text + '"', now - 7 * 3600, now, limit=10)
            with self.done.get_lock():
                self.done.value += 1

    def stop(self):
        self.stopping.set()
        for process in self.processes:
            process.join()
        return self.done.value


def measure(client, source, now, seconds, pause, queries, pushes):
    until = time.time() + seconds
    while time.time() < until:
        started = time.perf_counter()
        client.ask('{app="app-1"} |= "status=200" |= "' + str(source.randrange(100)) + '"', now - 3600, now, limit=100)
        queries.append(time.perf_counter() - started)
        started = time.perf_counter()
        client.push([{"stream": {"app": "live", "pod": str(i)}, "values": lines(source, 10, time.time(), 0.001)} for i in range(10)])
        pushes.append(time.perf_counter() - started)
        time.sleep(pause)


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--heavy-lines", type=int, default=600_000)
    parser.add_argument("--light-lines", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=8, help="of the heavy tenant")
    parser.add_argument("--seconds", type=float, default=4, help="of a round")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--pause", type=float, default=0.01, help="between the light tenant's requests")
    args = parser.parse_args()
    from skald_server import SkaldServer
    flags = ["-distributor.ingestion-rate-limit-mb=1000", "-distributor.ingestion-burst-size-mb=1000",
             "-ingester.per-stream-rate-limit=1GB", "-ingester.per-stream-rate-limit-burst=1GB"]
    with SkaldServer(flags=flags, config="auth_enabled: true\n") as server:
        source = random.Random(1)
        now = time.time()
        load(Client(server.port, "heavy"), source, 100, args.heavy_lines // 100, now, 6)
        light = Client(server.port, "light")
        load(light, source, 20, args.light_lines // 20, now, 2)
        measure(light, source, now, 1, args.pause, [], [])
        alone, beside, heavy_queries = ([], []), ([], []), 0
        for _ in range(args.rounds):
            measure(light, source, now, args.seconds, args.pause, *alone)
            heavy = Heavy(server.port, args.connections, now)
            time.sleep(0.3)
            measure(light, source, now, args.seconds, args.pause, *beside)
            heavy_queries += heavy.stop()
        print(f"{heavy_queries} heavy queries of {args.connections} connections")
        for name, quiet, busy in zip(("query", "push"), alone, beside):
            for label, share in (("p50", 0.5), ("p99", 0.99)):
                a, b = percentile(quiet, share), percentile(busy, share)
                print(f"{name} {label}: alone {a:.1f} ms, beside {b:.1f} ms, {b / a:.2f} times ({len(quiet)} and {len(busy)} requests)")


if __name__ == "__main__":
    main()

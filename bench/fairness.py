#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether one tenant's heavy queries or pushes slow another tenant down.

Loads lines of two tenants. Measures the light tenant's queries and pushes alone, then while the heavy tenant
runs searches over all of its lines, or pushes, on several connections. Rounds of both kinds alternate, so that what else
the machine does meets both. Prints percentiles, each the median over the rounds, and their ratios; the exit status tells
whether each 99th percentile stayed within twice the lone one.

All clients stand for other machines, but share the server's processors. So that the figures are the server's, the heavy
ones run only when nobody else wants to, and who measures is not kept waiting (`SCHED_FIFO`, where it may be had; alone and
beside alike). The server's threads get nothing of the kind.
"""
import argparse
import http.client
import json
import multiprocessing
import os
import random
import statistics
import sys
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "integration"))


MILLISECOND = "@" * 13  # Of a time, in a body that is made once.


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
        self.push_body(json.dumps({"streams": streams}).encode())

    def push_body(self, body):
        self.connection.request("POST", "/loki/api/v1/push", body,
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

    def __init__(self, port, connections, now, kind):
        self.work = self.search if kind == "queries" else self.store
        self.stopping = multiprocessing.Event()
        self.done = multiprocessing.Value("i", 0)
        self.processes = [multiprocessing.Process(target=self.run, args=(port, now, number)) for number in range(connections)]
        for process in self.processes:
            process.start()

    def run(self, port, now, number):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        client, source = Client(port, "heavy"), random.Random(number)
        streams = [{"stream": {"app": "heavy", "pod": f"{number}-{i}"},
                    "values": [[f"{MILLISECOND}{j:06d}", line] for j, (_, line) in enumerate(lines(source, 400, now, 0.001))]}
                   for i in range(5)]
        self.body = json.dumps({"streams": streams}).encode()
        while not self.stopping.is_set():
            self.work(client, source, now)
            with self.done.get_lock():
                self.done.value += 1

    def search(self, client, source, now):
        text = f"user=[0-9]*{source.randrange(10**6)} .*trace=[0-9a-f]*{source.getrandbits(24):06x}"
        client.ask('{app=~".+"} |~ "' + text + '"', now - 7 * 3600, now, limit=10)

    def store(self, client, source, _):
        """The same lines at new times, so that this side costs little."""
        try:
            client.push_body(self.body.replace(MILLISECOND.encode(), b"%d" % (time.time_ns() // 10**6)))
        except RuntimeError as error:
            if "503" not in str(error):
                raise
            time.sleep(0.05)

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


def go_first():
    """The calling process alone: what it starts runs like others."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    except PermissionError:
        print("without the right to go first: the times have the client's own waiting in them")


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skald", default="build/skald")
    parser.add_argument("--heavy", choices=["queries", "pushes"], default="queries")
    parser.add_argument("--heavy-lines", type=int, default=600_000)
    parser.add_argument("--light-lines", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=8, help="of the heavy tenant")
    parser.add_argument("--seconds", type=float, default=4, help="of a round")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--pause", type=float, default=0.01, help="between the light tenant's requests")
    args = parser.parse_args()
    os.environ["SKALD_BINARY"] = os.path.abspath(args.skald)
    from skald_server import SkaldServer
    flags = ["-distributor.ingestion-rate-limit-mb=1000", "-distributor.ingestion-burst-size-mb=1000",
             "-ingester.per-stream-rate-limit=1GB", "-ingester.per-stream-rate-limit-burst=1GB"]
    with SkaldServer(flags=flags, config="auth_enabled: true\n") as server:
        source = random.Random(1)
        now = time.time()
        load(Client(server.port, "heavy"), source, 100, args.heavy_lines // 100, now, 6)
        go_first()
        light = Client(server.port, "light")
        load(light, source, 20, args.light_lines // 20, now, 2)
        measure(light, source, now, 1, args.pause, [], [])
        alone, beside, heavy_done = [], [], 0
        for _ in range(args.rounds):
            alone.append(([], []))
            measure(light, source, now, args.seconds, args.pause, *alone[-1])
            heavy = Heavy(server.port, args.connections, now, args.heavy)
            time.sleep(0.5)
            beside.append(([], []))
            measure(light, source, now, args.seconds, args.pause, *beside[-1])
            heavy_done += heavy.stop()
            time.sleep(0.5)
        print(f"{heavy_done} heavy {args.heavy} of {args.connections} connections")
        worst = 0.0
        for kind, name in enumerate(("query", "push")):
            for label, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
                a, b = (statistics.median(percentile(each[kind], share) for each in rounds) for rounds in (alone, beside))
                worst = max(worst, b / a) if label == "p99" else worst
                print(f"{name} {label}: alone {a:.1f} ms, beside {b:.1f} ms, {b / a:.2f} times")
        print("held" if worst <= 2 else "lost")
        return 0 if worst <= 2 else 1


if __name__ == "__main__":
    sys.exit(main())

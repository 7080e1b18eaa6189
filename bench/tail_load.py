#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Many tails of one query: whether all are kept up with, how late lines are, what they cost ingest.

Pushes a fixed amount of other lines as fast as it can, and meanwhile lines that the tails see at a fixed rate; first
with nobody looking, then with the tails open. Of both phases it prints the rate of the other lines and the CPU time
of the server process (user and system) a GB of them. The tails are read by `tail_clients`, which does not parse what
it reads. The server has CPUs of its own (`--server-cpus`), pushers and readers the others, so that the rates are the
server's: what the kernel does to hand bytes to a reader is counted where it runs, on a loopback mostly at the sender.
"""
import argparse
import http.client
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "integration"))
LINES_A_PUSH = 5000


def pushed(connection, body):
    connection.request("POST", "/loki/api/v1/push", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 204:
        raise RuntimeError(f"{answer.status} {text[:200]}")


def body_of(app, lines, at):
    return json.dumps({"streams": [{"stream": {"app": app}, "values": [[str(at + i), line] for i, line in enumerate(lines)]}]}).encode()


def bulk(port, megabytes, ready, go, answer):
    """Pushes so much as fast as it can; the bodies are made before."""
    line = "x" * 150
    at = time.time_ns()
    count = megabytes * 1_000_000 // (len(line) * LINES_A_PUSH)
    bodies = [body_of("bulk", [line] * LINES_A_PUSH, at + n * LINES_A_PUSH) for n in range(count)]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    ready.set()
    go.wait()
    started = time.perf_counter()
    for body in bodies:
        pushed(connection, body)
    answer.put((time.perf_counter() - started, count * LINES_A_PUSH * len(line)))


def cpu_seconds(pid):
    """In the process's own code and in the kernel."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return [int(field) / os.sysconf("SC_CLK_TCK") for field in fields[11:13]]


class Phase:
    def __init__(self, server, args):
        ready, go, answer = multiprocessing.Event(), multiprocessing.Event(), multiprocessing.Queue()
        other = multiprocessing.Process(target=bulk, args=(server.port, args.bulk_mb, ready, go, answer))
        other.start()
        ready.wait()
        before = cpu_seconds(server.process.pid)
        go.set()
        self.sent, times, turns, started = 0, [], 0, time.time()
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        while answer.empty():
            at = time.time_ns()
            pushed(connection, body_of("tailed", [f"n={self.sent + i} pushed={at} " + "y" * 80 for i in range(int(args.rate * args.every))], at))
            times.append((time.time_ns() - at) / 1e6)
            self.sent += int(args.rate * args.every)
            turns += 1
            time.sleep(max(0, started + turns * args.every - time.time()))
        self.seconds, self.bytes = answer.get()
        self.own, self.kernel = (now - then for now, then in zip(cpu_seconds(server.process.pid), before))
        self.cpu = self.own + self.kernel
        other.join()
        self.push_ms = sorted(times)[len(times) // 2]

    def __str__(self):
        return (f"{self.bytes / self.seconds / 1e6:.0f} MB/s of other lines, {self.cpu / (self.bytes / 1e9):.2f} s CPU of the server a GB, "
                f"{self.cpu / self.seconds:.2f} cores; a push of tailed lines {self.push_ms:.1f} ms")


class Tails:
    def __init__(self, program, port, count, query):
        self.process = subprocess.Popen([program, str(port), str(count), query], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"

    def seen(self):
        self.process.stdin.write("?\n")
        self.process.stdin.flush()
        return [float(field) for field in self.process.stdout.readline().split()]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tails", type=int, default=1000)
    parser.add_argument("--rate", type=int, default=1000, help="lines a second that the tails see")
    parser.add_argument("--every", type=float, default=0.05, help="seconds between their pushes")
    parser.add_argument("--bulk-mb", type=int, default=600, help="of other lines, in each phase")
    parser.add_argument("--rounds", type=int, default=1, help="of both phases")
    parser.add_argument("--server-cpus", default="", help="as taskset has it; the clients get the others")
    args = parser.parse_args()
    from skald_server import SkaldServer
    program = os.path.join(tempfile.mkdtemp(prefix="skald-tails-"), "tail_clients")
    subprocess.run([os.environ.get("CXX", "clang++-19"), "-std=c++20", "-O2", os.path.join(HERE, "tail_clients.cc"), "-o", program], check=True)
    flags = ["-distributor.ingestion-rate-limit-mb=1000", "-distributor.ingestion-burst-size-mb=1000", "-ingester.per-stream-rate-limit=1GB",
             "-ingester.per-stream-rate-limit-burst=1GB", "-querier.max-concurrent-tail-requests=0"]
    with SkaldServer(flags=flags) as server:
        if args.server_cpus:
            subprocess.run(["taskset", "-a", "-c", "-p", args.server_cpus, str(server.process.pid)], check=True, stdout=subprocess.DEVNULL)
            taken = os.sched_getaffinity(server.process.pid)
            os.sched_setaffinity(0, os.sched_getaffinity(0) - taken)
        for _ in range(args.rounds):
            alone = Phase(server, args)
            print(f"alone:        {alone}", flush=True)
            tails = Tails(program, server.port, args.tails, '{app="tailed"}')
            time.sleep(4)  # Their history goes out first.
            tails.seen()
            beside = Phase(server, args)
            time.sleep(2)
            least, most, size, p50, p99 = tails.seen()
            tails.process.stdin.close()
            tails.process.wait()
            print(f"beside tails: {beside}")
            print(f"{args.tails} tails, {beside.sent} lines at {beside.sent / beside.seconds:.0f} a second: each saw {least:.0f} to {most:.0f}, "
                  f"{size / beside.seconds / 1e6:.0f} MB/s in all, delay p50 {p50:.0f} ms, p99 {p99:.0f} ms")
            print(f"with tails: {100 * (beside.bytes / beside.seconds / (alone.bytes / alone.seconds) - 1):+.1f} % ingest, "
                  f"{100 * (beside.cpu / alone.cpu - 1):+.1f} % CPU a GB; "
                  f"the tails cost {(beside.own - alone.own) / beside.seconds:.3f} cores of Skald's own, "
                  f"{(beside.kernel - alone.kernel) / beside.seconds:.3f} in the kernel", flush=True)


if __name__ == "__main__":
    main()

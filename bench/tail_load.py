#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Many tails of one query: whether all are kept up with, how late lines are, what they cost.

Lines that the tails see are pushed at a fixed rate all the time; the tails are read by `tail_clients`, which does not
parse what it reads. What they cost is told in two ways, which differ in where the clients are:

- *the server alone*: the CPU time that Skald takes (own code and kernel) while the tails run and nothing else is
  pushed, less the same without tails, as a share of all cores. That is what ingest loses at most when the clients are
  on other machines. What the kernel does to hand bytes to a reader on a loopback runs mostly at the sender, so it is
  in here.
- *all inclusive*: how much slower a fixed amount of other lines is taken, pushed as fast as can be, when the tails are
  open. Server, pushers and the tails' readers share the cores (but for `--server-cpus`), so this counts the readers too.

Rounds without and with tails alternate; each round with tails is compared with those before and after it.
With --check it fails if a tail misses a line, if the p99 of the delay is above 250 ms, or if the server alone takes more than
10 % of the machine for the tails.
"""
import argparse
import http.client
import json
import multiprocessing
import os
import statistics
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
    """Pushes so much as fast as it can; the bodies are made before. Answers with the times and the bytes."""
    line = "x" * 150
    at = time.time_ns()
    count = megabytes * 1_000_000 // (len(line) * LINES_A_PUSH)
    bodies = [body_of(f"bulk{os.getpid()}", [line] * LINES_A_PUSH, at + n * LINES_A_PUSH) for n in range(count)]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    ready.set()
    go.wait()
    started = time.monotonic()
    for body in bodies:
        pushed(connection, body)
    answer.put((started, time.monotonic(), count * LINES_A_PUSH * len(line)))


def cpu_seconds(pid):
    """In the process's own code and in the kernel."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return [int(field) / os.sysconf("SC_CLK_TCK") for field in fields[11:13]]


class Phase:
    """Lines for the tails, and beside them bulk, if there is any, or nothing for `quiet_seconds`."""

    def __init__(self, server, args, megabytes, quiet_seconds=0):
        go, answer = multiprocessing.Event(), multiprocessing.Queue()
        readies = [multiprocessing.Event() for _ in range(args.pushers if megabytes else 0)]
        others = [multiprocessing.Process(target=bulk, args=(server.port, megabytes // args.pushers, ready, go, answer)) for ready in readies]
        for other in others:
            other.start()
        for ready in readies:
            ready.wait()
        before, began = cpu_seconds(server.process.pid), time.monotonic()
        go.set()
        self.sent, times, turns, started = 0, [], 0, time.time()
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        while any(other.is_alive() for other in others) or time.monotonic() - began < quiet_seconds:
            at = time.time_ns()
            pushed(connection, body_of("tailed", [f"n={self.sent + i} pushed={at} " + "y" * 80 for i in range(int(args.rate * args.every))], at))
            times.append((time.time_ns() - at) / 1e6)
            self.sent += int(args.rate * args.every)
            turns += 1
            time.sleep(max(0, started + turns * args.every - time.time()))
        self.seconds = time.monotonic() - began
        self.own, self.kernel = ((now - then) / self.seconds for now, then in zip(cpu_seconds(server.process.pid), before))
        self.cores = self.own + self.kernel
        self.push_ms = sorted(times)[len(times) // 2]
        if others:
            pushes = [answer.get() for _ in others]
            self.rate = sum(push[2] for push in pushes) / (max(push[1] for push in pushes) - min(push[0] for push in pushes))
        for other in others:
            other.join()


class Tails:
    def __init__(self, program, port, count, query):
        self.process = subprocess.Popen([program, str(port), str(count), query], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"

    def seen(self):
        self.process.stdin.write("?\n")
        self.process.stdin.flush()
        return [float(field) for field in self.process.stdout.readline().split()]


def prepare(program, server, args):
    subprocess.run([os.environ.get("CXX", "clang++-19"), "-std=c++20", "-O2", os.path.join(HERE, "tail_clients.cc"), "-o", program], check=True)
    if args.server_cpus:
        subprocess.run(["taskset", "-a", "-c", "-p", args.server_cpus, str(server.process.pid)], check=True, stdout=subprocess.DEVNULL)
        os.sched_setaffinity(0, os.sched_getaffinity(0) - os.sched_getaffinity(server.process.pid))


def report_tails(what, args, phase, seen):
    least, most, size, p50, p99, latest = seen
    print(f"  {what}: {phase.sent} lines at {phase.sent / phase.seconds:.0f} a second, each of {args.tails} tails saw {least:.0f} to {most:.0f} "
          f"({size / phase.seconds / 1e6:.0f} MB/s in all); delay p50 {p50:.0f} ms, p99 {p99:.0f} ms, at most {latest:.0f} ms; "
          f"a push {phase.push_ms:.1f} ms")


def without_tails(server, args):
    quiet, beside = Phase(server, args, 0, args.quiet_seconds), Phase(server, args, args.bulk_mb)
    print(f"without tails: {beside.rate / 1e6:.0f} MB/s of other lines, {beside.cores:.2f} cores; alone {quiet.cores:.3f} cores", flush=True)
    return quiet, beside


def with_tails(program, server, args, faults):
    tails = Tails(program, server.port, args.tails, '{app="tailed"}')
    time.sleep(4)  # Their history goes out first.
    phases = []
    for what, megabytes, quiet_seconds in ("alone", 0, args.quiet_seconds), ("beside ingest", args.bulk_mb, 0):
        tails.seen()
        phases.append(Phase(server, args, megabytes, quiet_seconds))
        time.sleep(2)
        seen = tails.seen()
        report_tails(what, args, phases[-1], seen)
        if seen[0] < phases[-1].sent:
            faults.append(f"a tail missed {phases[-1].sent - seen[0]:.0f} lines {what}")
        if seen[4] > 250:
            faults.append(f"p99 of the delay {seen[4]:.0f} ms {what}")
    tails.process.stdin.close()
    tails.process.wait()
    quiet, beside = phases
    print(f"with tails:    {beside.rate / 1e6:.0f} MB/s of other lines, {beside.cores:.2f} cores; alone {quiet.cores:.3f} cores", flush=True)
    return quiet, beside


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--skald", default=os.environ.get("SKALD_BINARY", "build/skald"))
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--tails", type=int, default=1000)
    parser.add_argument("--rate", type=int, default=1000, help="lines a second that the tails see")
    parser.add_argument("--every", type=float, default=0.05, help="seconds between their pushes")
    parser.add_argument("--bulk-mb", type=int, default=600, help="of other lines, in each round")
    parser.add_argument("--pushers", type=int, default=2, help="of the other lines; one alone waits for the disk most of the time")
    parser.add_argument("--quiet-seconds", type=float, default=6, help="of each round without other lines")
    parser.add_argument("--rounds", type=int, default=2, help="with tails")
    parser.add_argument("--server-cpus", default="", help="as taskset has it; the clients get the others")
    args = parser.parse_args()
    os.environ["SKALD_BINARY"] = os.path.abspath(args.skald)
    from skald_server import SkaldServer
    program = os.path.join(tempfile.mkdtemp(prefix="skald-tails-"), "tail_clients")
    flags = ["-distributor.ingestion-rate-limit-mb=1000", "-distributor.ingestion-burst-size-mb=1000", "-ingester.per-stream-rate-limit=1GB",
             "-ingester.per-stream-rate-limit-burst=1GB", "-querier.max-concurrent-tail-requests=0"]
    losses, costs, faults = [], [], []
    with SkaldServer(flags=flags) as server:
        prepare(program, server, args)
        before = without_tails(server, args)
        for _ in range(args.rounds):
            beside = with_tails(program, server, args, faults)
            after = without_tails(server, args)
            losses.append(100 * (1 - 2 * beside[1].rate / (before[1].rate + after[1].rate)))
            costs.append([now - (one + other) / 2 for now, one, other in
                          ((getattr(phases, name) for phases in (beside[0], before[0], after[0])) for name in ("own", "kernel", "cores"))])
            before = after
    own, kernel, cores = (statistics.median(each) for each in zip(*costs))
    print(f"the server alone: {cores:.3f} cores for the tails ({own:.3f} of Skald's own, {kernel:.3f} in the kernel), "
          f"{100 * cores / os.cpu_count():.1f} % of the machine's {os.cpu_count()}")
    print(f"all inclusive: {statistics.median(losses):.1f} % of ingest lost to the tails and their readers (each round: {', '.join(f'{loss:.1f}' for loss in losses)})")
    if cores > 0.1 * os.cpu_count():
        faults.append("the server takes more than 10 % of the machine for the tails")
    if args.check:
        print("; ".join(faults) if faults else "all kept up with")
    return 1 if args.check and faults else 0


if __name__ == "__main__":
    sys.exit(main())

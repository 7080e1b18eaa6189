#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures a fresh Skald: ingest, memory, disk, queries from memory, from segments and from merged ones, a crash in mid-load,
many small connections, many streams. Prints figures beside what the machine can do in the same run.

The load is made from real logs: any folder of *.log files (--corpus)."""
import argparse
import json
import os
import re
import resource
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "integration"))
import skald_server  # noqa: E402
from skald_server import SkaldServer  # noqa: E402

FLAGS = ["-distributor.ingestion-rate-limit-mb=100000", "-distributor.ingestion-burst-size-mb=100000",
         "-ingester.per-stream-rate-limit=100GB", "-ingester.per-stream-rate-limit-burst=100GB",
         "-ingester.max-global-streams-per-user=0", "-querier.max-query-series=100000"]


def say(text):
    print(text, flush=True)


def run(command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


PARTS = ["standard", "merged", "crash", "recovery", "small", "streams", "large", "fields"]
FIELDS_WITHIN = 0.3  # Seconds, the first time and with nothing in any cache.


class Bench:
    def __init__(self, options):
        self.options = options
        self.work = os.path.join(HERE, "..", "build", "bench")
        os.makedirs(self.work, exist_ok=True)
        self.lokibench = self.compile("lokibench", ["-std=c++17", "-w"], ["-lsnappy"])
        self.paced_push = self.compile("paced_push", ["-std=c++20"], [])
        self.reference = self.compile("reference", ["-std=c++20"], ["-lsnappy", "-lzstd"])

    def compile(self, name, flags, libraries):
        source, binary = os.path.join(HERE, name + ".cc"), os.path.join(self.work, name)
        if not os.path.exists(binary) or os.path.getmtime(binary) < os.path.getmtime(source):
            subprocess.run(["clang++-19", "-O2", "-pthread", *flags, source, *libraries, "-o", binary], check=True)
        return binary

    def load_file(self, name, *arguments):
        """Each run generates anew: time stamps end now."""
        path = os.path.join(self.work, name)
        done = run([self.lokibench, "gen", "--corpus", self.options.corpus, "--out", path, *arguments])
        if done.returncode != 0:
            sys.exit(f"lokibench gen failed: {done.stderr or done.stdout}")
        with open(path + ".json") as file:
            return path, json.load(file)

    def push(self, server, path, connections=4):
        done = run([self.lokibench, "push", "--in", path, "--url", f"http://127.0.0.1:{server.port}/loki/api/v1/push",
                    "--conns", str(connections), "--pid", str(server.process.pid)])
        say("  " + done.stdout.strip().replace("\n", "\n  ") + done.stderr)
        return done

    def queries(self, server, path):
        say("  " + self.timed_queries(server, path).strip().replace("\n", "\n  "))

    def timed_queries(self, server, path, queries=None):
        done = run([self.lokibench, "query", "--file", queries or self.options.queries, "--base", f"http://127.0.0.1:{server.port}",
                    "--meta", path + ".json", "--runs", str(self.options.runs), "--pid", str(server.process.pid)])
        return done.stdout

    @staticmethod
    def memory_kib(server, field):
        with open(f"/proc/{server.process.pid}/status") as file:
            return int(re.search(field + r":\s+(\d+)", file.read()).group(1))

    @staticmethod
    def disk(server):
        files = [os.path.join(folder, name) for folder, _, names in os.walk(os.path.join(server.folder, "data"))
                 for name in names]
        segments = [path for path in files if path.endswith(".seg")]
        return sum(map(os.path.getsize, files)), sum(map(os.path.getsize, segments)), len(segments)

    def machine(self, path):
        say("this machine now, CPU seconds a GB (over protobuf bytes):")
        say("  " + run([self.reference, path]).stdout.strip().replace("\n", ", "))

    def standard(self):
        path, meta = self.load_file("push.bin", "--mb", str(self.options.mb), "--streams", "200")
        say(f"load: {meta['raw_bytes'] / 1e6:.0f} MB, {meta['lines']} lines, {meta['requests']} requests, {meta['streams']} streams")
        self.machine(path)
        with SkaldServer(FLAGS) as server:
            say("ingest, 4 connections:")
            self.push(server, path)
            say(f"  resident peak {self.memory_kib(server, 'VmHWM') / 1024:.0f} MiB")
            say("queries from memory:")
            self.queries(server, path)
            begin = time.monotonic()
            server.flush()
            total, in_segments, count = self.disk(server)
            say(f"flush: {time.monotonic() - begin:.2f} s; on disk {total / 1e6:.1f} MB, of it {in_segments / 1e6:.1f} MB in {count} segments")
            say("queries from segments:")
            self.queries(server, path)
            say(f"  resident {self.memory_kib(server, 'VmRSS') / 1024:.0f} MiB, peak {self.memory_kib(server, 'VmHWM') / 1024:.0f} MiB")
        return path, meta

    def merged(self):
        """What compaction costs and leaves, and queries on its large blocks, with nothing in any cache first."""
        path, meta = self.load_file("push.bin", "--mb", str(self.options.mb), "--streams", "200")
        say(f"merging {meta['raw_bytes'] / 1e6:.0f} MB:")
        self.machine(path)
        with SkaldServer(FLAGS) as server:
            self.push(server, path)
            server.flush()
            say(f"  {self.disk(server)[1] / 1e6:.1f} MB in {self.disk(server)[2]} segments before")
            server.stop()
            server.flags += ["-compactor.compaction-interval=1s", "-compactor.merge-after=0s", "-compactor.retention-delete-delay=0s"]
            server.start()
            self.wait_for_merges(server)
            seconds = self.cpu_seconds(server)
            say(f"  {self.disk(server)[1] / 1e6:.1f} MB in {self.disk(server)[2]} segments after, "
                f"{seconds / meta['raw_bytes'] * 1e9:.1f} CPU s a GB of lines")
            server.stop()
            server.start()
            say("queries from merged segments:")
            self.queries(server, path)

    def wait_for_merges(self, server):
        """Until a run of the compactor leaves everything as it was."""
        before, same = None, 0
        while same < 5:
            time.sleep(1)
            now = self.disk(server)[1:]
            same = same + 1 if now == before and self.idle(server) else 0
            before = now

    def idle(self, server):
        begin = self.cpu_seconds(server)
        time.sleep(0.2)
        return self.cpu_seconds(server) - begin < 0.05

    @staticmethod
    def cpu_seconds(server):
        with open(f"/proc/{server.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def crash(self, path, meta):
        say("kill -9 in mid-load, restart, load again (duplicates count once):")
        with SkaldServer(FLAGS) as server:
            pusher = threading.Thread(target=lambda: run([self.lokibench, "push", "--in", path, "--url",
                                                          f"http://127.0.0.1:{server.port}/loki/api/v1/push"]))
            begin = time.monotonic()
            pusher.start()
            time.sleep(self.options.crash_after)
            server.kill()
            pusher.join()
            begin = time.monotonic()
            server.start()
            say(f"  ready again after {time.monotonic() - begin:.2f} s, resident peak {self.memory_kib(server, 'VmHWM') / 1024:.0f} MiB")
            self.push(server, path)
            answer = server.get("/loki/api/v1/query", {"query": 'sum(count_over_time({env=~".+"}[3h]))',
                                                       "time": meta["end"] + 10**9}).json
            counted = int(answer["data"]["result"][0]["value"][1])
            say(f"  counted {counted} lines, pushed {meta['lines']}: {'equal' if counted == meta['lines'] else 'DIFFERENT'}")

    def recovery(self):
        """A full write-ahead log (as large as it can be before a segment is written), kill -9, restart."""
        say("kill -9 with a full write-ahead log, restart:")
        path, meta = self.load_file("full_log.bin", "--mb", "1000", "--streams", "200")
        with SkaldServer(FLAGS + ["-ingester.generation-memory-bytes=4GB", "-memory.ingest=5GB", "-memory.queries=1GB", "-memory.limit=16GB"]) as server:
            pusher = subprocess.Popen([self.lokibench, "push", "--in", path, "--url", f"http://127.0.0.1:{server.port}/loki/api/v1/push"],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            folder = os.path.join(server.folder, "data", "wal")
            size = 0
            while size < 250 * 2**20 and pusher.poll() is None:
                time.sleep(0.01)
                size = sum(entry.stat().st_size for entry in os.scandir(folder))
            server.kill()
            pusher.wait()
            server.flags = FLAGS  # With the memory of the default.
            begin = time.monotonic()
            server.start()
            ready = time.monotonic() - begin
            status = server.push([({"app": "after"}, [(time.time_ns(), "x")])]).status
            pushed = time.monotonic() - begin
            answer = server.get("/loki/api/v1/query", {"query": 'sum(count_over_time({env=~".+"}[3h]))', "time": meta["end"] + 10**9}).json
            say(f"  {size / 2**20:.0f} MiB of log: ready after {ready:.2f} s, a push answered {status} after {pushed:.2f} s, "
                f"{answer['data']['result'][0]['value'][1]} lines counted after {time.monotonic() - begin:.2f} s, "
                f"resident peak {self.memory_kib(server, 'VmHWM') / 1024:.0f} MiB")

    def small_pushes(self):
        say("500 connections, 10 KB a push:")
        path, _ = self.load_file("small.bin", "--mb", "100", "--streams", "500", "--req-kb", "10", "--streams-per-req", "1")
        with SkaldServer(FLAGS) as server:
            self.push(server, path, connections=500)
            self.sync_times(server)
        for rate in (1000, 2000, 4000):
            with SkaldServer(FLAGS) as server:
                say(f"500 connections in turn, {rate} pushes/s of 10 KB, latency from the moment when each is due:")
                say("  " + run([self.paced_push, path, str(server.port), "500", str(rate)]).stdout.strip())
                self.sync_times(server)

    @staticmethod
    def sync_times(server):
        metrics = server.get("/metrics").text
        total = float(re.search(r"skald_wal_sync_duration_seconds_sum (\S+)", metrics).group(1))
        buckets = re.findall(r'skald_wal_sync_duration_seconds_bucket\{le="([^"]+)"\} (\S+)', metrics)
        count = float(buckets[-1][1])
        p99 = next(limit for limit, below in buckets if float(below) >= 0.99 * count)
        if count:
            say(f"  {count:.0f} syncs, {total / count * 1e3:.2f} ms on average, 99 % of them below {float(p99) * 1e3:g} ms")

    def many_streams(self):
        count = 100_000
        say(f"{count} streams:")
        path, meta = self.load_file("streams.bin", "--mb", "60", "--streams", str(count), "--streams-per-req", "1000", "--req-kb", "500")
        with SkaldServer(FLAGS) as server:
            server.get("/ready")
            before = self.memory_kib(server, "VmRSS")
            self.push(server, path)
            after = self.memory_kib(server, "VmRSS")
            overhead = (after - before) * 1024 - meta["raw_bytes"]
            say(f"  resident {before / 1024:.0f} -> {after / 1024:.0f} MiB for {meta['raw_bytes'] / 1e6:.0f} MB of lines: "
                f"{overhead / meta['streams']:.0f} bytes a stream beyond its lines")

    def fields(self):
        """What Logs Drilldown asks for fields; false if an answer takes longer than it may."""
        path, meta = self.load_file("push.bin", "--mb", str(self.options.mb), "--streams", "200")
        say(f"detected fields of {meta['raw_bytes'] / 1e6:.0f} MB:")
        slow = []
        with SkaldServer(FLAGS) as server:
            self.push(server, path)
            for where in ("memory", "segments"):
                if where == "segments":
                    server.flush()
                    server.stop()
                    server.start()
                for line in self.timed_queries(server, path, os.path.join(HERE, "fields.tsv")).splitlines()[1:]:
                    name, status, size, first, median = line.split()[:5]
                    say(f"  {name} from {where}: {status}, {size} bytes, first {float(first) * 1e3:.1f} ms, median {float(median) * 1e3:.1f} ms")
                    if status != "200" or float(first) > FIELDS_WITHIN:
                        slow.append(f"{name} from {where}")
        say("  too slow: " + ", ".join(slow) if slow else "  none was too slow")
        return not slow

    def large(self):
        """The queries of one hour of `--mb`, alone and with many such hours before it: what is older must cost nothing."""
        hours = max(2, round(self.options.large_gb * 1000 / self.options.mb))
        end = time.time_ns()
        say(f"queries over the last hour of {hours}, each of {self.options.mb} MB ({hours * self.options.mb / 1000:.0f} GB):")

        def load(server, first):
            for hour in range(first, -1, -1):
                last, meta = self.load_file("hour.bin", "--mb", str(self.options.mb), "--streams", "200", "--seed", str(hour + 1),
                                            "--start-ns", str(end - (hour + 1) * 3600 * 10**9))
                if run([self.lokibench, "push", "--in", last, "--url", f"http://127.0.0.1:{server.port}/loki/api/v1/push"]).returncode != 0:
                    sys.exit("the load was refused")
                if hour % 10 == 0:
                    say(f"  {first - hour + 1} hours are in, {self.disk(server)[2]} segments, {self.disk(server)[0] / 1e9:.2f} GB on disk, "
                        f"resident peak {self.memory_kib(server, 'VmHWM') / 1024:.0f} MiB")
            server.flush()
            server.stop()
            server.start()
            rows = [line.split() for line in self.timed_queries(server, last).splitlines()[1:]]
            say(f"  after the queries: resident {self.memory_kib(server, 'VmRSS') / 1024:.0f} MiB, "
                f"peak {self.memory_kib(server, 'VmHWM') / 1024:.0f} MiB")
            return {row[0]: (float(row[3]), float(row[4])) for row in rows}

        with SkaldServer(FLAGS) as server:
            alone = load(server, 0)
        with SkaldServer(FLAGS) as server:
            among = load(server, hours - 1)
        say(f"  {'query':<22}{'alone: first, median ms':>26}{'among all':>18}{'times':>14}")
        for name, (first, median) in alone.items():
            more_first, more_median = among[name]
            say(f"  {name:<22}{first * 1e3:>18.1f}{median * 1e3:>8.1f}{more_first * 1e3:>10.1f}{more_median * 1e3:>8.1f}"
                f"{more_first / first:>8.1f}{more_median / median:>6.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skald", default="build/skald", help="the binary")
    parser.add_argument("--corpus", default="../shared/bench/corpus", help="folder with *.log files to make the load from")
    parser.add_argument("--queries", default=os.path.join(HERE, "queries.tsv"))
    parser.add_argument("--mb", type=int, default=500, help="size of the load")
    parser.add_argument("--runs", type=int, default=5, help="runs of each query")
    parser.add_argument("--crash-after", type=float, default=2.5, help="seconds of load before kill -9")
    parser.add_argument("--flag", action="append", default=[], help="for the server: --flag=-ingester.chunk-encoding=lz4")
    parser.add_argument("--large-gb", type=float, default=20, help="size of the load of `--only large`, which takes a while")
    parser.add_argument("--only", choices=PARTS, action="append")
    options = parser.parse_args()
    if not os.path.isdir(options.corpus):
        sys.exit(f"no folder {options.corpus}: give one with *.log files by --corpus")
    skald_server.SKALD = options.skald
    FLAGS.extend(options.flag)
    # One socket a connection: the default limit of 1024 descriptors is too low for some systems.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    wanted = options.only or [part for part in PARTS if part not in ("large", "fields")]
    bench = Bench(options)
    if "standard" in wanted:
        path, meta = bench.standard()
    if "merged" in wanted:
        bench.merged()
    if "crash" in wanted:
        if "standard" not in wanted:
            path, meta = bench.load_file("push.bin", "--mb", str(options.mb), "--streams", "200")
        bench.crash(path, meta)
    if "recovery" in wanted:
        bench.recovery()
    if "small" in wanted:
        bench.small_pushes()
    if "streams" in wanted:
        bench.many_streams()
    if "large" in wanted:
        bench.large()
    return 0 if "fields" not in wanted or bench.fields() else 1


if __name__ == "__main__":
    sys.exit(main())

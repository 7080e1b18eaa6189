#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Mixed work for a long time with faults at random: pushes of two tenants, queries, tails, flushes, merges, retention, deletes
with line filters; a disk that fails (EIO, ENOSPC) or is slow, kill -9, SIGTERM. An independent checker knows every line that was
acknowledged and every delete request that was, and looks for each line, for lines that are there twice and for deleted ones,
after every restart and at the end. Memory and descriptors must be flat at the end.

usage: soak.py [MINUTES]   (30; ./dev soak; a minute of it is a test)"""
import errno
import http.client
import os
import random
import socket
import sys
import threading
import time

from disk_faults import CHANGES, LIBRARY, SYNC, WRITE, DiskFaults
from known_lines import KnownLines
from skald_server import SkaldServer, now_ns

CONFIG = """
auth_enabled: true
limits_config:
  ingestion_rate_mb: 1000
  ingestion_burst_size_mb: 1000
  reject_old_samples: false
  retention_stream: [{selector: '{app="old"}', priority: 1, period: 24h}]
"""
FLAGS = ["-compactor.compaction-interval=500ms", "-compactor.merge-segments=3", "-compactor.retention-delete-delay=1s",
         "-compactor.delete-request-cancel-period=1s",
         "-ingester.generation-wal-bytes=4MB", "-ingester.generation-memory-bytes=8MB", "-ingester.generation-max-age=5s",
         "-pattern-ingester.enabled=true", "-memory.limit=256MB"]
TENANTS = ("one", "two")
SEGMENTS_OPEN_MAX = 256 + 64  # What the object store and RocksDB keep open at most.
QUIET = (OSError, http.client.HTTPException, AssertionError, KeyError)


class Soak:
    def __init__(self, seconds, seed, say=print):
        self.chance, self.say, self.seconds = random.Random(seed), say, seconds
        self.server = SkaldServer(FLAGS, CONFIG)
        self.faults = DiskFaults(self.server) if os.path.exists(LIBRARY) else None
        self.server.start()
        self.lines = {tenant: KnownLines(self.server, f"of-{tenant}", tenant) for tenant in TENANTS}
        self.done, self.paused, self.busy = threading.Event(), threading.Event(), threading.Semaphore(100)
        self.counts = {}
        self.samples = []  # (resident bytes, descriptors), each after a rest.

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def worker(self, step):
        chance = random.Random(self.chance.random())
        while not self.done.is_set():
            if self.paused.is_set():
                time.sleep(0.02)
                continue
            with self.busy:
                try:
                    step(chance)
                except QUIET:
                    self.count("broken requests")

    def push(self, chance):
        taken = self.lines[chance.choice(TENANTS)].push(chance.randint(1, 60), chance.choice([0, 50, 400]))
        self.count("pushes taken" if taken else "pushes refused")
        if chance.randrange(50) == 0:
            self.server.push([({"app": "old"}, [(now_ns() - 30 * 3600 * 10**9, "an old line")])], {"X-Scope-OrgID": "one"})
        time.sleep(0.005)

    def ask(self, chance):
        tenant = chance.choice(TENANTS)
        query = chance.choice([f'{{app="of-{tenant}"}}', f'{{app="of-{tenant}"}} |= "7"', f'sum by (s) (rate({{app="of-{tenant}"}}[10s]))'])
        answer = self.server.get("/loki/api/v1/query_range", {"query": query, "start": now_ns() - 60 * 10**9, "end": now_ns(),
                                                               "limit": 200, "step": "5s"}, {"X-Scope-OrgID": tenant})
        self.count(f"queries {answer.status}")
        time.sleep(0.05)

    def flush(self, chance):
        self.server.request("POST", "/flush")
        self.count("flushes")
        time.sleep(chance.uniform(0.2, 2))

    def delete(self, chance):
        taken = self.lines[chance.choice(TENANTS)].delete(f"{chance.randrange(100):02d}")
        self.count("deletes taken" if taken else "deletes refused")
        time.sleep(chance.uniform(0.3, 2))

    def tail(self, chance):
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=2) as client:
            client.sendall(b"GET /loki/api/v1/tail?query=%7Bapp%3D%22of-one%22%7D HTTP/1.1\r\nHost: x\r\nX-Scope-OrgID: one\r\n"
                           b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                           b"Sec-WebSocket-Key: c2thbGRza2FsZHNrYWxkcw==\r\n\r\n")
            until = time.monotonic() + chance.uniform(0.1, 2)
            while time.monotonic() < until and client.recv(65536):
                pass
        self.count("tails")

    def fault(self):
        kind = self.chance.choice(["EIO", "ENOSPC", "slow disk", "kill -9", "SIGTERM", "kill -9 on a failing disk"])
        self.count(kind)
        if kind in ("EIO", "ENOSPC") and self.faults:
            self.faults.set(CHANGES, error=getattr(errno, kind), per_million=self.chance.choice([1000, 20_000, 200_000, 1_000_000]))
            time.sleep(self.chance.uniform(0.2, 2))
            self.faults.off()
        elif kind == "slow disk" and self.faults:
            self.faults.set(WRITE | SYNC, delay_us=self.chance.choice([1000, 20_000]))
            time.sleep(self.chance.uniform(0.5, 2))
            self.faults.off()
        elif kind == "SIGTERM":
            assert self.server.stop(60) == 0, "an orderly stop failed"
        else:
            if "failing" in kind and self.faults:
                self.faults.set(CHANGES, error=errno.EIO, per_million=100_000)
                time.sleep(0.3)
            self.server.kill()
        if self.faults:
            self.faults.off()
        if self.server.process.poll() is not None:
            self.check(restart=True)

    def check(self, restart=False):
        """While nobody pushes."""
        self.paused.set()
        for _ in range(100):
            self.busy.acquire()
        try:
            if self.server.process.poll() is not None:
                self.server.start()
                self.count("starts")
            for tenant in TENANTS:
                self.lines[tenant].check()
                # No line of one tenant is seen by the other.
                other = self.server.get("/loki/api/v1/query_range", {"query": f'{{app=~"of-.*",app!="of-{tenant}"}}',
                                                                      "start": self.lines[tenant].start, "end": now_ns()},
                                        {"X-Scope-OrgID": tenant})
                assert other.status == 200 and not other.json["data"]["result"], "a tenant sees another one's lines"
            self.count("checks")
            if restart:
                for tenant in TENANTS:
                    self.forget_old(self.lines[tenant])
        finally:
            self.busy.release(100)
            self.paused.clear()

    @staticmethod
    def forget_old(lines, most=60_000):
        """So that a check takes no longer and longer: what was found just now is asked for no more."""
        if len(lines.sent) > most:
            lines.forget()

    def sample(self):
        """What the process holds when it has nothing to do."""
        self.paused.set()
        for _ in range(100):
            self.busy.acquire()
        time.sleep(2.5)
        pid = self.server.process.pid
        with open(f"/proc/{pid}/statm") as file:
            resident = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        self.samples.append((resident, *self.descriptors(pid)))
        self.busy.release(100)
        self.paused.clear()

    @staticmethod
    def descriptors(pid):
        """Of segments and the catalog's tables, which are kept open as a cache, and all others."""
        cached, others = 0, 0
        for name in os.listdir(f"/proc/{pid}/fd"):
            try:
                path = os.readlink(f"/proc/{pid}/fd/{name}")
            except FileNotFoundError:
                continue
            if "/chunks/" in path or path.endswith(".sst"):
                cached += 1
            else:
                others += 1
        return cached, others

    def calm(self, seconds):
        """No faults and no restarts: memory and descriptors are to be flat."""
        self.sample()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(max(seconds / 4, 2))
            self.sample()

    def run(self):
        steps = [self.push] * 3 + [self.ask] * 2 + [self.flush, self.tail, self.delete]
        threads = [threading.Thread(target=self.worker, args=(step,), daemon=True) for step in steps]
        for thread in threads:
            thread.start()
        begin = time.monotonic()
        try:
            calm = max(10.0, self.seconds * 0.25)
            while time.monotonic() < begin + self.seconds - calm:
                time.sleep(self.chance.uniform(0.5, 4))
                self.fault()
                if self.chance.randrange(4) == 0:
                    self.check()
            self.check()
            self.calm(calm)
            self.check()
        finally:
            self.done.set()
            for thread in threads:
                thread.join(70)
        self.say(", ".join(f"{what} {count}" for what, count in sorted(self.counts.items())))
        self.say("at rest: " + ", ".join(f"{resident >> 20} MiB, {cached} segments open and {others} other descriptors"
                                          for resident, cached, others in self.samples))
        # The first one is of a process that has just begun: its caches are empty, its segments not open.
        warm, last = self.samples[1], self.samples[-1]
        assert last[0] < max(warm[0] * 1.25, warm[0] + (48 << 20)), "memory grows"
        assert last[1] <= SEGMENTS_OPEN_MAX, "too many segments are kept open"
        assert last[2] <= warm[2] + 20, "descriptors grow"
        assert self.counts.get("deletes taken", 0) > 0, "no delete request was taken"
        assert self.counts.get("pushes taken", 0) > 10 * len(TENANTS), "hardly anything was taken"


def main():
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 30
    seed = random.randrange(1 << 30)
    print(f"{minutes:g} minutes, seed {seed}", flush=True)
    soak = Soak(minutes * 60, seed)
    try:
        soak.run()
        print("held: every acknowledged line is there once")
    finally:
        log = "".join(soak.server.log[-40:])
        soak.server.__exit__()
        if sys.exc_info()[0]:
            print(log)


if __name__ == "__main__":
    main()

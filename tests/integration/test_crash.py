# SPDX-License-Identifier: Apache-2.0
"""Kills the real process at random moments of a load and checks every acknowledged line.

Method: several threads push small batches with unique lines, one flushes now and then; the process
is killed after a random number of acknowledgements, while segments are merged all the time; it is started again on the same folder and asked for all lines. Each
acknowledged line must be there exactly once; a line whose push got no answer may be there once or not at all.
"""
import http.client
import json
import os
import random
import threading
import unittest

from skald_server import SkaldServer, now_ns

ROUNDS = int(os.environ.get("SKALD_CRASH_ROUNDS", "20"))
THREADS = 4
STREAMS = 7


class Pusher(threading.Thread):
    """Pushes batches until the connection breaks."""

    def __init__(self, server, name, seed, acknowledged):
        super().__init__()
        self.server, self.name, self.random, self.on_acknowledged = server, name, random.Random(seed), acknowledged
        self.sent, self.acknowledged = [], []

    def run(self):
        connection = self.server.connect()
        number = 0
        try:
            while True:
                batch = []
                for _ in range(self.random.randint(1, 40)):
                    number += 1
                    padding = "x" * self.random.choice([0, 10, 300])
                    batch.append((now_ns(), f"{self.name}-{number} {padding}", self.random.randrange(STREAMS)))
                streams = {}
                for time_ns, line, stream in batch:
                    streams.setdefault(stream, []).append([str(time_ns), line])
                body = json.dumps({"streams": [{"stream": {"app": "crash", "s": str(stream)}, "values": values}
                                               for stream, values in streams.items()]})
                lines = [line for _, line, _ in batch]
                self.sent += lines
                connection.request("POST", "/loki/api/v1/push", body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                response.read()
                if response.status == 204:
                    self.acknowledged += lines
                    self.on_acknowledged()
        except (OSError, http.client.HTTPException):
            return
        finally:
            connection.close()


class Crash(unittest.TestCase):
    def test_every_acknowledged_line_survives_kill_9(self):
        seed = random.randrange(1 << 30)
        print(f"seed {seed}")
        chance = random.Random(seed)
        sent, acknowledged = set(), set()
        start = now_ns()
        # Small generations and eager merging, so that kills hit a rewrite, too.
        flags = ["-compactor.compaction-interval=100ms", "-compactor.merge-segments=2",
                 "-compactor.retention-delete-delay=0s", "-ingester.generation-wal-bytes=1MB", "-ingester.chunks-block-size=16KB",
                 "-distributor.ingestion-rate-limit-mb=1000", "-distributor.ingestion-burst-size-mb=1000"]
        with SkaldServer(flags) as server:
            for round_number in range(ROUNDS):
                enough = threading.Semaphore(0)
                pushers = [Pusher(server, f"r{round_number}t{i}", chance.random(), enough.release) for i in range(THREADS)]
                for pusher in pushers:
                    pusher.start()
                flush_at = chance.randint(10, 150)
                for count in range(chance.randint(50, 300)):
                    enough.acquire(timeout=30)
                    if count == flush_at:
                        threading.Thread(target=self.flush_quietly, args=(server,), daemon=True).start()
                server.kill()
                for pusher in pushers:
                    pusher.join()
                    sent.update(pusher.sent)
                    acknowledged.update(pusher.acknowledged)
                server.start()
                self.check(server, start, sent, acknowledged)
            server.flush()
            self.check(server, start, sent, acknowledged)
            self.assertEqual(server.stop(), 0)
            server.start()
            self.check(server, start, sent, acknowledged)

    @staticmethod
    def flush_quietly(server):
        try:
            server.request("POST", "/flush")
        except (OSError, http.client.HTTPException):
            pass

    def check(self, server, start, sent, acknowledged):
        found = []
        end = now_ns()
        # Page through by time: each answer holds at most 5000 lines.
        for stream in range(STREAMS):
            begin = start
            while True:
                page = server.lines(f'{{app="crash", s="{stream}"}}', begin, end + 1)
                if len(page) < 5000:
                    found += [line for _, line in page]
                    break
                last = page[-1][0]
                found += [line for time_ns, line in page if time_ns < last]
                begin = last
        self.assertEqual(len(found), len(set(found)), "a line is there twice")
        missing = acknowledged - set(found)
        self.assertFalse(missing, f"{len(missing)} acknowledged lines are lost, e.g. {sorted(missing)[:3]}")
        invented = set(found) - sent
        self.assertFalse(invented, f"lines that nobody sent: {sorted(invented)[:3]}")
        total = server.get("/loki/api/v1/query", {"query": 'sum(count_over_time({app="crash"}[1h]))',
                                                  "time": end}).json["data"]["result"][0]["value"][1]
        self.assertEqual(int(total), len(found))


if __name__ == "__main__":
    unittest.main()

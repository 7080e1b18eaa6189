# SPDX-License-Identifier: Apache-2.0
"""Pushes at a steady rate over many connections whatever the answers are, asks a query ten times a second beside it, and tells
what came of both. Used by the test of overload and by bench/overload.py."""
import dataclasses
import http.client
import random
import threading
import time

from skald_server import now_ns

LINE = "".join(random.Random(5).choice("abcdefghijklmnopqrstuvwxyz      0123456789") for _ in range(600))
LINES = 100


@dataclasses.dataclass
class Outcome:
    seconds: float = 0.0
    bytes_taken: int = 0
    bytes_offered: int = 0
    statuses: dict = dataclasses.field(default_factory=dict)
    push_seconds: list = dataclasses.field(default_factory=list)  # Of those that were taken.
    query_seconds: list = dataclasses.field(default_factory=list)
    queries_failed: int = 0
    without_retry_after: int = 0

    @property
    def rate(self):
        return self.bytes_taken / self.seconds

    @property
    def offered(self):
        return self.bytes_offered / self.seconds

    @staticmethod
    def p99(values):
        return sorted(values)[int(len(values) * 0.99)] if values else 0.0

    def text(self):
        return (f"offered {self.offered / 1e6:.1f} MB/s, taken {self.rate / 1e6:.1f} MB/s, {self.statuses}, "
                f"p99 of taken pushes {self.p99(self.push_seconds) * 1000:.0f} ms, "
                f"p99 of {len(self.query_seconds)} queries {self.p99(self.query_seconds) * 1000:.0f} ms")


def body(worker, lines=LINES):
    now = now_ns()
    values = ",".join(f'["{now + i}","{LINE}"]' for i in range(lines))
    return f'{{"streams":[{{"stream":{{"app":"load","w":"{worker}"}},"values":[{values}]}}]}}'.encode()


def offer(server, bytes_a_second, connections, seconds, headers=None, lines=LINES):
    """`bytes_a_second` None: each connection pushes as fast as it is answered."""
    outcome, lock = Outcome(), threading.Lock()
    begin = time.monotonic()
    end = begin + seconds
    pause = None if bytes_a_second is None else connections * lines * len(LINE) / bytes_a_second

    def push(worker):
        connection = server.connect()
        due = begin + (pause or 0) * worker / connections
        while (now := time.monotonic()) < end:
            if pause is not None:
                if due > now:
                    time.sleep(due - now)
                due += pause
            sent = time.monotonic()
            try:
                connection.request("POST", "/loki/api/v1/push", body(worker, lines), {"Content-Type": "application/json", **(headers or {})})
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                continue
            with lock:
                outcome.bytes_offered += lines * len(LINE)
                outcome.statuses[answer.status] = outcome.statuses.get(answer.status, 0) + 1
                if answer.status == 204:
                    outcome.bytes_taken += lines * len(LINE)
                    outcome.push_seconds.append(time.monotonic() - sent)
                elif not answer.headers.get("Retry-After"):
                    outcome.without_retry_after += 1
        connection.close()

    def ask():
        while time.monotonic() < end:
            sent = time.monotonic()
            answer = server.get("/loki/api/v1/query_range", {"query": '{app="load",w="0"}', "start": now_ns() - 10**9,
                                                               "end": now_ns(), "limit": 10}, headers)
            outcome.query_seconds.append(time.monotonic() - sent)
            outcome.queries_failed += answer.status != 200
            time.sleep(0.1)
    threads = [threading.Thread(target=push, args=(worker,)) for worker in range(connections)]
    threads.append(threading.Thread(target=ask))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcome.seconds = time.monotonic() - begin
    return outcome

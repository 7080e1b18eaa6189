# SPDX-License-Identifier: Apache-2.0
"""An independent checker: it remembers every line that was sent and which of them were acknowledged, and compares with
what the server has. Each acknowledged line must be there exactly once; one whose push failed may be there once."""
import http.client
import json
import threading

from skald_server import now_ns

STREAMS = 5


class KnownLines:
    """Threading: thread-safe, but for `check`, which wants no pushes under way."""

    def __init__(self, server, name="known", tenant=None):
        self.server, self.name, self.start = server, name, now_ns()
        self.headers = {"X-Scope-OrgID": tenant} if tenant else {}
        self.sent, self.acknowledged, self.next = set(), set(), 0
        self.lock = threading.Lock()

    def push(self, count=20, padding=0):
        """True if the server took it. A connection that breaks is an answer as well: none."""
        with self.lock:
            numbers = range(self.next, self.next + count)
            self.next += count
        streams, lines = {}, []
        for number in numbers:
            line = f"{self.name}-{number} " + "x" * padding
            lines.append(line)
            streams.setdefault(number % STREAMS, []).append((now_ns(), line))
        with self.lock:
            self.sent.update(lines)
        try:
            answer = self.server.push([({"app": self.name, "s": str(s)}, values) for s, values in streams.items()],
                                      self.headers)
        except (OSError, http.client.HTTPException):
            return False
        if answer.status != 204:
            return False
        with self.lock:
            self.acknowledged.update(lines)
        return True

    def read(self):
        """All lines that the server has, each as often as it has it."""
        found, end = [], now_ns() + 1
        for stream in range(STREAMS):
            begin = self.start
            while True:
                answer = self.server.get("/loki/api/v1/query_range", {
                    "query": f'{{app="{self.name}", s="{stream}"}}', "start": begin, "end": end, "limit": 5000,
                    "direction": "forward"}, self.headers)
                if answer.status != 200:
                    raise AssertionError((answer.status, answer.text))
                page = sorted((int(value[0]), value[1]) for each in json.loads(answer.body)["data"]["result"]
                              for value in each["values"])
                if len(page) < 5000:
                    found += [line for _, line in page]
                    break
                last = page[-1][0]
                found += [line for time_ns, line in page if time_ns < last]
                begin = last
        return found

    def check(self, damaged=False):
        """With `damaged` lines may be missing, but none may be wrong or there twice. Returns how many are missing."""
        found = self.read()
        there = set(found)
        if len(found) != len(there):
            twice = sorted(line for line in there if found.count(line) > 1)
            raise AssertionError(f"{len(found) - len(there)} lines are there twice, e.g. {twice[:3]}")
        invented = there - self.sent
        if invented:
            raise AssertionError(f"{len(invented)} lines that nobody sent, e.g. {sorted(invented)[:3]}")
        missing = self.acknowledged - there
        if missing and not damaged:
            raise AssertionError(f"{len(missing)} of {len(self.acknowledged)} acknowledged lines are lost, "
                                 f"e.g. {sorted(missing)[:3]}")
        return len(missing)

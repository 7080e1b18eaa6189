# SPDX-License-Identifier: Apache-2.0
"""An independent checker: it remembers every line that was sent and which of them were acknowledged, and compares with
what the server has. Each acknowledged line must be there exactly once; one whose push failed may be there once. What an
acknowledged delete request names is gone for good."""
import http.client
import json
import threading
import time

from skald_server import now_ns

STREAMS = 5
EDGE_NS = 2_000_000  # Lines so near to the end of a delete request may go or stay.


def rfc3339(ns):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ns // 10**9)) + f".{ns % 10**9:09d}Z"


class KnownLines:
    """Threading: thread-safe, but for `check`, which wants no pushes under way."""

    def __init__(self, server, name="known", tenant=None):
        self.server, self.name, self.start = server, name, now_ns()
        self.headers = {"X-Scope-OrgID": tenant} if tenant else {}
        self.sent, self.acknowledged, self.next = set(), set(), 0
        self.times = {}  # Of sent lines.
        self.deleted, self.unsure = set(), set()  # The second holds the first, and lines that a request may have met.
        self.lock = threading.Lock()

    def push(self, count=20, padding=0):
        """True if the server took it. A connection that breaks is an answer as well: none."""
        streams, lines = {}, []
        with self.lock:  # Whoever deletes knows all lines that have a time.
            for number in range(self.next, self.next + count):
                line = f"{self.name}-{number} " + "x" * padding
                lines.append(line)
                self.times[line] = now_ns()
                streams.setdefault(number % STREAMS, []).append((self.times[line], line))
            self.next += count
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

    def delete(self, ending):
        """Asks to delete the lines so far whose number ends like that. True if the server took the request."""
        def named(lines, until):
            return {line for line in lines if line.split(" ", 1)[0].endswith(ending) and self.times[line] <= until}
        with self.lock:
            there = set(self.acknowledged)
        end = now_ns()
        try:
            answer = self.server.request("POST", "/loki/api/v1/delete", headers=self.headers, params={
                "query": f'{{app="{self.name}"}} |~ "^{self.name}-[0-9]*{ending} "', "start": rfc3339(self.start), "end": rfc3339(end)})
            taken = answer.status == 204
        except (OSError, http.client.HTTPException):
            taken = False
        with self.lock:
            self.unsure |= named(self.sent, end + EDGE_NS)
            if taken:
                self.deleted |= named(there & self.sent, end - EDGE_NS)
        return taken

    def forget(self):
        """Lines so far are asked for no more. While nobody pushes."""
        time.sleep(2 * EDGE_NS / 1e9)
        self.start, self.sent, self.acknowledged, self.times = now_ns(), set(), set(), {}
        self.deleted, self.unsure = set(), set()

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
        back = there & self.deleted
        if back:
            raise AssertionError(f"{len(back)} deleted lines are there, e.g. {sorted(back)[:3]}")
        missing = self.acknowledged - there - self.unsure
        if missing and not damaged:
            raise AssertionError(f"{len(missing)} of {len(self.acknowledged)} acknowledged lines are lost, "
                                 f"e.g. {sorted(missing)[:3]}")
        return len(missing)

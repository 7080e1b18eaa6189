# SPDX-License-Identifier: Apache-2.0
"""A real Skald process on loopback, for tests: starts it on a free port, talks to it, kills it."""
import http.client
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.parse

import shape_checker

shape_checker.install()

SKALD = os.environ.get("SKALD_BINARY", "build/skald")
# What has not happened by then will not: so generous that only a failure waits for it, however slow and busy the machine is.
PATIENCE = 300
# Sanitizers need several times the memory, and keep what was freed for a while: its bounds are of a process without.
SANITIZED = bool(os.environ.get("SKALD_SANITIZED"))


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def text(self):
        return self.body.decode(errors="replace")

    @property
    def json(self):
        return json.loads(self.body)


class SkaldServer:
    """One data folder and, most of the time, one process on it.

    `with SkaldServer() as server:` starts it, and stops it and removes the folder at the end."""

    def __init__(self, flags=(), config="", folder=None):
        self.own_folder = folder is None
        self.folder = folder or tempfile.mkdtemp(prefix="skald-test-")
        self.flags = list(flags)
        self.config = config
        self.environment = {}  # Beside the test's own.
        self.process = None
        self.port = None
        self.grpc_port = None
        self.log = []

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        config_path = os.path.join(self.folder, "config.yaml")
        with open(config_path, "w") as file:
            file.write(self.config or "auth_enabled: false\n")
        self.process = subprocess.Popen(
            [SKALD, f"-config.file={config_path}", f"-common.path-prefix={self.folder}/data",
             "-server.http-listen-address=127.0.0.1", "-server.http-listen-port=0",
             "-server.grpc-listen-address=127.0.0.1", "-server.grpc-listen-port=0", *self.flags],
            stderr=subprocess.PIPE, text=True, env={**os.environ, **self.environment})
        ready = queue.Queue()
        threading.Thread(target=self._read_log, args=(self.process, ready), daemon=True).start()
        try:
            self.port = ready.get(timeout=PATIENCE)
        except queue.Empty:
            self.process.kill()
            raise RuntimeError("the server is not ready:\n" + "".join(self.log)) from None
        if self.port is None:
            raise RuntimeError("the server did not start:\n" + "".join(self.log))
        return self

    def _read_log(self, process, ready):
        with process.stderr:
            for line in process.stderr:
                self.log.append(line)
                match = re.search(r"msg=ready http_port=(\d+) grpc_port=(\d+)", line)
                if match:
                    self.grpc_port = int(match.group(2))
                    ready.put(int(match.group(1)))
        ready.put(None)

    def kill(self):
        """kill -9, as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds=PATIENCE):
        """SIGTERM; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=seconds)

    def connect(self, timeout=PATIENCE):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def request(self, method, path, body=None, headers=None, params=None):
        if params:
            path += "?" + urllib.parse.urlencode(params, doseq=True)
        connection = self.connect()
        try:
            connection.request(method, path, body=body, headers=headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, params=None, headers=None):
        return self.request("GET", path, params=params, headers=headers)

    def push(self, streams, headers=None):
        """`streams`: [({labels}, [(ns, line) or (ns, line, {metadata})])]."""
        body = json.dumps({"streams": [
            {"stream": labels, "values": [[str(value[0]), *value[1:]] for value in values]}
            for labels, values in streams]})
        return self.request("POST", "/loki/api/v1/push", body, {"Content-Type": "application/json", **(headers or {})})

    def query_range(self, query, start, end, limit=5000, direction="forward", **more):
        answer = self.get("/loki/api/v1/query_range",
                          {"query": query, "start": start, "end": end, "limit": limit, "direction": direction, **more})
        assert answer.status == 200, (answer.status, answer.text)
        return answer.json["data"]["result"]

    def lines(self, query, start, end, **more):
        """(ns, line) of all streams together, in order of time."""
        found = [(int(value[0]), value[1]) for stream in self.query_range(query, start, end, **more)
                 for value in stream["values"]]
        return sorted(found)

    def flush(self):
        answer = self.request("POST", "/flush")
        assert answer.status == 204, (answer.status, answer.text)


def wait_for(what, condition, seconds=PATIENCE):
    """The first true value of `condition()`, which is asked again and again."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {seconds} s")


def now_ns():
    return time.time_ns()

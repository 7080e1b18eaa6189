#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How soon answers about labels and streams begin, by the number of streams: from memory, from segments and from both.
With --begins-in or --ends-in it fails if an answer about labels or streams takes longer, by the median."""
import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "integration"))


def cpu_ms(pid):
    """What the threads of a process have run: it tells more than time where others work too."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/schedstat") as file:
                total += int(file.read().split()[0])
        except OSError:
            pass  # It has ended.
    return total / 1e6


class Client:
    """One connection, read as raw bytes, so that the times are the server's and not a JSON parser's."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)

    def ask(self, path, gzip):
        head = f"GET {path} HTTP/1.1\r\nHost: a\r\n" + ("Accept-Encoding: gzip\r\n" if gzip else "") + "\r\n"
        started = time.perf_counter()
        self.socket.sendall(head.encode())
        data = bytearray(self.socket.recv(1 << 20))
        begun = time.perf_counter() - started
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self.socket.recv(1 << 20)
        fields = data[:end].decode().split("\r\n")
        assert fields[0].split()[1] == "200", data[:1000]
        sizes = [int(field.split(":")[1]) for field in fields if field.lower().startswith("content-length")]
        if sizes:
            while len(data) < end + 4 + sizes[0]:
                data += self.socket.recv(1 << 20)
        else:
            while not data.endswith(b"\r\n0\r\n\r\n"):
                data += self.socket.recv(1 << 20)
        return begun * 1000, (time.perf_counter() - started) * 1000, len(data) - end - 4


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skald", default=os.environ.get("SKALD_BINARY", "build/skald"))
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--lines", type=int, default=20, help="of a stream")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--begins-in", type=float, default=float("inf"), help="ms to the first byte")
    parser.add_argument("--ends-in", type=float, default=float("inf"), help="ms to the last byte")
    parser.add_argument("--gzip", action="store_true", help="answers as Grafana asks for them")
    parser.add_argument("--profile", help="a command that is run with the server's id while each question is asked (perf)")
    args = parser.parse_args()
    os.environ["SKALD_BINARY"] = os.path.abspath(args.skald)
    from skald_server import SkaldServer
    flags = ["-distributor.ingestion-rate-limit-mb=1000", "-distributor.ingestion-burst-size-mb=1000",
             "-ingester.max-global-streams-per-user=0", "-querier.cache-results=true", "-querier.max-query-series=0", "-limits.volume-max-series=1000000",
             "-memory.limit=1GB"]
    slow = []
    with SkaldServer(flags=flags) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        now = time.time_ns()

        def push(lines):
            for first in range(0, args.streams, 1000):
                streams = [{"stream": {"cluster": "c", "app": f"app-{n % 20}", "pod": f"pod-{n}"},
                            "values": [[str(now - i * 60 * 10**9), f"level=info n={n} i={i} msg=\"some request was done\""] for i in lines]}
                           for n in range(first, min(args.streams, first + 1000))]
                connection.request("POST", "/loki/api/v1/push", json.dumps({"streams": streams}), {"Content-Type": "application/json"})
                answer = connection.getresponse()
                text = answer.read()
                assert answer.status == 204, text

        when = {"start": now - 3600 * 10**9, "end": now}
        requests = {
            "label_names": ("labels", {}),
            "label_values": ("label/pod/values", {}),
            "label_values of a selector": ("label/app/values", {"query": '{app="app-1"}'}),
            "series": ("series", {"match[]": '{app="app-1"}'}),
            "series, all": ("series", {"match[]": '{cluster="c"}'}),
            "index_stats": ("index/stats", {"query": '{cluster="c"}'}),
            "index_volume": ("index/volume", {"query": '{cluster="c"}', "targetLabels": "app"}),
            "log lines": ("query_range", {"query": '{cluster="c"}', "limit": 100}),
            "log lines of a filter": ("query_range", {"query": '{cluster="c"} |= "absent"', "limit": 100}),
            "metric by stream": ("query", {"query": 'count_over_time({cluster="c"}[5m])', "time": now}),
            "metric": ("query_range", {"query": 'sum by (app) (count_over_time({cluster="c"}[5m]))', "step": 60}),
        }
        for where in ("memory", "segments", "both"):
            # In both: what is kept, and newer lines of the same streams.
            if where != "segments":
                push(range(args.lines, 1, -1) if where == "memory" else [1])
            else:
                connection.request("POST", "/flush")
                connection.getresponse().read()
                time.sleep(1)
            client = Client(server.port)
            for name, (path, parameters) in requests.items():
                url = "/loki/api/v1/" + path + "?" + urllib.parse.urlencode(when | parameters)
                profiler = args.profile and subprocess.Popen([*args.profile.split(), str(server.process.pid), f"{where}-{name}".replace(" ", "_")])
                before = cpu_ms(server.process.pid)
                times = [client.ask(url, args.gzip) for _ in range(args.runs)]
                cpu = (cpu_ms(server.process.pid) - before) / args.runs
                if profiler:
                    profiler.terminate()
                    profiler.wait()
                begun, ended = (sorted(each[i] for each in times) for i in (0, 1))
                begins, ends = begun[len(begun) // 2], ended[len(ended) // 2]
                print(f"{where:8} {name:27} first byte {begins:7.2f} ms (best {begun[0]:7.2f}, first time {times[0][0]:7.2f}), whole "
                      f"{ends:7.2f} ms, CPU {cpu:7.2f} ms, {times[0][2]} bytes", flush=True)
                if not path.startswith("query") and (begins > args.begins_in or ends > args.ends_in):
                    slow.append(f"{name} from {where}")
    print("too slow: " + ", ".join(slow) if slow else "none was too slow")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How soon answers about labels and streams begin, by the number of streams: from memory and from segments."""
import argparse
import http.client
import json
import os
import sys
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "integration"))


def first_byte(connection, path):
    started = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    begun = time.perf_counter() - started
    size = len(answer.read())
    assert answer.status == 200, (path, answer.status)
    return begun * 1000, (time.perf_counter() - started) * 1000, size


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--lines", type=int, default=20, help="of a stream")
    parser.add_argument("--runs", type=int, default=15)
    args = parser.parse_args()
    from skald_server import SkaldServer
    flags = ["-distributor.ingestion-rate-limit-mb=1000", "-distributor.ingestion-burst-size-mb=1000",
             "-ingester.max-global-streams-per-user=0", "-querier.cache-results=true", "-querier.max-query-series=0", "-limits.volume-max-series=1000000"]
    with SkaldServer(flags=flags) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        now = time.time_ns()
        for first in range(0, args.streams, 1000):
            streams = [{"stream": {"cluster": "c", "app": f"app-{n % 20}", "pod": f"pod-{n}"},
                        "values": [[str(now - i * 60 * 10**9), f"level=info n={n} i={i} msg=\"some request was done\""] for i in range(args.lines, 0, -1)]}
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
            "metric": ("query_range", {"query": 'sum by (app) (count_over_time({cluster="c"}[5m]))', "step": 60}),
        }
        for where in ("memory", "segments"):
            if where == "segments":
                connection.request("POST", "/flush")
                connection.getresponse().read()
                time.sleep(1)
            for name, (path, parameters) in requests.items():
                times = [first_byte(connection, "/loki/api/v1/" + path + "?" + urllib.parse.urlencode(when | parameters)) for _ in range(args.runs)]
                begun = sorted(each[0] for each in times)
                print(f"{where:8} {name:27} first byte {begun[len(begun) // 2]:7.2f} ms (first time {times[0][0]:7.2f}), whole "
                      f"{sorted(each[1] for each in times)[len(times) // 2]:7.2f} ms, {times[0][2]} bytes", flush=True)


if __name__ == "__main__":
    main()

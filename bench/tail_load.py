#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Many tails of one query: whether all are kept up with, how late lines are, what it costs ingest.

Pushes lines at a fixed rate, first with nobody looking, then with the tails open, while another connection pushes
as much as it can (what that one gets done is the rate of ingest). Prints the lines that tails missed, the delay
from the start of a push to the line on a socket, and the rates of both phases. One process reads all sockets.
"""
import argparse
import base64
import http.client
import json
import multiprocessing
import os
import re
import select
import socket
import sys
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "integration"))
MARK = b" pushed="


def open_tail(port, query):
    tail = socket.create_connection(("127.0.0.1", port), timeout=60)
    tail.sendall((f"GET /loki/api/v1/tail?query={urllib.parse.quote(query)} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
    head = b""
    while b"\r\n\r\n" not in head:
        head += tail.recv(1)
    if b" 101 " not in head:
        raise RuntimeError(head.decode())
    tail.setblocking(False)
    return tail


def read_tails(port, query, count, ready, stopping, answer):
    """Counts the lines of each tail; of the first few also how late each is."""
    tails = {}
    poll = select.epoll()
    for number in range(count):
        tail = open_tail(port, query)
        tails[tail.fileno()] = (number, tail)
        poll.register(tail.fileno(), select.EPOLLIN)
    lines, delays, ends = [0] * count, [], [b""] * count
    buffer = bytearray(1 << 20)
    view = memoryview(buffer)
    ready.set()
    quiet = 0
    while not stopping.is_set() or quiet < 5:
        events = poll.poll(0.1)
        quiet = quiet + 1 if stopping.is_set() and not events else 0
        for descriptor, _ in events:
            number, tail = tails[descriptor]
            try:
                size = tail.recv_into(buffer)
            except BlockingIOError:
                continue
            if size == 0:
                poll.unregister(descriptor)
                continue
            # A mark may be cut in two by the end of what was read.
            text = ends[number] + bytes(view[:size])
            lines[number] += text.count(MARK)
            ends[number] = text[-(len(MARK) - 1):]
            if number < 3:
                now = time.time_ns()
                delays += [(int(at), now - int(at)) for at in re.findall(MARK + rb"(\d{19})", bytes(view[:size]))]
    answer.put((lines, delays))


def push(connection, app, lines, at):
    body = json.dumps({"streams": [{"stream": {"app": app}, "values": [[str(at + i), line] for i, line in enumerate(lines)]}]}).encode()
    connection.request("POST", "/loki/api/v1/push", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 204:
        raise RuntimeError(f"{answer.status} {text[:200]}")


def bulk(port, seconds, batch, answer):
    """Pushes as much as it can."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    lines = ["x" * 150] * batch
    until, count = time.time() + seconds, 0
    while time.time() < until:
        push(connection, "bulk", lines, time.time_ns())
        count += batch
    answer.put(count / seconds)


def paced(connection, rate, every, seconds):
    """`rate` lines a second in pushes that are due each `every` seconds; returns lines and milliseconds a push."""
    started, sent, times, pushes = time.time(), 0, [], 0
    while time.time() - started < seconds:
        at = time.time_ns()
        push(connection, "tailed", [f"n={sent + i} pushed={at} " + "y" * 80 for i in range(int(rate * every))], at)
        times.append((time.time_ns() - at) / 1e6)
        sent += int(rate * every)
        pushes += 1
        time.sleep(max(0, started + pushes * every - time.time()))
    return sent, sorted(times)


def phase(port, args, queue):
    other = None
    if args.bulk:
        other = multiprocessing.Process(target=bulk, args=(port, args.seconds, 500, queue))
        other.start()
    sent, times = paced(http.client.HTTPConnection("127.0.0.1", port, timeout=60), args.rate, args.every, args.seconds)
    rate = queue.get() if other else 0
    if other:
        other.join()
    return sent, times[len(times) // 2], rate


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tails", type=int, default=1000)
    parser.add_argument("--rate", type=int, default=1000, help="lines a second that the tails see")
    parser.add_argument("--every", type=float, default=0.05, help="seconds between their pushes")
    parser.add_argument("--seconds", type=float, default=6, help="of a phase")
    parser.add_argument("--bulk", action=argparse.BooleanOptionalAction, default=True, help="push other lines as fast as possible meanwhile")
    args = parser.parse_args()
    from skald_server import SkaldServer
    flags = ["-distributor.ingestion-rate-limit-mb=1000", "-distributor.ingestion-burst-size-mb=1000", "-ingester.per-stream-rate-limit=1GB",
             "-ingester.per-stream-rate-limit-burst=1GB", "-querier.max-concurrent-tail-requests=0"]
    with SkaldServer(flags=flags) as server:
        pid, queue = server.process.pid, multiprocessing.Queue()
        before = cpu_seconds(pid)
        _, alone_ms, alone_rate = phase(server.port, args, queue)
        alone_cpu, before = cpu_seconds(pid) - before, cpu_seconds(pid)
        ready, stopping, answer = multiprocessing.Event(), multiprocessing.Event(), multiprocessing.Queue()
        reader = multiprocessing.Process(target=read_tails, args=(server.port, '{app="tailed"}', args.tails, ready, stopping, answer))
        reader.start()
        ready.wait()
        # The history of the tails, which is not of this phase, goes out first.
        time.sleep(1)
        before, begin = cpu_seconds(pid), time.time_ns()
        sent, beside_ms, beside_rate = phase(server.port, args, queue)
        beside_cpu = cpu_seconds(pid) - before
        stopping.set()
        lines, delays = answer.get()
        reader.join()
        # Each tail began with the newest lines of the phase before.
        missed = [sent + min(100, sent) - got for got in lines]
        delays = sorted(delay / 1e6 for at, delay in delays if at >= begin)
        print(f"{args.tails} tails, {sent} lines: {sum(1 for m in missed if m > 0)} tails missed lines, {max(missed)} at most")
        if delays:
            print(f"delay: p50 {delays[len(delays) // 2]:.0f} ms, p99 {delays[len(delays) * 99 // 100]:.0f} ms, at most {delays[-1]:.0f} ms")
        print(f"a push: {alone_ms:.2f} ms alone, {beside_ms:.2f} ms beside tails; server: {alone_cpu / args.seconds:.2f} and {beside_cpu / args.seconds:.2f} cores")
        if args.bulk:
            print(f"other ingest: {alone_rate:.0f} lines/s alone, {beside_rate:.0f} beside tails ({100 * (beside_rate / alone_rate - 1):+.0f} %)")


if __name__ == "__main__":
    main()

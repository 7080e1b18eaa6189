#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tries what Skald claims to withstand and writes docs/reliability.md: each claim with held or lost, how long it took, and the
command that repeats it.

usage: tools/reliability.py [--build build] [--only WORD] [--long]
--long tries the long forms too: 200 kills, each disk call, half an hour of soak, the bench of many streams, sanitizers, fuzzing.
With --only the other rows stay as they are in the page."""
import argparse
import datetime
import os
import re
import subprocess
import sys
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PAGE = os.path.join(ROOT, "docs", "reliability.md")
HEAD = """# What was tried

Made by `tools/reliability.py`, which runs each command and writes down how it ended; `--long` has the long forms, `--only WORD` one
row. "held" means that the command found nothing wrong.

| claim | tried | result | figures | command |
| --- | --- | --- | --- | --- |
"""


def test(name, *cases):
    return "python3 tests/integration/test_%s.py %s" % (name, " ".join(cases))


# (claim, command, is it a long one)
CLAIMS = [
    ("Limits answer with their texts and statuses, per tenant, and can be changed while running", test("limits"), False),
    ("Each limit acts when it is set for a tenant of a running server, and what it refuses names it", test("limit_keys"), False),
    ("Overrides are read again; a wrong file changes nothing and is told", "BUILD/test_app --gtest_filter=RuntimeLimits*", False),
    ("Memory: each share past its end gives 429 or 503, the process stays within 110 % of memory.limit and recovers", test("memory"), False),
    ("Overload: three times the load keeps the throughput of the limit, 429 or 503 with Retry-After, reads answer", test("overload", "Overload"), False),
    ("A disk that hangs: nothing is acknowledged, what may not wait is refused, reads answer, and one sync takes all that wait",
     test("overload", "HeldDisk"), False),
    ("A slow disk and three times the connections: all that was acknowledged is there once, the rest 429 or 503 with Retry-After, memory below its limit",
     test("overload", "SlowDisk"), False),
    ("Overload for a minute, of a tenant's rate and of a slow disk: the throughput of the limit within 10 %", "python3 bench/overload.py --skald BUILD/skald --seconds 60", True),
    ("Slow, broken-off, huge and endless requests, bombs of every compression, nested JSON cost little", test("attackers", "Attackers"), False),
    ("Ten thousand idle connections cost little", test("attackers", "IdleConnections"), False),
    ("gRPC: floods of pings, settings, resets and headers, inside of TLS too, thousands of tiny headers, lying and slow messages, answers not taken, half handshakes cost little", test("grpc_attackers"), False),
    ("A million streams of one tenant: below 1.2 GiB, at least 30 % of the normal rate, queries answer",
     "python3 bench/cardinality.py --skald BUILD/skald", True),
    ("Fairness: beside eight connections of heavy queries of one tenant the p99 of another's stays within twice its lone figure",
     "python3 bench/fairness.py --skald BUILD/skald --heavy queries --rounds 6", True),
    ("Fairness: beside eight connections of heavy pushes",
     "python3 bench/fairness.py --skald BUILD/skald --heavy pushes --rounds 6", True),
    ("Labels, series, statistics and volumes of 200 streams within 5 ms, from memory and from segments",
     "python3 bench/index_latency.py --skald BUILD/skald --ends-in 5", False),
    ("Their first byte within 50 ms at 100 000 streams",
     "python3 bench/index_latency.py --skald BUILD/skald --streams 100000 --lines 3 --begins-in 50", True),
    ("A dashboard of 20 panels over 24 hours, refreshed every 10 s, costs less than 5 % of a core",
     "python3 bench/dashboard_refresh.py --skald BUILD/skald --percent-max 5", True),
    ("A thousand tails of one query at 1000 lines a second: none misses a line, p99 of the delay 250 ms, 10 % of the machine at most",
     "python3 bench/tail_load.py --skald BUILD/skald --check", True),
    ("Detected fields within 300 ms on 500 MB, the first time, from memory and from segments",
     "python3 bench/bench.py --skald BUILD/skald --only fields", True),
    ("Past the limit of streams: 429 that names the label with the most values",
     test("limits", "-k", "the_stream_limit_names_the_label"), False),
    ("Tenants that push, delete, set rules and tail at random under easily mixed-up names see only what a model of each says, in answers, caches, metrics and the log; bad names are refused", test("isolation"), False),
    ("Tokens open their tenants and rights only; administration has a port of its own; no token is logged", test("access"), False),
    ("TLS and clients' certificates", test("tls"), False),
    ("kill -9 under load: 20 times, every acknowledged line once", test("crash"), False),
    ("kill -9 under load: 200 times", "SKALD_CRASH_ROUNDS=200 " + test("crash"), True),
    ("A power cut or an error at any operation of the log, the segments, the merges, delete requests (simulated disk)",
     "BUILD/test_wal --gtest_filter=*Crash* && BUILD/test_store --gtest_filter=*Crash* && BUILD/test_compactor --gtest_filter=*Crash* && "
     "BUILD/test_ingester --gtest_filter=CommitProtocol* && BUILD/test_deletes --gtest_filter=*Faults*", False),
    ("The same with RocksDB's files on the simulated disk: its flushes, compactions and openings, publishing, merging, deleting, starting",
     "BUILD/test_catalog --gtest_filter=DatabaseFaults* && BUILD/test_store --gtest_filter=CatalogFaults* && "
     "BUILD/test_compactor --gtest_filter=Compactor*Faults*", False),
    ("A disk call that fails (EIO, ENOSPC, half-written), 40 of all, in the real process with RocksDB", test("disk_faults"), False),
    ("The same for each call", "SKALD_DISK_FAULTS=0 " + test("disk_faults"), True),
    ("A full disk: 503, reads go on, recovers alone", test("disk_full"), False),
    ("A flipped bit in segments, log, catalog, patterns, delete requests, rules, alerts, the instance's name, the disk cache is found, told and contained", test("damage"), False),
    ("SIGTERM under load loses nothing and answers what was accepted", test("shutdown"), False),
    ("Data folders of older versions are read", test("golden_data"), False),
    ("A minute of everything with random faults, deletes among it: nothing lost, nothing deleted comes back, memory and descriptors flat", test("soak"), False),
    ("Half an hour of it", "SKALD_SOAK_SECONDS=1800 " + test("soak"), True),
    ("skald doctor finds what is wrong with a machine", test("command_line", "Doctor"), False),
    ("No memory error, no undefined behaviour in the unit and story tests and the fuzz corpora", "./dev asan unit", True),
    ("The same over real sockets", "./dev asan integration", True),
    ("No data race in the unit and story tests and the fuzz corpora", "./dev tsan unit", True),
    ("No data race over real sockets", "./dev tsan integration", True),
    ("Every parser and decoder of outside bytes: ten minutes of fuzzing each, with ASan and UBSan", "./dev fuzz 600", True),
]


def rows_of_page():
    """Rows by claim, as the page has them."""
    if not os.path.exists(PAGE):
        return {}
    with open(PAGE) as file:
        return {line.split("|")[1].strip(): line for line in file if line.startswith("| ") and "| `" in line}


def figures(text):
    """The lines that a test prints about what it measured."""
    noise = re.compile(r"^(Ran |OK|[.FEs]+$|-+$|=+$|seed|real|user|sys|Note:|\[|\s*$|Running main|.*Warning)")
    lines = [re.sub(r"^[.FEs]+(?=[a-zA-Z0-9{])", "", line.strip()) for line in text.splitlines() if not noise.match(line.strip())]
    return "; ".join(line for line in lines if re.search(r"\d", line))[:400].replace("|", "/")


def attempt(claim, command, build):
    begin = time.monotonic()
    environment = {**os.environ, "SKALD_BINARY": os.path.join(build, "skald")}
    done = subprocess.run(["bash", "-c", command.replace("BUILD", build)], cwd=ROOT, env=environment, capture_output=True, text=True,
                          timeout=4 * 3600, check=False)
    seconds = time.monotonic() - begin
    held = done.returncode == 0
    print(f"{'held' if held else 'LOST'}  {claim} ({seconds:.0f} s)", flush=True)
    if not held:
        print((done.stdout + done.stderr)[-3000:], flush=True)
    shown = command.replace("BUILD", "build").strip()
    if "tests/integration" in shown:
        shown = "SKALD_BINARY=build/skald " + shown
    today = datetime.datetime.now(datetime.timezone.utc).date()
    return (f"| {claim} | {today}, {seconds:.0f} s | {'held' if held else '**lost**'} | {figures(done.stdout) if held else ''} | "
            f"`{shown}` |\n"), held


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--only", default="")
    parser.add_argument("--long", action="store_true")
    options = parser.parse_args()
    rows, all_held = rows_of_page(), True
    for claim, command, is_long in CLAIMS:
        if options.only and options.only.lower() not in (claim + command).lower():
            continue
        if is_long and not options.long and not options.only:
            continue
        rows[claim], held = attempt(claim, command, os.path.abspath(os.path.join(ROOT, options.build)))
        all_held &= held
        with open(PAGE, "w") as file:
            file.write(HEAD)
            for known, known_command, _ in CLAIMS:
                shown = known_command.replace("BUILD", "build").strip()
                file.write(rows.get(known, f"| {known} | not yet | | | `{shown}` |\n"))
    return 0 if all_held else 1


if __name__ == "__main__":
    sys.exit(main())

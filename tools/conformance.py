#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Starts Skald on an empty folder, runs the conformance suite against it, before and after a flush.

With --expected exactly the cases that tools/conformance-not-served.txt names may fail, and all of those must: what this
version serves can neither break nor grow unnoticed. The shape of every answer is checked, too (shape_checker.py)."""
import argparse
import fnmatch
import os
import re
import subprocess
import sys

INTEGRATION = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "integration")
sys.path.insert(0, INTEGRATION)

CONFIG = """
auth_enabled: true
limits_config:
  reject_old_samples: false
  allow_structured_metadata: true
  volume_enabled: true
pattern_ingester:
  enabled: true
"""


def as_expected(output, not_served):
    """Compares the failures in run.py's output with the patterns; prints what differs."""
    failures = re.findall(r"^FAIL (\S+)", output, re.M)
    summary = re.search(r"^(\d+ passed, \d+ failed)$", output, re.M)
    if not summary:
        print("the suite did not run:\n" + output[-2000:])
        return False
    surprising = [name for name in failures if not any(fnmatch.fnmatch(name, pattern) for pattern in not_served)]
    stale = [pattern for pattern in not_served if not any(fnmatch.fnmatch(name, pattern) for name in failures)]
    misshapen = re.findall(r"^SHAPE .*$", output, re.M)
    print("\n".join(misshapen))
    for name in surprising:
        print(output[output.index(f"FAIL {name} "):].split("\nFAIL ")[0])
    for pattern in stale:
        print(f"{pattern} passes now: take it out of conformance-not-served.txt")
    print(f"{summary.group(1)}, {len(surprising)} of them unexpected", flush=True)
    return not surprising and not stale and not misshapen


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skald", required=True, help="the binary")
    parser.add_argument("--suite", required=True, help="folder with run.py, data and cases")
    parser.add_argument("--expected", action="store_true", help="compare with what this version serves")
    parser.add_argument("--only", action="append", default=[], help="topics or ids, as run.py takes them")
    parser.add_argument("-v", action="store_true", help="print each case")
    options = parser.parse_args()
    os.environ["SKALD_BINARY"] = options.skald
    import skald_server
    skald_server.SKALD = options.skald

    not_served = []
    if options.expected:
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "conformance-not-served.txt")) as file:
            not_served = [line.strip() for line in file if line.strip() and not line.startswith("#")]
    failed = False
    for flush in (False, True):
        with skald_server.SkaldServer(config=CONFIG) as server:
            command = [sys.executable, os.path.join(INTEGRATION, "shape_checker.py"), os.path.join(options.suite, "run.py"), "--base", f"http://127.0.0.1:{server.port}", "--push"]
            command += ["--flush", "--flush-wait", "0"] if flush else []
            for topic in options.only:
                command += ["--only", topic]
            command += ["-v"] if options.v else []
            print(f"== {'after a flush' if flush else 'unflushed'}", flush=True)
            if not options.expected:
                failed |= subprocess.run(command).returncode != 0
                continue
            output = subprocess.run(command, capture_output=True, text=True).stdout
            failed |= not as_expected(output, not_served)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

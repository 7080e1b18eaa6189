#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Starts Skald on an empty folder, runs the conformance suite against it, before and after a flush.

With --expected only the topics that this version serves run (tools/conformance-topics.txt), and all of them must pass."""
import argparse
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "integration"))

CONFIG = """
auth_enabled: true
limits_config:
  reject_old_samples: false
  allow_structured_metadata: true
  volume_enabled: true
pattern_ingester:
  enabled: true
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skald", required=True, help="the binary")
    parser.add_argument("--suite", required=True, help="folder with run.py, data and cases")
    parser.add_argument("--expected", action="store_true", help="only what this version serves")
    parser.add_argument("--only", action="append", default=[], help="topics or ids, as run.py takes them")
    parser.add_argument("-v", action="store_true", help="print each case")
    options = parser.parse_args()
    os.environ["SKALD_BINARY"] = options.skald
    import skald_server
    skald_server.SKALD = options.skald

    only = list(options.only)
    if options.expected:
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "conformance-topics.txt")) as file:
            only += [line.strip() for line in file if line.strip() and not line.startswith("#")]
    failed = False
    for flush in (False, True):
        with skald_server.SkaldServer(config=CONFIG) as server:
            command = [sys.executable, os.path.join(options.suite, "run.py"), "--base", f"http://127.0.0.1:{server.port}", "--push"]
            command += ["--flush", "--flush-wait", "0"] if flush else []
            for topic in only:
                command += ["--only", topic]
            command += ["-v"] if options.v else []
            print(f"== {'after a flush' if flush else 'unflushed'}", flush=True)
            failed |= subprocess.run(command).returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Three times the load that a server takes, for longer than the test of it does (tests/integration/test_overload.py): prints what
was taken, how long pushes and queries took, and fails if less is taken than at the limit.

usage: bench/overload.py [--skald build/skald] [--seconds 60]"""
import argparse
import os
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--skald", default="build/skald")
parser.add_argument("--seconds", type=float, default=60)
options = parser.parse_args()
environment = {**os.environ, "SKALD_BINARY": os.path.abspath(options.skald), "SKALD_OVERLOAD_SECONDS": str(options.seconds)}
sys.exit(subprocess.run([sys.executable, "tests/integration/test_overload.py"], cwd=ROOT, env=environment, check=False).returncode)

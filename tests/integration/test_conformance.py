# SPDX-License-Identifier: Apache-2.0
"""Runs the recorded answers of a real Loki, where the suite is at hand beside the project."""
import os
import subprocess
import sys
import unittest

SUITE = os.environ.get("SKALD_CONFORMANCE", "../shared/conformance")


class Conformance(unittest.TestCase):
    def test_recorded_answers(self):
        if not os.path.isfile(os.path.join(SUITE, "run.py")):
            self.skipTest(f"no conformance suite at {SUITE}")
        done = subprocess.run([sys.executable, "tools/conformance.py", "--skald", os.environ["SKALD_BINARY"],
                               "--suite", SUITE, "--expected"], capture_output=True, text=True, timeout=900)
        self.assertEqual(done.returncode, 0, done.stdout[-6000:] + done.stderr[-3000:])


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""A minute of ./dev soak."""
import os
import random
import unittest

from soak import Soak


class ShortSoak(unittest.TestCase):
    def test_a_minute_of_everything_loses_nothing(self):
        seed = random.randrange(1 << 30)
        print(f"seed {seed}")
        soak = Soak(float(os.environ.get("SKALD_SOAK_SECONDS", "60")), seed)
        try:
            soak.run()
        except BaseException:
            print("".join(soak.server.log[-60:]))
            raise
        finally:
            soak.server.__exit__()


if __name__ == "__main__":
    unittest.main()

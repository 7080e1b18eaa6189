# SPDX-License-Identifier: Apache-2.0
"""At three times the load that is taken, as much is taken as before, the rest gets 429 or 503 with Retry-After, and reads answer."""
import os
import unittest

from disk_faults import LIBRARY, SYNC, DiskFaults
from overload import offer
from skald_server import SkaldServer

SECONDS = float(os.environ.get("SKALD_OVERLOAD_SECONDS", "5"))
OPEN = ["-distributor.ingestion-rate-limit-mb=1000", "-distributor.ingestion-burst-size-mb=1000",
        "-ingester.per-stream-rate-limit=1GB", "-ingester.per-stream-rate-limit-burst=1GB"]


class Overload(unittest.TestCase):
    def compare(self, name, limit, overload):
        print(f"{name}\n  at its limit: {limit.text()}\n  at three times: {overload.text()}")
        self.assertGreater(overload.rate, limit.rate * 0.9)
        self.assertLessEqual(set(overload.statuses), {204, 429, 503})
        self.assertEqual(overload.without_retry_after, 0)
        self.assertEqual(overload.queries_failed, 0)
        self.assertLess(overload.p99(overload.query_seconds), 2)
        self.assertLess(overload.p99(overload.push_seconds), 5)

    def test_past_the_limit_of_a_tenant(self):
        flags = ["-distributor.ingestion-rate-limit-mb=4", "-distributor.ingestion-burst-size-mb=4",
                 "-ingester.per-stream-rate-limit=1GB", "-ingester.per-stream-rate-limit-burst=1GB"]
        with SkaldServer(flags) as server:
            offer(server, 16e6, 4, 2)  # The burst is used up.
            limit = offer(server, 4.4e6, 4, SECONDS)
            overload = offer(server, 13e6, 12, SECONDS)
            self.compare("a tenant's rate", limit, overload)
            self.assertIn(429, overload.statuses)

    @unittest.skipUnless(os.path.exists(LIBRARY), "the preloaded library is not built")
    def test_past_what_the_disk_takes(self):
        server = SkaldServer([*OPEN, "-memory.limit=160MB"])
        faults = DiskFaults(server)
        with server:
            faults.set(SYNC, delay_us=60_000)
            limit = offer(server, None, 16, SECONDS)
            overload = offer(server, None, 48, SECONDS)
            self.compare("a slow disk", limit, overload)
            faults.off()


if __name__ == "__main__":
    unittest.main()

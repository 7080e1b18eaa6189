# SPDX-License-Identifier: Apache-2.0
"""A full disk answers 503, keeps what was acknowledged, and recovers by itself when space is back."""
import os
import subprocess
import tempfile
import unittest

from skald_server import SkaldServer, now_ns


class SmallDisk:
    """A tmpfs of 24 MiB with a file that can be removed to make room."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="skald-disk-")
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", self.path], capture_output=True)
        if mounted.returncode != 0:
            os.rmdir(self.path)
            raise unittest.SkipTest("mounting a tmpfs needs root")
        with open(os.path.join(self.path, "ballast"), "wb") as file:
            file.write(bytes(12 << 20))
        return self

    def make_room(self):
        os.remove(os.path.join(self.path, "ballast"))

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.path], check=True)
        os.rmdir(self.path)


class DiskFull(unittest.TestCase):
    def test_503_then_recovery(self):
        start = now_ns()
        flags = ["-distributor.ingestion-rate-limit-mb=1000", "-distributor.ingestion-burst-size-mb=1000",
                 "-ingester.per-stream-rate-limit=1GB", "-ingester.per-stream-rate-limit-burst=1GB"]
        with SmallDisk() as disk, SkaldServer(flags, folder=disk.path) as server:
            acknowledged = []
            refused = None
            for number in range(200):
                # Lines that hardly compress: about 400 KiB a push.
                lines = [(start + number * 100 + i, f"{number}-{i} " + os.urandom(4096).hex()) for i in range(50)]
                answer = server.push([({"app": "full"}, lines)])
                if answer.status == 204:
                    acknowledged += lines
                else:
                    refused = answer
                    break
            self.assertIsNotNone(refused, "the disk did not fill up")
            self.assertEqual(refused.status, 503, refused.text)
            self.assertIn("no space", refused.text.lower())
            self.assertEqual(server.get("/ready").status, 200)

            disk.make_room()
            answer = server.push([({"app": "full"}, [(start + 10**6, "after")])])
            self.assertEqual(answer.status, 204, answer.text)
            acknowledged.append((start + 10**6, "after"))

            server.kill()
            server.start()
            found = server.lines('{app="full"}', start, start + 10**7)
            self.assertEqual([line for line in acknowledged if line not in set(found)], [])
            self.assertEqual(len(found), len(set(found)))


if __name__ == "__main__":
    unittest.main()

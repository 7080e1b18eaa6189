# SPDX-License-Identifier: Apache-2.0
"""Makes the disk fail or be slow under a real server: the other side of tests/preload/disk_faults.cc."""
import mmap
import os
import struct

import skald_server

LIBRARY = os.path.join(os.path.dirname(os.path.abspath(skald_server.SKALD)), "libskald_disk_faults.so")
WRITE, SYNC, NAME, READ = 1, 2, 4, 8
CHANGES = WRITE | SYNC | NAME
FORMAT = "=IIIIQQQ"  # error, per_million, delay_us, kinds, calls, fail_at, failed
GATE = "=IIQ"  # held, waiting, permits: behind it


class DiskFaults:
    """Faults of the files in the server's data folder, off at first. Threading: one thread."""

    def __init__(self, server):
        path = os.path.join(server.folder, "faults")
        with open(path, "wb") as file:
            file.write(bytes(4096))
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 4096)
        server.environment = {"LD_PRELOAD": LIBRARY, "SKALD_FAULT_CONTROL": path,
                              "SKALD_FAULT_FOLDER": os.path.join(server.folder, "data")}

    def set(self, kinds, error=0, per_million=0, delay_us=0, fail_at=0):
        self.memory[0:40] = struct.pack(FORMAT, error, per_million, delay_us, kinds, 0, fail_at, 0)

    def hold(self, kinds):
        """From now on each such call waits until `let_go` or `release`."""
        self.memory[40:56] = struct.pack(GATE, 1, 0, 0)
        self.set(kinds)

    def held(self):
        """How many calls wait."""
        return struct.unpack(GATE, self.memory[40:56])[1]

    def let_go(self, count=1):
        """Lets so many calls go that wait; requires: all that were let go before have gone."""
        self.memory[48:56] = struct.pack("=Q", count)

    def permits_left(self):
        return struct.unpack(GATE, self.memory[40:56])[2]

    def release(self):
        self.memory[40:44] = struct.pack("=I", 0)
        self.off()

    def off(self):
        """Calls are counted no more; the counts so far: (seen, failed)."""
        counts = self.counts()
        self.set(0)
        return counts

    def counts(self):
        _, _, _, _, calls, _, failed = struct.unpack(FORMAT, self.memory[0:40])
        return calls, failed

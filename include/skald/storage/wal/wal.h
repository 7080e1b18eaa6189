// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/runtime/right_of_way.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/storage/file/file_system.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace skald::storage {

/// A record ready to be written: compressed, framed and checksummed by `frame_record`, on the
/// caller's thread, so that the WAL thread only writes and syncs.
struct WalRecord {
    std::string frame;
    std::string_view rest;  ///< Of the frame; somebody else's, who keeps it until it is written.
    std::uint64_t payload_bytes = 0;

    std::uint64_t stored_bytes() const { return frame.size() + rest.size(); }
};

/// Frames `payload` (docs/formats/wal.md): LZ4 if that makes it smaller.
WalRecord frame_record(std::string_view payload);
/// As `frame_record` for the payload that `head` and `packed` make together, most of which is
/// packed already: stored as it is, and not copied. `packed` must live until the record's
/// AppendDone has begun to run.
WalRecord frame_packed_record(std::string_view head, std::string_view packed);

/// The write-ahead log: one file a generation, `wal/<generation, 16 hex digits>.wal`, group commit.
///
/// Write path: ingester -> [Wal] -> (durable) -> memtable.
/// Invariants:
///  - One write and sync runs at a time, over everything that was queued when it began; the next
///    begins when it ends. No timer: a lone record waits for one sync only.
///  - Callbacks of appends and rotations run on the WAL thread, in the order of the calls'
///  queueing,
///    each exactly once.
///  - After a failed write or sync the file is cut at its last durable offset and closed, the
///  records that waited get
///    the error, and the next append starts a new generation. A failed sync is never retried on the
///    same file.
/// Threading: thread-safe.
class Wal {
public:
    struct Options {
        std::string directory;
        std::uint64_t first_generation = 1;  ///< Number of the first file that is started.
        std::uint64_t queue_bytes_max =
            64U << 20;  ///< Appends beyond it fail with kUnavailable at once.
        /// Prepared behind the records, so that a sync has only bytes to save, no blocks or length:
        /// on ext4 one or two requests to the disk less, and no thread of the kernel to wait for.
        /// 0: none.
        std::uint64_t room_bytes = 1U << 20;
        /// Not where the log grows faster than `room_bytes` in this time.
        std::chrono::milliseconds room_lasts{250};
        /// Claimed by each sync. It outlives the log.
        RightOfWay* right_of_way = nullptr;
    };
    /// Told on the WAL thread about each change of file, in order with the append callbacks: after
    /// `ended(g)` no record of generation g follows.
    using GenerationEnded = std::function<void(std::uint64_t generation)>;
    /// The generation whose file holds the record, or why there is none.
    using AppendDone = std::function<void(Result<std::uint64_t> generation)>;

    /// Starts the WAL thread. The first file is made at the first append (an idle server makes
    /// none). Its number is `first_generation`, or higher if the folder holds files of that or
    /// later ones. Errors: kIo if the folder cannot be made.
    static Result<std::unique_ptr<Wal>> open(FileSystem& files, Options options,
                                             GenerationEnded ended, MetricsRegistry& metrics);
    virtual ~Wal() = default;

    /// Queues the record; `done` runs after the sync that covers it. A record that is refused at
    /// once is not queued, and `done` runs inside this call.
    /// Errors (to `done`): kUnavailable if the queue is full, the disk is, or writing failed
    /// otherwise, and after `stop`; kTooLarge beyond 1 GiB. After a failed write the record may
    /// still come up in a replay.
    virtual void append(WalRecord record, AppendDone done) = 0;
    /// Ends the current generation once what is queued before has been written; a no-op (but
    /// `done` still runs) if it has no record. `done` runs after GenerationEnded.
    virtual void rotate(std::function<void()> done) = 0;
    /// Bytes in the current generation's file, 0 if it has none yet.
    virtual std::uint64_t current_bytes() const = 0;
    /// The number that the next record gets, unless the generation ends before.
    virtual std::uint64_t current_generation() const = 0;
    /// Removes the file of an ended generation whose segment is in the catalog. Removing what is
    /// not there is no error. A large file goes piece by piece, in the background: replay must not
    /// read what a crash leaves of it.
    /// Requires: generation < current_generation().
    virtual Result<void> remove(std::uint64_t generation) = 0;
    /// Writes what is queued, then joins the thread. Later appends fail with kUnavailable, later
    /// rotations do nothing. The last file stays, its generation is not reported as ended.
    /// Requires: not called from a callback.
    virtual void stop() = 0;
};

/// What replay found in one file.
struct WalFileReport {
    std::uint64_t generation = 0;
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;            ///< Of the file, without what follows.
    std::uint64_t damaged_records = 0;  ///< Skipped; each was logged with its offset.
    std::uint64_t torn_bytes = 0;       ///< Cut off at the end.
    std::uint64_t room_bytes = 0;       ///< Zeros behind these, prepared for more records.
    bool is_header_damaged = false;     ///< The file's own, which costs no record.
};

/// Numbers of the WAL files in the folder, ascending. A missing folder is an empty list.
Result<std::vector<std::uint64_t>> list_wal_generations(FileSystem& files,
                                                        const std::string& directory);

/// Reads one file from front to back and hands each good record's payload to `apply`. A torn tail
/// is cut (the file is truncated) with a warning; a damaged record in the middle is reported and
/// skipped. Accepts any bytes. Memory: a window of 4 MiB, and the largest record, stored and
/// unpacked. Errors: kIo, kNotSupported (a format version of the future; the file is left as it
/// is), and what `apply` returns.
Result<WalFileReport> replay_wal_file(
    FileSystem& files, const std::string& directory, std::uint64_t generation,
    const std::function<Result<void>(std::string_view payload)>& apply);

}  // namespace skald::storage

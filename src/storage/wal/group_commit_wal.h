// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metrics.h"
#include "slow_removal.h"
#include "wal_file.h"

#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/guarded.h>
#include <skald/storage/wal/wal.h>

#include <atomic>
#include <condition_variable>
#include <optional>
#include <span>
#include <thread>
#include <vector>

namespace skald::storage {

/// One thread that writes and syncs everything that queued up while it wrote and synced before.
class GroupCommitWal final : public Wal {
public:
    /// Requires: the folder is there.
    GroupCommitWal(FileSystem& files, Options options, GenerationEnded ended,
                   MetricsRegistry& metrics);
    ~GroupCommitWal() override;

    void append(WalRecord record, AppendDone done) override;
    void rotate(std::function<void()> done) override;
    std::uint64_t current_bytes() const override { return current_bytes_.load(); }
    std::uint64_t current_generation() const override { return generation_.load(); }
    Result<void> remove(std::uint64_t generation) override;
    void stop() override;

private:
    /// An append, or a rotation (without a record).
    struct Request {
        WalRecord record;
        AppendDone append_done;
        std::function<void()> rotate_done;

        bool is_append() const { return append_done != nullptr; }
    };
    struct Queue {
        std::vector<Request> requests;
        std::uint64_t bytes = 0;  ///< Frames of the requests here and of those being written.
        bool idle = false;        ///< The thread waits to be woken.
        bool stopping = false;
    };

    void run();
    /// False when there is nothing more to do, ever.
    bool take(std::vector<Request>& batch);
    void serve(std::span<Request> batch);
    void commit(std::span<Request> appends);
    Result<void> write_and_sync(std::span<Request> appends);
    Result<void> timed_sync();
    void make_room();
    /// Writes of the file failed; what is durable stays. The generation, if it has ended with that.
    std::optional<std::uint64_t> abandon_file();
    void end_generation();
    void count_failure(const Error& error);
    void count_success(std::span<const Request> appends, std::uint64_t bytes);
    static void release_frames(std::span<Request> appends, Guarded<Queue>& queue);

    FileSystem& files_;
    Options options_;
    GenerationEnded ended_;
    WalMetrics metrics_;
    SystemClock clock_;

    Guarded<Queue> queue_;
    std::condition_variable wake_;

    std::atomic<std::uint64_t> generation_;  ///< Written by the WAL thread only.
    std::atomic<std::uint64_t> current_bytes_ = 0;
    std::optional<WalFile> file_;  ///< WAL thread only.
    std::uint64_t failures_ = 0;   ///< Since the last success. WAL thread only.

    SlowRemoval removal_;

    std::once_flag stopped_;
    std::thread thread_;
};

}  // namespace skald::storage

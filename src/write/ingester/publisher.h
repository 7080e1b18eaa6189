// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "live_generations.h"
#include "metrics.h"
#include "sealer.h"
#include "segment_fill.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/storage/store/store.h>
#include <skald/storage/wal/wal.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

namespace skald::write {

/// Publishes ended generations, one at a time, oldest first, on a thread of its own:
/// segment and catalog, then out of the list of live ones, then the WAL file goes.
///
/// Invariant: a generation that could not be published stays where it is, readable, and is tried
/// again; those behind it wait, so that segments appear in the order of generations.
/// Threading: thread-safe.
class Publisher {
public:
    /// What it works on; all must outlive it.
    struct Parts {
        storage::Store& store;
        storage::Wal& wal;
        LiveGenerations& live;
        Sealer& sealer;
        Clock& clock;
        IngesterMetrics& metrics;
    };

    Publisher(Parts parts, SegmentFill fill);
    /// As `stop`.
    ~Publisher() { stop(); }
    Publisher(const Publisher&) = delete;
    Publisher& operator=(const Publisher&) = delete;

    /// Nothing will be appended to `memtable` any more. Requires: ascending numbers.
    void add(std::shared_ptr<Memtable> memtable);
    /// The generation's WAL file holds nothing that is not in a segment.
    void retire_later(std::uint64_t generation);
    /// Tries again what failed, if it is time.
    void tick();
    /// Returns when everything that was added before is published. Tries at once, and only once,
    /// what failed before. Errors: those of the store; kUnavailable after stop.
    Result<void> drain();
    /// Gives up a flush that runs, then joins the thread.
    void stop();

private:
    void run();
    Result<void> publish(const std::shared_ptr<Memtable>& memtable);
    void retire_ready();
    void failed(const Memtable& memtable, const Error& error);

    const Parts parts_;
    const SegmentFill fill_;
    std::atomic<bool> stopping_{false};

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::shared_ptr<Memtable>> queue_;
    std::set<std::uint64_t> to_retire_;
    bool retire_now_ = false;
    Clock::TimePoint retry_at_{};
    std::uint64_t failures_ = 0;  ///< In a row.
    std::uint64_t attempts_ = 0;
    std::uint64_t drains_ = 0;  ///< Calls of `drain` so far.
    std::uint64_t failed_attempt_ = 0;
    Error last_error_{ErrorCode::kUnavailable, {}};
    std::thread thread_;
};

}  // namespace skald::write

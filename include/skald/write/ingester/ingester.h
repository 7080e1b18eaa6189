// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/cluster/rpc/ingester_client.h>
#include <skald/cluster/rpc/live_tail.h>
#include <skald/foundation/base/result.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/limits.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/memory_budget.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/storage/block/block_codec.h>
#include <skald/storage/file/file_system.h>
#include <skald/storage/store/run_source.h>
#include <skald/storage/store/store.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace skald::write {

/// Keeps what it acknowledges: write-ahead log first, then memory, then segments.
///
/// Write path: distributor -> [Ingester] -> Wal -> memtable of the generation -> Store.
/// Read path: querier -> [Ingester] (as MemtableSource).
/// Invariants: an entry is visible only after it is durable, in WAL order. A generation's WAL file
/// goes only after its segment is in the catalog. docs/formats/commit.md has the whole protocol.
/// Threading: thread-safe.
class Ingester : public cluster::IngesterClient, public storage::MemtableSource {
public:
    struct Options {
        std::string instance = "skald";
        std::string wal_directory;
        std::uint64_t wal_bytes_max =
            256 * kMiB;  ///< A generation ends when its WAL file is this large,
        std::uint64_t memtable_bytes_max = 128 * kMiB;  ///< or its rows take this much memory,
        DurationNs generation_age_max = 15 * kNanosPerMinute;  ///< or it is this old.
        std::uint64_t memory_budget =
            224 * kMiB;  ///< All generations; beyond it pushes are delayed, then get 503.
        /// Of all tails: rows that wait to be shown take their part of it.
        std::shared_ptr<MemoryBudget> tail_memory = std::make_shared<MemoryBudget>(32 * kMiB);
        std::uint64_t block_bytes = 256 * kKiB;  ///< Raw bytes at which an open block is sealed.
        std::uint64_t shared_block_below =
            64 * kKiB;  ///< Streams with less share a block when flushed.
        storage::EncodeOptions encode;
        DurationNs out_of_order_window =
            kNanosPerHour;  ///< Half of max_chunk_age: older than newest − this is refused.
        std::uint32_t max_returned_stream_errors = 10;
        /// If set, `create` returns before the WAL is replayed: pushes are taken at once, reads
        /// and flushes wait for its end. Called if the replay fails (on a thread of the ingester's
        /// own, not from `stop`): rows that were acknowledged can't be read then.
        std::function<void(const Error&)> replay_failed;
    };

    /// Replays the WAL folder, then starts. Recovered generations are flushed in the background.
    /// What is passed by reference must outlive the ingester. Blocking: without
    /// Options::replay_failed it returns when replay is done.
    static Result<std::unique_ptr<Ingester>> create(Options options, storage::FileSystem& files,
                                                    storage::Store& store,
                                                    const LimitsSource& limits, Clock& clock,
                                                    WorkerPool& workers, MetricsRegistry& metrics);

    /// Ends the current generation and returns when everything acknowledged before the call is in
    /// published segments. Errors: those of the store. Blocking: never from an I/O or worker
    /// thread.
    virtual Result<void> flush() = 0;
    /// Called about once a second by the owner's timer: ends generations by age, retries failed
    /// flushes.
    virtual void tick() = 0;
    /// Refuses new pushes with kUnavailable, waits for the accepted ones, syncs, stops the threads.
    /// Acknowledged rows stay in the WAL. Blocking.
    virtual void stop() = 0;

    struct Totals {
        std::uint64_t streams = 0;
        std::uint64_t memory_bytes = 0;
        std::uint64_t generations = 0;
        std::uint64_t wal_bytes = 0;
    };
    virtual Totals totals() const = 0;

    /// Rows as they become durable; lives as long as the ingester, which its subscriptions must not
    /// outlive.
    virtual cluster::LiveTail& live_tail() = 0;
};

}  // namespace skald::write

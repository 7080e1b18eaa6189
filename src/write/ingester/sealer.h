// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "memory_ledger.h"
#include "memtable.h"

#include <skald/foundation/runtime/worker_pool.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/storage/block/block_codec.h>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

namespace skald::write {

/// Compresses closed blocks on the worker pool's background lane.
/// Threading: thread-safe.
class Sealer {
public:
    /// `on_sealed` runs after each block, on a worker.
    Sealer(WorkerPool& workers, const storage::EncodeOptions& encode, MemoryLedger& ledger,
           std::function<void()> on_sealed, Counter failures);
    /// As `wait_idle`.
    ~Sealer() { wait_idle(); }
    Sealer(const Sealer&) = delete;
    Sealer& operator=(const Sealer&) = delete;

    void seal(std::shared_ptr<Memtable> memtable, StreamRows& rows, StreamRows::ToSeal job);
    /// Returns once no block of the generation waits.
    void wait_sealed(std::uint64_t generation);
    /// Returns once less than `bytes` wait.
    void wait_below(std::int64_t bytes);
    void wait_idle();

    const storage::EncodeOptions& encode() const { return encode_; }
    WorkerPool& workers() { return workers_; }

private:
    void run(Memtable& memtable, StreamRows& rows, const StreamRows::ToSeal& job);

    WorkerPool& workers_;
    const storage::EncodeOptions encode_;
    MemoryLedger& ledger_;
    const std::function<void()> on_sealed_;
    Counter failures_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::uint64_t, std::size_t> waiting_;  ///< Blocks by generation; none with 0.
};

}  // namespace skald::write

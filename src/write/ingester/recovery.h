// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "live_generations.h"
#include "metrics.h"
#include "publisher.h"
#include "sealer.h"
#include "stream_table.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/storage/file/file_system.h>
#include <skald/storage/store/store.h>
#include <skald/write/ingester/wal_record.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace skald::write {

/// Brings back what the WAL files hold, before anything is read: one memtable a file, sealed in
/// parallel on the worker pool, then handed to the publisher. Newer generations may be written
/// meanwhile. Threading: single-owner.
class Recovery {
public:
    struct Options {
        std::string instance;
        std::string wal_directory;
        std::uint64_t block_bytes = 0;
        std::uint64_t memory_budget = 0;
        std::int64_t sealing_max = 0;
        const std::atomic<bool>* stopping = nullptr;  ///< Set: give up soon.
    };
    /// What it works on; all must outlive it.
    struct Parts {
        storage::FileSystem& files;
        storage::Store& store;
        StreamTable& streams;
        Sealer& sealer;
        std::shared_ptr<MemoryLedger> ledger;
        LiveGenerations& live;
        Publisher& publisher;
        Clock& clock;
        IngesterMetrics& metrics;
    };

    Recovery(Options options, Parts parts)
        : options_(std::move(options)), parts_(std::move(parts)) {}

    /// Replays the files, ascending. Damaged records are counted and skipped. Errors: kIo;
    /// kUnavailable: it was given up.
    Result<void> replay(const std::vector<std::uint64_t>& wal_files);

private:
    Result<void> replay_file(std::uint64_t generation);
    void apply(Memtable& memtable, std::string_view payload);
    void make_room();

    const Options options_;
    const Parts parts_;
    WalRecordDecoder decoder_;
    std::uint64_t entries_ = 0;
    std::uint64_t bytes_ = 0;
    Clock::TimePoint next_progress_{};
};

}  // namespace skald::write

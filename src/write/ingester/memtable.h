// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "memory_ledger.h"
#include "stream_rows.h"

#include <skald/cluster/rpc/stream_batch.h>
#include <skald/foundation/base/hash.h>
#include <skald/foundation/base/stable_table.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/storage/block/block.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace skald::write {

class Sealer;

/// The rows of one generation: what its WAL file can bring back.
///
/// Invariant: rows only come, none goes as long as the memtable lives, and streams stay where they
/// are, so that a reader walks them without a lock.
/// Threading: one thread appends (and stops before the flush begins); reading is thread-safe.
class Memtable : public std::enable_shared_from_this<Memtable> {
public:
    struct Options {
        storage::GenerationId id;
        std::uint64_t block_bytes = 0;
        Clock::TimePoint created;
    };

    /// `sealer` must outlive the last append.
    Memtable(Options options, Sealer& sealer, std::shared_ptr<MemoryLedger> ledger);
    ~Memtable();
    Memtable(const Memtable&) = delete;
    Memtable& operator=(const Memtable&) = delete;

    const storage::GenerationId& id() const { return options_.id; }
    Clock::TimePoint created() const { return options_.created; }
    std::int64_t memory_bytes() const { return memory_.load(std::memory_order_relaxed); }
    std::uint64_t rows() const { return rows_.load(std::memory_order_relaxed); }

    /// Copies the batch's entries; full blocks go to the sealer.
    void append(const cluster::StreamBatch& batch);

    /// The rows of one tenant: a table that only grows.
    class TenantRows {
    public:
        /// Calls `use(StreamRows&)` for each stream and period that is in it at the moment.
        template <class F>
        void for_each(F&& use) const {
            // Streams lie all over the heap: what comes soon is fetched meanwhile.
            rows_.for_each(
                std::forward<F>(use),
                [](const StreamRows& rows) { __builtin_prefetch(rows.stream().get()); },
                [](const StreamRows& rows) { rows.stream()->labels.prefetch(); });
        }

    private:
        friend class Memtable;
        static std::uint64_t hash_of(const StreamId& stream, std::int32_t period) {
            return stream.low + static_cast<std::uint32_t>(period) * 0x9E3779B97F4A7C15U;
        }

        StableTable<StreamRows> rows_;
    };

    /// Null if the tenant has no rows here.
    const TenantRows* tenant(const TenantId& tenant) const;
    /// The tenant that the rows are of, for messages: it looks for them.
    std::string tenant_of(const StreamRows& rows) const;
    /// In the order of tenants.
    void for_each_tenant(const std::function<void(const TenantId&, const TenantRows&)>& use) const;

    /// The sealer's report: the closed block at `position` of `rows` has its sealed form.
    void sealed(StreamRows& rows, const StreamRows::ToSeal& job, const storage::SealedBlock& block);

    /// Why the generation ended, for the metric.
    std::string end_reason = "full";

private:
    TenantRows& tenant_rows(const TenantId& tenant);
    StreamRows& rows_of(TenantRows& tenant, const StreamPtr& stream, std::int32_t period);
    static void prefetch(const TenantRows& tenant, const cluster::StreamBatch& batch,
                         const cluster::StreamBatch::StreamEntries& stream);
    void append_stream(TenantRows& tenant, const StreamPtr& stream,
                       std::span<const EntryView> entries, std::span<const LabelView> pairs);
    void account(std::int64_t bytes);
    void count_block();

    const Options options_;
    Sealer& sealer_;
    const std::shared_ptr<MemoryLedger> ledger_;
    mutable std::mutex mutex_;
    std::map<TenantId, TenantRows> tenants_;  ///< Under mutex_; the values stay where they are.
    std::atomic<std::int64_t> memory_{0};
    std::atomic<std::uint64_t> rows_{0};
    std::atomic<std::int64_t> blocks_{0};
};

}  // namespace skald::write

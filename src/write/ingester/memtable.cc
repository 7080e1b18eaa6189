// SPDX-License-Identifier: Apache-2.0
#include "memtable.h"

#include "sealer.h"

namespace skald::write {
namespace {

// With its place in the table and allocator overhead. The stream is active as long as rows of it
// are in memory: the table of streams counts it.
constexpr std::int64_t kRowsMemory = sizeof(StreamRows) + 64;

}  // namespace

Memtable::Memtable(Options options, Sealer& sealer, std::shared_ptr<MemoryLedger> ledger)
    : options_(std::move(options)), sealer_(sealer), ledger_(std::move(ledger)) {}

Memtable::~Memtable() {
    ledger_->rows.fetch_sub(memory_.load());
    ledger_->blocks.fetch_sub(blocks_.load());
}

void Memtable::account(std::int64_t bytes) {
    memory_.fetch_add(bytes, std::memory_order_relaxed);
    ledger_->rows.fetch_add(bytes, std::memory_order_relaxed);
}

void Memtable::count_block() {
    blocks_.fetch_add(1, std::memory_order_relaxed);
    ledger_->blocks.fetch_add(1, std::memory_order_relaxed);
    ledger_->blocks_begun.fetch_add(1, std::memory_order_relaxed);
}

Memtable::TenantRows& Memtable::tenant_rows(const TenantId& tenant) {
    const std::lock_guard hold(mutex_);
    return tenants_[tenant];
}

const Memtable::TenantRows* Memtable::tenant(const TenantId& tenant) const {
    const std::lock_guard hold(mutex_);
    const auto found = tenants_.find(tenant);
    return found == tenants_.end() ? nullptr : &found->second;
}

std::string Memtable::tenant_of(const StreamRows& rows) const {
    std::string found;
    for_each_tenant([&](const TenantId& tenant, const TenantRows& all) {
        all.for_each([&](const StreamRows& each) {
            if (&each == &rows) found = tenant.text();
        });
    });
    return found;
}

void Memtable::for_each_tenant(
    const std::function<void(const TenantId&, const TenantRows&)>& use) const {
    std::vector<std::pair<const TenantId*, const TenantRows*>> all;
    {
        const std::lock_guard hold(mutex_);
        for (const auto& [tenant, rows] : tenants_) all.emplace_back(&tenant, &rows);
    }
    for (const auto& [tenant, rows] : all) use(*tenant, *rows);
}

StreamRows& Memtable::rows_of(TenantRows& tenant, const StreamPtr& stream, std::int32_t period) {
    const std::uint64_t hash = TenantRows::hash_of(stream->id, period);
    const auto is_wanted = [&](const StreamRows& rows) {
        return rows.period() == period &&
               (rows.stream() == stream || rows.stream()->id == stream->id);
    };
    if (StreamRows* const found = tenant.rows_.find(hash, is_wanted)) return *found;
    account(kRowsMemory);
    // The one that grows; the sealer's are counted when they are closed.
    count_block();
    return tenant.rows_.insert(hash, stream, period);
}

void Memtable::append_stream(TenantRows& tenant, const StreamPtr& stream,
                             std::span<const EntryView> entries, std::span<const LabelView> pairs) {
    std::vector<StreamRows::ToSeal> full;
    while (!entries.empty()) {
        const std::int32_t period = period_of(entries.front().time);
        std::size_t count = 1;
        while (count < entries.size() && period_of(entries[count].time) == period) ++count;
        StreamRows& rows = rows_of(tenant, stream, period);
        account(rows.append(entries.first(count), pairs, options_.block_bytes, full));
        for (StreamRows::ToSeal& job : full) {
            count_block();
            sealer_.seal(shared_from_this(), rows, std::move(job));
        }
        full.clear();
        entries = entries.subspan(count);
    }
}

/// Fetches where the stream's rows are looked for: with very many streams that is most of the work.
void Memtable::prefetch(const TenantRows& tenant, const cluster::StreamBatch& batch,
                        const cluster::StreamBatch::StreamEntries& stream) {
    if (stream.entries_begin == stream.entries_end) return;
    const std::int32_t period = period_of(batch.entries[stream.entries_begin].time);
    tenant.rows_.prefetch(TenantRows::hash_of(stream.stream->id, period));
}

void Memtable::append(const cluster::StreamBatch& batch) {
    TenantRows& tenant = tenant_rows(batch.tenant);
    std::uint64_t rows = 0;
    constexpr std::size_t kAhead = 8;
    for (std::size_t i = 0; i < batch.streams.size(); ++i) {
        const auto& stream = batch.streams[i];
        if (i + kAhead < batch.streams.size()) prefetch(tenant, batch, batch.streams[i + kAhead]);
        const std::uint32_t count = stream.entries_end - stream.entries_begin;
        append_stream(tenant, stream.stream,
                      std::span(batch.entries).subspan(stream.entries_begin, count), batch.pairs);
        rows += count;
    }
    rows_.fetch_add(rows, std::memory_order_relaxed);
}

void Memtable::sealed(StreamRows& rows, const StreamRows::ToSeal& job,
                      const storage::SealedBlock& block) {
    account(rows.sealed(job.position, block) - job.memory);
}

}  // namespace skald::write

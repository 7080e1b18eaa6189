// SPDX-License-Identifier: Apache-2.0
#include "memtable_reader.h"

#include <skald/storage/store/keep_each_once.h>
#include <skald/storage/store/stream_filter.h>

#include <algorithm>
#include <cstdint>

namespace skald::write {
namespace {

bool period_overlaps(std::int32_t period, const storage::Selection& selection) {
    return period >= period_of(selection.start) && period <= period_of(selection.end);
}

}  // namespace

MemtableReader::MemtableReader(TenantId tenant, std::vector<std::shared_ptr<Memtable>> memtables)
    : tenant_(std::move(tenant)), memtables_(std::move(memtables)) {
    for (const auto& memtable : memtables_) generations_.insert(memtable->id());
}

Result<std::vector<storage::Run>> MemtableReader::select(
    const storage::Selection& selection) const {
    SKALD_DASSERT(selection.tenant == tenant_);
    storage::StreamFilter filter(selection.matchers);
    storage::SelectionMemory memory(selection);
    std::vector<const StreamRows*> found;
    std::vector<std::size_t> ends;  ///< Of what was found in each memtable.
    std::size_t runs_count = 0;
    std::size_t snapshots_count = 0;
    Result<void> taken;
    for (const auto& memtable : memtables_) {
        const auto* rows = memtable->tenant(tenant_);
        ends.push_back(found.size());
        if (rows == nullptr) continue;
        rows->for_each([&](const StreamRows& stream) {
            if (!taken || !period_overlaps(stream.period(), selection)) return;
            if (!filter.accepts(stream.stream()->labels)) return;
            const StreamRows::Extent extent = stream.extent(selection.start, selection.end);
            if (extent.runs == 0) return;
            runs_count += extent.runs;
            snapshots_count += extent.snapshots;
            taken = memory.take(extent.bytes + sizeof(found[0]));
            found.push_back(&stream);
        });
        SKALD_CHECK(taken);
        ends.back() = found.size();
    }
    std::vector<storage::Run> runs;
    // Growing would take the room of a million runs twice.
    runs.reserve(runs_count);
    storage::Snapshots snapshots(snapshots_count);
    std::size_t next = 0;
    for (std::size_t i = 0; i < memtables_.size(); ++i) {
        const std::uint64_t generation = memtables_[i]->id().number;
        for (; next < ends[i]; ++next)
            found[next]->collect(selection.start, selection.end, generation, snapshots, runs);
    }
    return runs;
}

Result<std::vector<StreamPtr>> MemtableReader::streams(const storage::Selection& selection) const {
    SKALD_DASSERT(selection.tenant == tenant_);
    storage::StreamFilter filter(selection.matchers);
    storage::SelectionMemory memory(selection);
    std::vector<StreamPtr> streams;
    // A stream may have rows of several periods and generations; where there is but one of both,
    // each is found once.
    std::size_t tables = 0;
    std::int32_t first_period = INT32_MAX;
    std::int32_t last_period = INT32_MIN;
    Result<void> taken;
    for (const auto& memtable : memtables_) {
        const auto* rows = memtable->tenant(tenant_);
        if (rows == nullptr) continue;
        const std::size_t before = streams.size();
        rows->for_each([&](const StreamRows& stream) {
            if (!taken || !period_overlaps(stream.period(), selection)) return;
            if (!filter.accepts(stream.stream()->labels)) return;
            if (!stream.overlaps(selection.start, selection.end)) return;
            taken = memory.take(storage::kListedStreamBytes);
            if (!taken) return;
            streams.push_back(stream.stream());
            first_period = std::min(first_period, stream.period());
            last_period = std::max(last_period, stream.period());
        });
        SKALD_CHECK(taken);
        if (streams.size() > before) ++tables;
    }
    if (tables <= 1 && first_period >= last_period) return streams;
    storage::keep_each_once(streams);
    return streams;
}

}  // namespace skald::write

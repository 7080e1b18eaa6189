// SPDX-License-Identifier: Apache-2.0
#include "run_meter.h"

#include "tenant_scope.h"
#include "time_search.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

namespace skald::read {
namespace {

using storage::Run;

RunShare whole(const Run& run) {
    return {static_cast<double>(run.rows()), static_cast<double>(run.line_bytes)};
}

/// Both ends belong to it, so that one instant is not of length zero.
double length(TimeNs from, TimeNs to) {
    return static_cast<double>(to) - static_cast<double>(from) + 1;
}

/// Adds the runs that have rows. The first ones are not copied: there may be a million.
void append(std::vector<Run>& runs, std::vector<Run> more) {
    if (runs.empty()) {
        runs = std::move(more);
        std::erase_if(runs, [](const Run& run) { return run.rows() == 0; });
        return;
    }
    runs.reserve(runs.size() + more.size());
    std::copy_if(std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()),
                 std::back_inserter(runs), [](const Run& run) { return run.rows() > 0; });
}

/// Of the blocks of runs, of which those of one stand together.
std::uint64_t rows_of_blocks(std::span<const Run> runs) {
    std::uint64_t rows = 0;
    const storage::Block* before = nullptr;
    for (const Run& run : runs) {
        if (run.block.get() != before) rows += run.block->summary().rows;
        before = run.block.get();
    }
    return rows;
}

Result<SelectedRuns> select_from(const storage::MemtableSource& memtables,
                                 const storage::Store& store, const storage::Selection& selection,
                                 const std::vector<TenantId>& more_tenants) {
    SelectedRuns selected;
    SKALD_TRY(const std::vector<storage::Selection> selections,
              split_by_tenant(selection, more_tenants));
    for (const storage::Selection& one : selections) {
        auto pin = memtables.pin(one.tenant);
        SKALD_TRY(std::vector<Run> memory_runs, pin->select(one));
        SKALD_TRY(std::vector<Run> stored_runs, store.select(one, pin->generations()));
        selected.pins.push_back(std::move(pin));
        if (!more_tenants.empty()) {
            TenantStreamNames names(one.tenant);
            for (Run& run : memory_runs) run.stream = names.of(run.stream);
            for (Run& run : stored_runs) run.stream = names.of(run.stream);
        }
        append(selected.in_memory, std::move(memory_runs));
        append(selected.stored, std::move(stored_runs));
    }
    return selected;
}

}  // namespace

Result<SelectedRuns> select_runs(const storage::MemtableSource& memtables,
                                 const storage::Store& store, storage::Selection selection,
                                 const std::vector<TenantId>& more_tenants, const StopSign& stop,
                                 HeldMemory& memory) {
    selection.take_memory = [&](std::uint64_t bytes) {
        return !stop.is_up() && memory.take(bytes);
    };
    Result<SelectedRuns> selected = select_from(memtables, store, selection, more_tenants);
    if (selected) return selected;
    if (stop.was_seen()) return stop.error();
    if (std::optional<Error> refusal = memory.refusal()) return *std::move(refusal);
    return selected;
}

/// Gives those that the range cuts, the runs of one block together, so that its columns are decoded
/// once.
RunMeter::Runs RunMeter::put_cut_ones_last(Runs runs) const {
    const auto cut = std::partition(runs.begin(), runs.end(), [this](const Run& run) {
        return run.min_time >= buckets_.start() && run.max_time <= buckets_.end();
    });
    std::sort(cut, runs.end(), [](const Run& a, const Run& b) {
        return std::tuple(a.block.get(), a.row_begin) < std::tuple(b.block.get(), b.row_begin);
    });
    return {cut, runs.end()};
}

Result<void> RunMeter::measure(SelectedRuns& runs, const StopSign& stop, const Take& take) {
    std::array<Runs, 2> lists = {runs.in_memory, runs.stored};
    std::uint64_t rows = 0;
    for (Runs& list : lists) {
        const Runs cut = put_cut_ones_last(list);
        SKALD_CHECK(take_whole(list.first(list.size() - cut.size()), stop, take));
        rows += rows_of_blocks(cut);
        list = cut;
    }
    const bool exact = rows <= exact_rows_max_;
    for (const Runs& cut : lists) {
        SKALD_CHECK(take_cut(cut, exact, stop, take));
    }
    return {};
}

Result<void> RunMeter::take_whole(Runs runs, const StopSign& stop, const Take& take) const {
    // Streams and their labels lie all over the heap: what comes soon is fetched meanwhile.
    constexpr std::size_t kAhead = 16;
    constexpr std::size_t kRunsPerLook = 4096;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if (i % kRunsPerLook == 0 && stop.is_up()) return stop.error();
        if (i + 2 * kAhead < runs.size()) __builtin_prefetch(runs[i + 2 * kAhead].stream.get());
        if (i + kAhead < runs.size()) runs[i + kAhead].stream->labels.prefetch();
        spread(runs[i], whole(runs[i]), runs[i].min_time, runs[i].max_time, take);
    }
    return {};
}

Result<void> RunMeter::take_cut(Runs runs, bool exact, const StopSign& stop, const Take& take) {
    for (const Run& run : runs) {
        if (stop.is_up()) return stop.error();
        if (exact && load(run.block)) {
            take_by_columns(run, take);
        } else {
            take_in_proportion(run, take);
        }
    }
    return {};
}

bool RunMeter::load(const std::shared_ptr<const storage::Block>& block) {
    if (block.get() == block_) return readable_;
    block_ = block.get();
    auto times = block->times();
    auto offsets = block->offsets();
    readable_ = times.has_value() && offsets.has_value();
    if (!readable_) return false;
    times_ = *std::move(times);
    offsets_ = *std::move(offsets);
    return true;
}

void RunMeter::take_by_columns(const Run& run, const Take& take) const {
    const RowRange rows = rows_between(times_.values, run, buckets_.start(), buckets_.end());
    if (rows.size() == 0) return;
    const double count = rows.size();
    const auto lines = static_cast<double>(offsets_.line_bytes(rows.begin, rows.end));
    spread(run, {count, lines}, times_.values[rows.begin], times_.values[rows.end - 1], take);
}

void RunMeter::take_in_proportion(const Run& run, const Take& take) const {
    const TimeNs from = std::max(run.min_time, buckets_.start());
    const TimeNs to = std::min(run.max_time, buckets_.end());
    if (from > to) return;
    const RunShare all = whole(run);
    const double share = length(from, to) / length(run.min_time, run.max_time);
    spread(run, {all.rows * share, all.bytes * share}, from, to, take);
}

void RunMeter::spread(const Run& run, RunShare share, TimeNs from, TimeNs to,
                      const Take& take) const {
    const std::size_t last = buckets_.index_of(to);
    const double all = length(from, to);
    for (std::size_t bucket = buckets_.index_of(from); bucket <= last; ++bucket) {
        const TimeNs first = std::max(from, buckets_.first(bucket));
        const TimeNs end = std::min(to, buckets_.last(bucket));
        const double part = length(first, end) / all;
        take(run, bucket, {share.rows * part, share.bytes * part});
    }
}

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#include "run_merge.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace skald::storage {

bool RunMerge::is_later(const Cursor& left, const Cursor& right) {
    return std::tuple(left.time, left.order, left.ref.run->position, left.ref.input) >
           std::tuple(right.time, right.order, right.ref.run->position, right.ref.input);
}

Result<void> RunMerge::open(Cursor& cursor, const RowCut& cut) {
    const RunEntry& run = *cursor.ref.run;
    SKALD_TRY(cursor.block, source_.decode(cursor.ref.input, run.block));
    const std::span<const TimeNs> times = cursor.block->times.values;
    if (run.row_begin >= run.row_end || run.row_end > times.size() ||
        run.row_end > cursor.block->lines.offsets.rows())
        return Error{ErrorCode::kCorruption,
                     inputs_[cursor.ref.input].segment.object_key() + ": a run outside its block"};
    cursor.row = run.row_begin;
    while (cursor.row < run.row_end && times[cursor.row] < cut.keep_from) ++cursor.row;
    passed_over_ += cursor.row - run.row_begin;
    SKALD_TRY(cursor.deleted, deleted_rows(cut, run, cursor.block, cursor.row, run.row_end));
    return {};
}

/// True if the row at hand was a deleted one.
bool RunMerge::pass_deleted(Cursor& cursor) {
    if (cursor.next_deleted == cursor.deleted.size() ||
        cursor.deleted[cursor.next_deleted] != cursor.row)
        return false;
    ++cursor.next_deleted;
    ++cursor.row;
    ++deleted_;
    return true;
}

Result<void> RunMerge::take_row(const DecodedBlock& block, std::uint32_t row, const Take& take) {
    pairs_.clear();
    if (block.metadata != nullptr) {
        for (const MetadataColumn& column : block.metadata->columns) {
            const std::string_view value = column.value(row);
            if (!value.empty()) pairs_.push_back({column.name, value});
        }
    }
    EntryView entry;
    entry.time = block.times.values[row];
    entry.line = block.lines.line(row);
    entry.level = block.levels->value(row);
    entry.metadata_count = static_cast<std::uint32_t>(pairs_.size());
    return take(entry, pairs_);
}

Result<void> RunMerge::merge(std::span<const RunRef> runs, const RowCut& cut, const Take& take) {
    std::vector<Cursor> heap;
    heap.reserve(runs.size());
    for (const RunRef& ref : runs) {
        if (ref.run->max_time < cut.keep_from) continue;
        Cursor cursor;
        cursor.ref = ref;
        cursor.order = inputs_[ref.input].order;
        cursor.time = std::max(ref.run->min_time, cut.keep_from);
        heap.push_back(std::move(cursor));
    }
    std::make_heap(heap.begin(), heap.end(), is_later);
    while (!heap.empty()) {
        std::pop_heap(heap.begin(), heap.end(), is_later);
        Cursor cursor = std::move(heap.back());
        heap.pop_back();
        if (cursor.block == nullptr) {
            SKALD_CHECK(open(cursor, cut));
        }
        const std::span<const TimeNs> times = cursor.block->times.values;
        // The first row that another cursor may come before; most often there is none.
        while (cursor.row < cursor.ref.run->row_end) {
            if (pass_deleted(cursor)) continue;
            cursor.time = times[cursor.row];
            if (!heap.empty() && is_later(cursor, heap.front())) break;
            SKALD_CHECK(take_row(*cursor.block, cursor.row, take));
            ++cursor.row;
        }
        if (cursor.row >= cursor.ref.run->row_end) continue;
        heap.push_back(std::move(cursor));
        std::push_heap(heap.begin(), heap.end(), is_later);
    }
    return {};
}

}  // namespace skald::storage

// SPDX-License-Identifier: Apache-2.0
#include "stream_rows.h"

#include <skald/foundation/base/units.h>

#include <algorithm>

namespace skald::write {
namespace {

/// Blocks are larger only if somebody wants that; they grow on the way.
constexpr std::uint64_t kRoomAheadMax = kMiB;

std::optional<storage::Run> run_of_open(const storage::OpenBlock& open, const StreamPtr& stream,
                                        storage::Snapshots& snapshots) {
    std::shared_ptr<const storage::Block> snapshot = open.snapshot(snapshots);
    if (!snapshot) return std::nullopt;
    const storage::BlockSummary& summary = snapshot->summary();
    storage::Run run;
    run.row_end = summary.rows;
    run.min_time = summary.min_time;
    run.max_time = summary.max_time;
    run.line_bytes = summary.line_bytes;
    run.stream = stream;
    run.block = std::move(snapshot);
    return run;
}

storage::Run run_of_sealed(const StreamRows::Closed& closed, const StreamPtr& stream) {
    storage::Run run;
    run.block = closed.block;
    run.stream = stream;
    run.row_begin = closed.run.row_begin;
    run.row_end = closed.run.row_end;
    run.min_time = closed.run.min_time;
    run.max_time = closed.run.max_time;
    run.line_bytes = closed.run.line_bytes;
    return run;
}

}  // namespace

/// Makes sure that there is an open block and widens its range before the rows are there, so that
/// nobody who should see them passes by. The range may be wider than the rows, never narrower.
void StreamRows::open_for(TimeNs min, TimeNs max) {
    if (open_ && open_min_ <= min && open_max_ >= max) return;
    auto fresh = open_ ? nullptr : std::make_shared<storage::OpenBlock>();
    const std::lock_guard hold(mutex_);
    open_min_ = fresh ? min : std::min(open_min_, min);
    open_max_ = fresh ? max : std::max(open_max_, max);
    if (fresh) open_ = std::move(fresh);
}

std::int64_t StreamRows::open_memory() const {
    return open_ ? static_cast<std::int64_t>(open_->memory_bytes()) : 0;
}

std::int64_t StreamRows::append(std::span<const EntryView> entries,
                                std::span<const LabelView> pairs, std::uint64_t block_bytes,
                                std::vector<ToSeal>& full) {
    if (entries.empty()) return 0;
    const auto [first, last] =
        std::minmax_element(entries.begin(), entries.end(),
                            [](const auto& a, const auto& b) { return a.time < b.time; });
    const TimeNs min = first->time;
    const TimeNs max = last->time;
    std::int64_t grown = -open_memory();
    std::uint64_t room = 0;  // For so many bytes of lines the block need not be asked.
    for (const EntryView& entry : entries) {
        const auto index = static_cast<std::size_t>(&entry - entries.data());
        if (!open_ || index == 0) {
            open_for(min, max);
            reserve(entries.subspan(index), block_bytes);
        }
        open_->append(entry, pairs);
        const std::uint64_t bytes = entry.line.size() + 1;
        if (entry.metadata_count == 0 && bytes < room) {
            room -= bytes;
            continue;
        }
        const std::uint64_t raw = open_->raw_bytes();
        room = raw < block_bytes ? block_bytes - raw : 0;
        if (room > 0) continue;
        grown += open_memory();
        full.push_back(close());
    }
    return grown + open_memory();
}

/// Makes room in the open block for those of `entries` that will go into it; for as many as fill it
/// if they nearly do: to grow for the last few would copy it, and leave it half empty.
void StreamRows::reserve(std::span<const EntryView> entries, std::uint64_t block_bytes) {
    const std::uint64_t raw = open_->raw_bytes();
    std::size_t rows = 0;
    std::uint64_t bytes = 0;
    while (rows < entries.size() && raw + bytes < block_bytes) {
        bytes += entries[rows].line.size() + 1;
        ++rows;
    }
    const std::uint64_t left = block_bytes - std::min(raw + bytes, block_bytes);
    if (rows > 0 && left > 0 && left <= std::min(block_bytes / 3, kRoomAheadMax)) {
        // Of lines like these, somewhat shorter perhaps; the last one may reach beyond the end.
        const std::uint64_t line = bytes / rows;
        rows += left / line * 9 / 8 + 2;
        bytes += left + line;
    }
    open_->reserve(rows, bytes);
}

StreamRows::ToSeal StreamRows::close() {
    Closed closed;
    closed.open = open_;
    closed.min_time = open_min_;
    closed.max_time = open_max_;
    closed.memory = open_memory();
    ToSeal result{this->closed().size(), open_, closed.memory};
    const std::lock_guard hold(mutex_);
    if (!closed_) closed_ = std::make_unique<std::vector<Closed>>();
    closed_->push_back(std::move(closed));
    open_.reset();
    return result;
}

std::int64_t StreamRows::sealed(std::size_t position, const storage::SealedBlock& block) {
    auto readable = storage::make_encoded_block(block.block);
    std::shared_ptr<const storage::OpenBlock> open;  // Freed after the lock.
    const std::lock_guard hold(mutex_);
    Closed& closed = (*closed_)[position];
    closed.block = std::move(readable);
    closed.encoded = block.block;
    closed.run = block.runs.front();
    closed.memory =
        static_cast<std::int64_t>(sizeof(storage::EncodedBlock) + 64 +
                                  block.block->bytes.capacity() + block.block->filter.capacity());
    open.swap(closed.open);
    return closed.memory;
}

void StreamRows::collect(TimeNs start, TimeNs end, std::uint64_t generation,
                         storage::Snapshots& snapshots, std::vector<storage::Run>& out) const {
    const auto overlapping = [&](TimeNs min, TimeNs max) { return min <= end && max >= start; };
    const auto add = [&](storage::Run run, std::uint64_t position) {
        if (!overlapping(run.min_time, run.max_time)) return;
        run.generation = generation;
        run.position = position;
        out.push_back(std::move(run));
    };
    std::vector<std::pair<std::uint64_t, std::shared_ptr<const storage::OpenBlock>>> unsealed;
    std::shared_ptr<const storage::OpenBlock> growing;  // Most streams have nothing else.
    std::uint64_t position = 0;
    {
        const std::lock_guard hold(mutex_);
        for (const Closed& block : closed()) {
            if (overlapping(block.min_time, block.max_time)) {
                if (block.encoded) {
                    add(run_of_sealed(block, stream_), position);
                } else {
                    unsealed.emplace_back(position, block.open);
                }
            }
            ++position;
        }
        if (open_ && overlapping(open_min_, open_max_)) growing = open_;
    }
    // Snapshots outside the lock: the writer does not wait for a reader that sorts. Rows that come
    // meanwhile may be in them; should the open block be closed meanwhile, this reader has it still
    // as the open one only.
    for (const auto& [place, open] : unsealed) {
        if (auto run = run_of_open(*open, stream_, snapshots)) add(*std::move(run), place);
    }
    if (growing == nullptr) return;
    if (auto run = run_of_open(*growing, stream_, snapshots)) add(*std::move(run), position);
}

StreamRows::Extent StreamRows::extent(TimeNs start, TimeNs end) const {
    Extent extent;
    const auto add = [&](const storage::OpenBlock* open) {
        ++extent.runs;
        extent.bytes += sizeof(storage::Run);
        if (open == nullptr) return;
        ++extent.snapshots;
        extent.bytes += open->snapshot_bytes();
    };
    const std::lock_guard hold(mutex_);
    for (const Closed& block : closed()) {
        if (block.min_time <= end && block.max_time >= start) add(block.open.get());
    }
    if (open_ && open_min_ <= end && open_max_ >= start) add(open_.get());
    return extent;
}

bool StreamRows::overlaps(TimeNs start, TimeNs end) const {
    const std::lock_guard hold(mutex_);
    if (open_ && open_min_ <= end && open_max_ >= start) return true;
    return std::ranges::any_of(closed(), [&](const Closed& block) {
        return block.min_time <= end && block.max_time >= start;
    });
}

}  // namespace skald::write

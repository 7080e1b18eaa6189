// SPDX-License-Identifier: Apache-2.0
#include "open_rows.h"
#include "snapshot_block.h"
#include "tie_index.h"

#include <skald/foundation/base/small_mutex.h>
#include <skald/storage/block/open_block.h>

#include <algorithm>
#include <utility>

namespace skald::storage {
namespace {

/// Up to so many rows of one time are compared one by one; more are worth hashing.
constexpr std::uint32_t kScanMax = 16;
/// In memory a metadata index takes 32 bits, in the block a few: so much less weight in raw_bytes.
constexpr std::uint64_t kCellsPerByte = 8;
/// A snapshot that shares the rows, in a slab.
constexpr std::size_t kSharedSnapshotBytes = 104;

}  // namespace

/// The mutex is held for a whole append (a copy of one line) or a snapshot (a few reference
/// counts); reading a snapshot's rows takes no lock, because appends write only past its size.
struct OpenBlock::State {
    // Not Guarded: that is in runtime, above this module, and ten times as large.
    mutable SmallMutex mutex;
    OpenRows rows;
    std::uint32_t ordered_rows = 0;  ///< So many from the first ascend in time.
    std::uint32_t tie_begin = 0;     ///< First of the last rows, that have one time.
    std::unique_ptr<TieIndex> ties;  ///< Of the rows from tie_begin on, once they are many.

    bool ordered() const { return ordered_rows == rows.size(); }
    bool has_duplicate(const IncomingRow& row);
    bool has_duplicate_at_tail(const IncomingRow& row);
    bool has_duplicate_before_tail(const IncomingRow& row) const;
    void append(const IncomingRow& row);
    OpenRows snapshot() const;  ///< In order.
};

bool OpenBlock::State::has_duplicate(const IncomingRow& row) {
    if (rows.size() == 0) return false;
    const TimeNs last = rows.rows().times()[rows.size() - 1];
    if (ordered() && row.time > last) return false;
    if (ordered() && row.time == last) return has_duplicate_at_tail(row);
    return has_duplicate_before_tail(row);
}

bool OpenBlock::State::has_duplicate_at_tail(const IncomingRow& row) {
    const std::uint32_t count = rows.size() - tie_begin;
    if (count < kScanMax) {
        for (std::uint32_t other = tie_begin; other < rows.size(); ++other) {
            if (rows.equal(other, row)) return true;
        }
        return false;
    }
    if (ties == nullptr) ties = std::make_unique<TieIndex>();
    const auto never = [](std::uint32_t) { return false; };  // They are known to differ.
    while (ties->size() < count) {
        const std::uint32_t other = tie_begin + static_cast<std::uint32_t>(ties->size());
        ties->insert(rows.hash_of(other), other, never);
    }
    return ties->contains(OpenRows::hash_of(row),
                          [&](std::uint32_t other) { return rows.equal(other, row); });
}

/// Finds what a repeated push brings again. What it misses, the sort of a snapshot finds.
bool OpenBlock::State::has_duplicate_before_tail(const IncomingRow& row) const {
    const TimeNs* const times = rows.rows().times();
    const auto [begin, end] = std::equal_range(times, times + ordered_rows, row.time);
    if (end - begin > kScanMax) return false;
    for (const TimeNs* time = begin; time != end; ++time) {
        if (rows.equal(static_cast<std::uint32_t>(time - times), row)) return true;
    }
    return false;
}

void OpenBlock::State::append(const IncomingRow& row) {
    const std::uint32_t count = rows.size();
    const bool same_time = count > 0 && rows.rows().times()[count - 1] == row.time;
    if (ordered() && (count == 0 || row.time >= rows.rows().times()[count - 1])) ++ordered_rows;
    if (!same_time) {
        tie_begin = count;
        if (ties != nullptr) ties->clear();
    }
    rows.append(row);
}

OpenBlock::OpenBlock() : state_(std::make_unique<State>()) {}
OpenBlock::~OpenBlock() = default;

void OpenBlock::append(const EntryView& entry, std::span<const LabelView> pairs) {
    const IncomingRow row{entry.time, entry.line, entry.level,
                          pairs.subspan(entry.metadata_begin, entry.metadata_count)};
    const std::lock_guard lock(state_->mutex);
    if (!state_->has_duplicate(row)) state_->append(row);
}

void OpenBlock::reserve(std::size_t rows, std::size_t text_bytes) {
    const std::lock_guard lock(state_->mutex);
    state_->rows.reserve(rows, text_bytes);
}

std::uint32_t OpenBlock::rows() const {
    const std::lock_guard lock(state_->mutex);
    return state_->rows.size();
}

std::uint64_t OpenBlock::raw_bytes() const {
    const std::lock_guard lock(state_->mutex);
    const OpenRows& rows = state_->rows;
    const std::uint64_t cells = std::uint64_t{rows.size()} * rows.names();
    // Past half of what a block can hold, no threshold is too high.
    if (cells > kMetadataCellsMax / 2 || rows.size() > kBlockRowsMax / 2) return kBlockBytesMax;
    return rows.rows().text_size() + rows.metadata_bytes() + cells / kCellsPerByte;
}

std::uint32_t OpenBlock::metadata_names() const {
    const std::lock_guard lock(state_->mutex);
    return state_->rows.names();
}

std::size_t OpenBlock::memory_bytes() const {
    const std::lock_guard lock(state_->mutex);
    return sizeof *this + sizeof *state_ + state_->rows.memory_bytes() +
           (state_->ties == nullptr ? 0 : state_->ties->memory_bytes());
}

std::size_t OpenBlock::snapshot_bytes() const {
    const std::lock_guard lock(state_->mutex);
    return kSharedSnapshotBytes + (state_->ordered() ? 0 : state_->rows.memory_bytes());
}

Snapshots::Snapshots(std::size_t count_max) : slab_(std::make_shared<SnapshotSlab>(count_max)) {}

Snapshots::~Snapshots() = default;

OpenRows OpenBlock::State::snapshot() const {
    OpenRows copy;
    bool in_order = false;
    {
        const std::lock_guard lock(mutex);
        copy = rows.snapshot();
        in_order = ordered();
    }
    return in_order ? std::move(copy) : copy.sorted_copy();
}

std::shared_ptr<const Block> OpenBlock::snapshot() const {
    OpenRows rows = state_->snapshot();
    return rows.size() == 0 ? nullptr : make_snapshot_block(std::move(rows));
}

std::shared_ptr<const Block> OpenBlock::snapshot(Snapshots& others) const {
    OpenRows rows = state_->snapshot();
    return rows.size() == 0 ? nullptr : others.slab_->add(std::move(rows));
}

}  // namespace skald::storage

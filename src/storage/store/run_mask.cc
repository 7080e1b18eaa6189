// SPDX-License-Identifier: Apache-2.0
#include "run_mask.h"

#include "masked_block.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/telemetry/log.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace skald::storage {

namespace {

constexpr std::size_t kCacheBytesMax = 8 * kMiB;
/// Of an entry besides its rows.
constexpr std::size_t kEntryBytes = 256;
/// A run that falls into more pieces becomes a block of its own: a piece takes more memory than the
/// numbers of a few dozen rows.
constexpr std::size_t kPiecesMax = 8;

struct Piece {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
};

/// The rows of a run that stay.
class RowsLeft {
public:
    explicit RowsLeft(const Run& run) : first_(run.row_begin), removed_(run.rows(), false) {}

    void remove(std::uint32_t begin, std::uint32_t end) {
        std::fill(removed_.begin() + (begin - first_), removed_.begin() + (end - first_), true);
    }
    void remove(std::uint32_t row) { removed_[row - first_] = true; }

    std::vector<Piece> pieces() const {
        std::vector<Piece> found;
        for (std::uint32_t i = 0; i < removed_.size(); ++i) {
            if (removed_[i]) continue;
            const std::uint32_t row = first_ + i;
            if (found.empty() || found.back().end != row) found.push_back({row, row});
            found.back().end = row + 1;
        }
        return found;
    }

private:
    std::uint32_t first_;
    std::vector<bool> removed_;
};

Run piece_of(const Run& run, const Piece& piece, const TimeColumn& times,
             const OffsetColumn& offsets) {
    Run part = run;
    part.row_begin = piece.begin;
    part.row_end = piece.end;
    part.min_time = times.values[piece.begin];
    part.max_time = times.values[piece.end - 1];
    part.line_bytes = offsets.line_bytes(piece.begin, piece.end);
    return part;
}

Run gathered(const Run& run, const std::vector<Piece>& pieces, const TimeColumn& times,
             const OffsetColumn& offsets) {
    std::vector<std::uint32_t> rows;
    std::uint64_t line_bytes = 0;
    for (const Piece& piece : pieces) {
        for (std::uint32_t row = piece.begin; row < piece.end; ++row) rows.push_back(row);
        line_bytes += offsets.line_bytes(piece.begin, piece.end);
    }
    Run part = run;
    part.row_begin = 0;
    part.row_end = static_cast<std::uint32_t>(rows.size());
    part.min_time = times.values[rows.front()];
    part.max_time = times.values[rows.back()];
    part.line_bytes = line_bytes;
    BlockSummary summary = run.block->summary();
    summary.metadata_bytes =
        summary.metadata_bytes / std::max<std::uint32_t>(summary.rows, 1) * part.rows();
    summary.rows = part.rows();
    summary.min_time = part.min_time;
    summary.max_time = part.max_time;
    summary.line_bytes = line_bytes;
    part.block = std::make_shared<MaskedBlock>(run.block, std::move(rows), summary);
    return part;
}

}  // namespace

Result<void> RunMask::hide(const PendingDeletes& deletes, const Selection& selection,
                           std::vector<Run>& runs) {
    std::vector<const PendingDelete*> asked;
    for (const PendingDelete& pending : deletes) {
        if (pending.overlaps(selection.start, selection.end)) asked.push_back(&pending);
    }
    if (asked.empty()) return {};
    std::unordered_map<StreamId, std::vector<const PendingDelete*>> of_streams;
    std::vector<Run> kept;
    kept.reserve(runs.size());
    LastBlock last;
    SelectionMemory memory(selection);
    for (Run& run : runs) {
        const auto [known, is_new] = of_streams.try_emplace(run.stream->id);
        if (is_new) {
            std::ranges::copy_if(asked, std::back_inserter(known->second), [&](const auto* each) {
                return each->rows->takes_stream(run.stream->labels);
            });
        }
        std::vector<const PendingDelete*> touching;
        std::ranges::copy_if(known->second, std::back_inserter(touching), [&](const auto* each) {
            return each->overlaps(run.min_time, run.max_time);
        });
        if (touching.empty()) {
            kept.push_back(std::move(run));
            continue;
        }
        const std::shared_ptr<const MemoBlock>& block = last.of(run);
        const Result<void> done = cut(touching, std::move(run), block, memory, kept);
        if (done) continue;
        if (done.error().code != ErrorCode::kCorruption) return done;
        log_warn("lines that a delete request may take are damaged and left out",
                 {{"err", done.error().message}});
    }
    runs = std::move(kept);
    return {};
}

Result<void> RunMask::cut(const std::vector<const PendingDelete*>& deletes, Run run,
                          const std::shared_ptr<const MemoBlock>& block, SelectionMemory& memory,
                          std::vector<Run>& out) {
    for (const PendingDelete* each : deletes) {
        if (each->rows->takes_all_rows() && each->start <= run.min_time &&
            each->end >= run.max_time)
            return {};
    }
    SKALD_TRY(const TimeColumn times, block->times());
    if (run.row_begin >= run.row_end || run.row_end > times.values.size())
        return Error{ErrorCode::kCorruption, "a run outside of its block"};
    RowsLeft left(run);
    for (const PendingDelete* each : deletes) {
        const auto first = times.values.begin() + run.row_begin;
        const auto last = times.values.begin() + run.row_end;
        const auto row_of = [&](auto at) {
            return static_cast<std::uint32_t>(at - times.values.begin());
        };
        const std::uint32_t begin = row_of(std::lower_bound(first, last, each->start));
        const std::uint32_t end = row_of(std::upper_bound(first, last, each->end));
        if (begin >= end) continue;
        if (each->rows->takes_all_rows()) {
            left.remove(begin, end);
            continue;
        }
        SKALD_TRY(const Rows rows, selected(*each, run, block, begin, end));
        for (const std::uint32_t row : *rows) left.remove(row);
    }
    const std::vector<Piece> pieces = left.pieces();
    if (pieces.empty()) return {};
    if (pieces.size() == 1 && pieces[0].begin == run.row_begin && pieces[0].end == run.row_end) {
        out.push_back(std::move(run));
        return {};
    }
    SKALD_TRY(const OffsetColumn offsets, block->offsets());
    if (run.row_end > offsets.rows())
        return Error{ErrorCode::kCorruption, "a run outside of its block"};
    if (pieces.size() > kPiecesMax) {
        SKALD_CHECK(memory.take(sizeof(MaskedBlock) + run.rows() * sizeof(std::uint32_t)));
        out.push_back(gathered(run, pieces, times, offsets));
        return {};
    }
    SKALD_CHECK(memory.take(pieces.size() * sizeof(Run)));
    for (const Piece& piece : pieces) out.push_back(piece_of(run, piece, times, offsets));
    return {};
}

Result<RunMask::Rows> RunMask::selected(const PendingDelete& pending, const Run& run,
                                        const std::shared_ptr<const MemoBlock>& block,
                                        std::uint32_t begin, std::uint32_t end) {
    const Key key{run.block.get(), begin, end, pending.id};
    if (Rows known = find(key, run)) return known;
    auto rows = std::make_shared<std::vector<std::uint32_t>>();
    Run reading = run;
    reading.block = block;
    SKALD_CHECK(pending.rows->select(reading, begin, end, *rows));
    rows->shrink_to_fit();
    keep(key, run, rows);
    return Rows(std::move(rows));
}

RunMask::Rows RunMask::find(const Key& key, const Run& run) {
    auto cache = cache_.lock();
    const auto place = cache->places.find(key);
    if (place == cache->places.end()) return nullptr;
    cache->known.splice(cache->known.begin(), cache->known, place->second);
    const Known& known = *place->second;
    return known.block.lock() == run.block ? known.rows : nullptr;
}

void RunMask::keep(const Key& key, const Run& run, const Rows& rows) {
    const auto size_of = [](const Known& known) {
        return kEntryBytes + known.rows->size() * sizeof(std::uint32_t);
    };
    auto cache = cache_.lock();
    const auto drop = [&](std::list<Known>::iterator at) {
        cache->bytes -= size_of(*at);
        cache->places.erase(at->key);
        cache->known.erase(at);
    };
    if (const auto old = cache->places.find(key); old != cache->places.end()) drop(old->second);
    cache->known.push_front({key, run.block, rows});
    cache->places[key] = cache->known.begin();
    cache->bytes += size_of(cache->known.front());
    while (cache->bytes > kCacheBytesMax && cache->known.size() > 1)
        drop(std::prev(cache->known.end()));
}

}  // namespace skald::storage

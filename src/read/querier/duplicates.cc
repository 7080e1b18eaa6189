// SPDX-License-Identifier: Apache-2.0
#include "duplicates.h"

#include "time_search.h"

#include <skald/foundation/base/hash.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace skald::read {
namespace {

using storage::MetadataColumn;
using storage::MetadataColumns;
using storage::Run;

/// A pair of equal-time ranges with more combinations than this is matched by hash.
constexpr std::uint64_t kPairsMax = 64;

/// Columns that decide whether two rows are the same.
struct Content {
    const storage::OffsetColumn* offsets = nullptr;
    const MetadataColumn* levels = nullptr;
    const MetadataColumns* metadata = nullptr;  ///< Null: no row has any.

    static Result<Content> of(BlockColumns& columns) {
        Content content;
        SKALD_TRY(content.offsets, columns.offsets());
        SKALD_TRY(content.levels, columns.levels());
        if (columns.block().summary().has_metadata) {
            SKALD_TRY(content.metadata, columns.metadata());
        }
        return content;
    }

    std::uint64_t length(std::uint32_t row) const { return offsets->line_bytes(row, row + 1); }
};

/// Every pair of `a`'s row is in `b`'s row.
bool includes_metadata(const MetadataColumns* a, std::uint32_t row_a, const MetadataColumns* b,
                       std::uint32_t row_b) {
    if (a == nullptr) return true;
    return std::all_of(a->columns.begin(), a->columns.end(), [&](const MetadataColumn& column) {
        const std::string_view value = column.value(row_a);
        if (value.empty()) return true;
        const MetadataColumn* other = b == nullptr ? nullptr : b->find(column.name);
        return other != nullptr && other->value(row_b) == value;
    });
}

/// Finds the rows of one run that are in another run, too.
class PairSearch {
public:
    PairSearch(BlockColumns& mine, BlockColumns& theirs, std::vector<std::uint32_t>& found)
        : mine_(mine), theirs_(theirs), found_(found) {}

    /// Errors in `mine` end it; `theirs_damaged` tells that the error was the other block's.
    Result<void> search(RowRange my_rows, RowRange their_rows, bool& theirs_damaged) {
        SKALD_TRY(const storage::TimeColumn* my_times, mine_.times());
        auto their_times = theirs_.times();
        if (!their_times) {
            theirs_damaged = true;
            return std::move(their_times).error();
        }
        const auto a = my_times->values;
        const auto b = (*their_times)->values;
        std::uint32_t i = my_rows.begin;
        std::uint32_t j = their_rows.begin;
        while (i < my_rows.end && j < their_rows.end) {
            if (a[i] < b[j]) {
                i = first_at_least(a, i, my_rows.end, b[j]);
            } else if (b[j] < a[i]) {
                j = first_at_least(b, j, their_rows.end, a[i]);
            } else {
                const RowRange my_tie{i, first_after(a, i, my_rows.end, a[i])};
                const RowRange their_tie{j, first_after(b, j, their_rows.end, b[j])};
                SKALD_CHECK(compare(my_tie, their_tie, theirs_damaged));
                i = my_tie.end;
                j = their_tie.end;
            }
        }
        return {};
    }

private:
    Result<void> load(bool& theirs_damaged) {
        if (loaded_) return {};
        SKALD_TRY(my_content_, Content::of(mine_));
        auto theirs = Content::of(theirs_);
        if (!theirs) {
            theirs_damaged = true;
            return std::move(theirs).error();
        }
        their_content_ = *theirs;
        loaded_ = true;
        return {};
    }

    Result<void> compare(RowRange mine, RowRange theirs, bool& theirs_damaged) {
        SKALD_CHECK(load(theirs_damaged));
        if (std::uint64_t{mine.size()} * theirs.size() > kPairsMax) {
            return compare_many(mine, theirs, theirs_damaged);
        }
        for (std::uint32_t i = mine.begin; i < mine.end; ++i) {
            for (std::uint32_t j = theirs.begin; j < theirs.end; ++j) {
                SKALD_TRY(const bool same, equal(i, j, theirs_damaged));
                if (!same) continue;
                found_.push_back(i);
                break;
            }
        }
        return {};
    }

    /// Many rows with one time, as of clients that stamp whole seconds.
    Result<void> compare_many(RowRange mine, RowRange theirs, bool& theirs_damaged) {
        SKALD_CHECK(load_lines(theirs_damaged));
        std::unordered_multimap<std::uint64_t, std::uint32_t> by_line;
        by_line.reserve(theirs.size());
        for (std::uint32_t j = theirs.begin; j < theirs.end; ++j) {
            by_line.emplace(hash64(their_lines_->line(j)), j);
        }
        for (std::uint32_t i = mine.begin; i < mine.end; ++i) {
            const auto [first, last] = by_line.equal_range(hash64(my_lines_->line(i)));
            for (auto at = first; at != last; ++at) {
                SKALD_TRY(const bool same, equal(i, at->second, theirs_damaged));
                if (!same) continue;
                found_.push_back(i);
                break;
            }
        }
        return {};
    }

    Result<void> load_lines(bool& theirs_damaged) {
        SKALD_TRY(my_lines_, mine_.lines());
        auto theirs = theirs_.lines();
        if (!theirs) {
            theirs_damaged = true;
            return std::move(theirs).error();
        }
        their_lines_ = *theirs;
        return {};
    }

    /// The line comes last, because its column costs most.
    Result<bool> equal(std::uint32_t i, std::uint32_t j, bool& theirs_damaged) {
        const Content& a = my_content_;
        const Content& b = their_content_;
        if (a.length(i) != b.length(j)) return false;
        if (a.levels->value(i) != b.levels->value(j)) return false;
        if (!includes_metadata(a.metadata, i, b.metadata, j)) return false;
        if (!includes_metadata(b.metadata, j, a.metadata, i)) return false;
        if (a.length(i) == 0) return true;
        SKALD_CHECK(load_lines(theirs_damaged));
        return my_lines_->line(i) == their_lines_->line(j);
    }

    BlockColumns& mine_;
    BlockColumns& theirs_;
    std::vector<std::uint32_t>& found_;
    bool loaded_ = false;
    Content my_content_;
    Content their_content_;
    const storage::LineColumn* my_lines_ = nullptr;
    const storage::LineColumn* their_lines_ = nullptr;
};

}  // namespace

Result<std::vector<std::uint32_t>> DuplicateFinder::find(std::uint32_t run) {
    std::vector<std::uint32_t> found;
    const QueryRun query_run = runs_.run(run);
    if (!query_run.overlaps) return found;
    for (const std::uint32_t other : runs_.earlier_overlaps(run)) {
        SKALD_CHECK(search(query_run.run, runs_.run(other).run, found));
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

Result<void> DuplicateFinder::search(const Run& mine, const Run& theirs,
                                     std::vector<std::uint32_t>& found) {
    const TimeNs from = std::max({mine.min_time, theirs.min_time, start_});
    const TimeNs to = std::min({mine.max_time, theirs.max_time, end_});
    if (from > to) return {};
    SKALD_TRY(const storage::TimeColumn* my_times, own_.times());
    const RowRange my_rows = rows_between(my_times->values, mine, from, to);
    if (my_rows.size() == 0) return {};
    BlockColumns& their_columns = columns_of(theirs.block);
    auto their_times = their_columns.times();
    if (!their_times) return {};
    const RowRange their_rows = rows_between((*their_times)->values, theirs, from, to);
    bool theirs_damaged = false;
    auto searched =
        PairSearch(own_, their_columns, found).search(my_rows, their_rows, theirs_damaged);
    if (!searched && !theirs_damaged) return std::move(searched).error();
    return {};
}

BlockColumns& DuplicateFinder::columns_of(const std::shared_ptr<const storage::Block>& block) {
    if (block.get() == &own_.block()) return own_;
    for (const auto& each : others_) {
        if (each != nullptr && &each->block() == block.get()) return *each;
    }
    next_ = (next_ + 1) % others_.size();
    others_[next_] = std::make_unique<BlockColumns>(block);
    return *others_[next_];
}

}  // namespace skald::read

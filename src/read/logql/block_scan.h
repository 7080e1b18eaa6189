// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "literal_search.h"

#include <skald/storage/block/block.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace skald::read {

/// Rows of a block that a matcher looks at.
struct RowRange {
    const storage::LineColumn& lines;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;

    std::uint32_t size() const { return end - begin; }
    std::span<const std::uint32_t> offsets() const { return lines.offsets.offsets; }
    std::size_t text_begin() const { return offsets()[begin]; }
    std::size_t text_end() const { return offsets()[end]; }
    std::string_view text() const {
        return lines.text.substr(text_begin(), text_end() - text_begin());
    }
    /// End of a row's line, in the text of the block.
    std::size_t line_end(std::uint32_t row) const { return offsets()[row + 1] - 1; }
};

/// A set of the rows of a range, one bit each. Threading: single-owner.
class RowSet {
public:
    void reset(const RowRange& range, bool value) {
        begin_ = range.begin;
        size_ = range.size();
        words_.assign((size_ + 63) / 64, value ? ~std::uint64_t{0} : 0);
        if (value && size_ % 64 != 0) words_.back() = (std::uint64_t{1} << size_ % 64) - 1;
    }
    void add(std::uint32_t row) { word(row) |= bit(row); }
    void remove(std::uint32_t row) { word(row) &= ~bit(row); }
    bool has(std::uint32_t row) const { return (words_[(row - begin_) / 64] & bit(row)) != 0; }
    std::uint32_t count() const {
        std::uint32_t count = 0;
        for (const std::uint64_t word : words_) {
            count += static_cast<std::uint32_t>(std::popcount(word));
        }
        return count;
    }
    void keep(const RowSet& other) {
        for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
    }
    void drop(const RowSet& other) {
        for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= ~other.words_[i];
    }
    /// Calls `use(row)` for each row, ascending. `use` may remove rows.
    template <class Use>
    void for_each(Use&& use) const {
        for (std::size_t i = 0; i < words_.size(); ++i) {
            for (std::uint64_t word = words_[i]; word != 0; word &= word - 1) {
                const auto place = static_cast<std::uint32_t>(std::countr_zero(word));
                use(begin_ + static_cast<std::uint32_t>(i * 64) + place);
            }
        }
    }

private:
    std::uint64_t& word(std::uint32_t row) { return words_[(row - begin_) / 64]; }
    std::uint64_t bit(std::uint32_t row) const { return std::uint64_t{1} << (row - begin_) % 64; }

    std::vector<std::uint64_t> words_;
    std::uint32_t begin_ = 0;
    std::uint32_t size_ = 0;
};

/// Finds the row of each hit. Hits mostly come in order and near each other, so it gallops forward
/// from the last one.
class RowCursor {
public:
    explicit RowCursor(const RowRange& range)
        : offsets_(range.offsets()), begin_(range.begin), end_(range.end), row_(range.begin) {}

    /// Requires: `position` is in the range's text.
    std::uint32_t row_of(std::size_t position) {
        if (position < offsets_[row_]) row_ = begin_;
        std::uint32_t step = 1;
        std::uint32_t low = row_;
        while (low + step < end_ && offsets_[low + step] <= position) {
            low += step;
            step *= 2;
        }
        const auto first = offsets_.begin() + low + 1;
        const auto last = offsets_.begin() + std::min(low + step, end_);
        row_ =
            static_cast<std::uint32_t>(std::upper_bound(first, last, position) - offsets_.begin()) -
            1;
        return row_;
    }

private:
    std::span<const std::uint32_t> offsets_;
    std::uint32_t begin_;
    std::uint32_t end_;
    std::uint32_t row_;
};

/// Adds each row of the range whose line contains the needle.
inline void find_rows(const LiteralSearcher& searcher, const RowRange& range, RowSet& found) {
    const std::string_view text = range.lines.text.substr(0, range.text_end());
    RowCursor cursor(range);
    std::size_t from = range.text_begin();
    for (;;) {
        const std::size_t hit = searcher.find(text, from);
        if (hit == std::string_view::npos) return;
        const std::uint32_t row = cursor.row_of(hit);
        if (hit + searcher.size() > range.line_end(row)) {
            // A needle with '\n' that reaches into the next line.
            from = hit + 1;
            continue;
        }
        found.add(row);
        from = range.line_end(row) + 1;
    }
}

}  // namespace skald::read

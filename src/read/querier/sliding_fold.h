// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sample_cell.h"
#include "windows.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace skald::read {

/// Folds the cells of each window into one, in time proportional to buckets and windows whatever
/// the overlap: two stacks make a queue whose fold is at hand, and nothing has to be taken back
/// out of a fold, which floating point could not do exactly. Threading: single-owner.
class SlidingFold {
public:
    SlidingFold(RangeOp op, const Windows& windows) : op_(op), windows_(windows) {}

    /// Calls `use(window, cell)` for each window that has samples.
    template <class Use>
    void run(std::span<const SampleCell> cells, Use&& use) {
        begin_ = middle_ = end_ = 0;
        for (std::size_t window = 0; window < windows_.count(); ++window) {
            const Windows::Span span = windows_.span(window);
            advance(cells, span.begin, span.end);
            SampleCell whole;
            if (span.begin < middle_) whole = front_[span.begin - begin_];
            merge_cells(op_, whole, back_);
            if (whole.count > 0) use(window, whole);
        }
    }

private:
    void advance(std::span<const SampleCell> cells, std::size_t begin, std::size_t end) {
        if (begin >= end_) {
            begin_ = middle_ = end_ = begin;
            back_ = {};
        }
        for (; end_ < end; ++end_) merge_cells(op_, back_, cells[end_]);
        if (begin <= middle_) return;
        // All that is left goes to the front, folded from each bucket up to the last one.
        begin_ = begin;
        middle_ = end_;
        back_ = {};
        front_.assign(middle_ - begin_, {});
        for (std::size_t i = middle_ - begin_; i-- > 0;) {
            front_[i] = cells[begin_ + i];
            if (i + 1 < front_.size()) merge_cells(op_, front_[i], front_[i + 1]);
        }
    }

    const RangeOp op_;
    const Windows& windows_;
    std::vector<SampleCell> front_;  ///< Of buckets begin_ … middle_.
    SampleCell back_;                ///< Of buckets middle_ … end_.
    std::size_t begin_ = 0;
    std::size_t middle_ = 0;
    std::size_t end_ = 0;
};

}  // namespace skald::read

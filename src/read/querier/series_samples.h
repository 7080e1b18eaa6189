// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cell_budget.h"
#include "row_labels.h"
#include "sample_cell.h"
#include "sample_log.h"
#include "series_index.h"
#include "sorted_samples.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/labels.h>
#include <skald/read/logql/ast.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace skald::read {

/// Unwrapped samples per series and bucket: folded where the function allows it, so that memory is
/// proportional to series × buckets; else each of them.
/// Threading: single-owner.
class SeriesSamples {
public:
    SeriesSamples(RangeOp op, const std::optional<Grouping>& grouping, std::size_t buckets,
                  CellBudget& budget, SampleLog::Used& used)
        : op_(op),
          folds_(folds(op)),
          index_(grouping),
          buckets_(buckets),
          budget_(budget),
          log_(op == RangeOp::kRateCounter, used, budget) {}

    /// Adds a sample to the series of the row. Errors: kLimitExceeded.
    Result<void> add(const RowLabels& row, std::size_t bucket, const TimedSample& sample);
    /// Takes the samples of another one over. Errors: kLimitExceeded.
    Result<void> add(SeriesSamples& other);

    std::uint32_t size() const noexcept { return index_.size(); }
    const Labels& labels(std::uint32_t series) const { return index_.labels(series); }
    /// A cell a bucket. Requires: folds(op).
    std::span<const SampleCell> cells(std::uint32_t series) const {
        return std::span(cells_).subspan(std::size_t{series} * buckets_, buckets_);
    }
    /// The samples by series and bucket; leaves nothing behind. Requires: !folds(op).
    SortedSamples sort();

private:
    template <class Key>
    std::optional<std::uint32_t> number_of(Key&& key);

    const RangeOp op_;
    const bool folds_;
    SeriesIndex index_;
    std::size_t buckets_;
    CellBudget& budget_;
    std::vector<SampleCell> cells_;
    SampleLog log_;
};

}  // namespace skald::read

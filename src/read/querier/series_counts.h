// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cell_budget.h"
#include "row_labels.h"
#include "series_index.h"

#include <skald/foundation/model/labels.h>
#include <skald/read/logql/ast.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace skald::read {

/// Rows, and bytes of lines if asked for, per series and bucket: integers, so that sums are exact
/// in any order. Memory is proportional to series × buckets. Threading: single-owner.
class SeriesCounts {
public:
    SeriesCounts(const std::optional<Grouping>& grouping, std::size_t buckets, bool with_bytes,
                 CellBudget& budget)
        : index_(grouping),
          buckets_(buckets),
          cells_per_series_(with_bytes ? 2 * buckets : buckets),
          budget_(budget) {}

    /// The number of the series that rows with these labels belong to; nothing if the budget of
    /// cells is used up.
    std::optional<std::uint32_t> series_of(const RowLabels& row);
    std::span<std::uint64_t> rows(std::uint32_t series) {
        return {cells_.data() + std::size_t{series} * cells_per_series_, buckets_};
    }
    /// Requires: made with bytes.
    std::span<std::uint64_t> bytes(std::uint32_t series) {
        return {cells_.data() + std::size_t{series} * cells_per_series_ + buckets_, buckets_};
    }
    std::uint32_t size() const noexcept { return index_.size(); }
    const Labels& labels(std::uint32_t series) const { return index_.labels(series); }
    /// Adds what another one has counted. False, and only a part is added, if the budget is used
    /// up.
    bool add(SeriesCounts& other);

private:
    auto admission() {
        return [this](const Labels& labels) { return budget_.take(cells_per_series_, labels); };
    }
    void make_room();

    SeriesIndex index_;
    std::size_t buckets_;
    std::size_t cells_per_series_;
    CellBudget& budget_;
    std::vector<std::uint64_t> cells_;
};

}  // namespace skald::read

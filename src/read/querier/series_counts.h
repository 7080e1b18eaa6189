// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "row_labels.h"

#include <skald/foundation/base/hash.h>
#include <skald/foundation/model/labels.h>
#include <skald/read/logql/ast.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace skald::read {

/// Cells (one of a series and a bucket) that a query may use in all its slots together.
/// Threading: thread-safe.
class CellBudget {
public:
    /// 128 MiB of counts.
    static constexpr std::uint64_t kCellsMax = 16U << 20;

    /// False if that is more than there may be.
    bool take(std::uint64_t cells) {
        return used_.fetch_add(cells, std::memory_order_relaxed) + cells <= kCellsMax;
    }

private:
    std::atomic<std::uint64_t> used_{0};
};

/// Rows, and bytes of lines if asked for, per series and bucket: integers, so that sums are exact
/// in any order. Memory is proportional to series × buckets. Threading: single-owner.
class SeriesCounts {
public:
    SeriesCounts(const std::optional<Grouping>& grouping, std::size_t buckets, bool with_bytes,
                 CellBudget& budget)
        : grouping_(grouping),
          buckets_(buckets),
          cells_per_series_(with_bytes ? 2 * buckets : buckets),
          budget_(budget) {}

    /// The number of the series that rows with these labels belong to; nothing if the budget of
    /// cells is used up.
    std::optional<std::uint32_t> series_of(const RowLabels& labels);
    std::span<std::uint64_t> rows(std::uint32_t series) {
        return {cells_.data() + std::size_t{series} * cells_per_series_, buckets_};
    }
    /// Requires: made with bytes.
    std::span<std::uint64_t> bytes(std::uint32_t series) {
        return {cells_.data() + std::size_t{series} * cells_per_series_ + buckets_, buckets_};
    }
    std::size_t size() const noexcept { return labels_.size(); }
    const Labels& labels(std::uint32_t series) const { return labels_[series]; }
    /// Adds what another one has counted. Nothing happens if the budget is used up.
    bool add(SeriesCounts& other);

private:
    std::optional<std::uint32_t> find_or_add(Labels labels);
    Labels group(const RowLabels& labels) const;

    const std::optional<Grouping>& grouping_;
    std::size_t buckets_;
    std::size_t cells_per_series_;
    CellBudget& budget_;
    std::vector<Labels> labels_;
    std::vector<std::uint64_t> cells_;
    std::unordered_map<std::string, std::uint32_t, TransparentStringHash, std::equal_to<>> numbers_;
    std::string key_;
};

/// Bytes that are equal exactly for equal label sets.
void append_label_key(std::string& key, const Labels& labels);

}  // namespace skald::read

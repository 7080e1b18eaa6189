// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query_memory.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/labels.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace skald::read {

/// Memory that one range aggregation may use in all its slots together: for cells (one number of a
/// series and a bucket) and for samples.
/// Threading: thread-safe.
class CellBudget {
public:
    /// 128 MiB of numbers.
    static constexpr std::uint64_t kCellsMax = 16U << 20;

    /// `memory` must outlive it; null: only the number of cells counts.
    explicit CellBudget(QueryMemory* memory = nullptr) : memory_(memory) {}

    /// Cells of one more series, and its labels. False if that is more than there may be.
    bool take(std::uint64_t cells, const Labels& labels) {
        // Once more for the steps that are made of them. Labels are in an index, the steps and the
        // answer.
        const std::uint64_t bytes = 2 * sizeof(double) * cells +
                                    std::max<std::uint64_t>(kSeriesBytes, 3 * labels.heap_bytes());
        if (memory_ != nullptr && !memory_->take(bytes)) return false;
        return used_.fetch_add(cells, std::memory_order_relaxed) + cells <= kCellsMax;
    }
    /// Room for samples. False if that is more than there may be.
    bool take_bytes(std::uint64_t bytes) { return memory_ == nullptr || memory_->take(bytes); }

    /// kLimitExceeded, with the limit and what to do.
    static Error too_many_cells();
    static Error too_many_samples();

private:
    static constexpr std::uint64_t kSeriesBytes = 512;

    QueryMemory* const memory_;
    std::atomic<std::uint64_t> used_{0};
};

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

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

    /// False if that is more than there may be.
    bool take(std::uint64_t cells) {
        return used_.fetch_add(cells, std::memory_order_relaxed) + cells <= kCellsMax;
    }

    /// kLimitExceeded, with the limit and what to do.
    static Error too_many_cells();
    static Error too_many_samples();

private:
    std::atomic<std::uint64_t> used_{0};
};

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cell_budget.h"
#include "sample_cell.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace skald::read {

/// Samples in the order in which they come, each with the cell that it belongs to: for functions
/// that cannot fold them. Grows in chunks, because doubling a vector would need room twice.
/// Threading: single-owner.
class SampleLog {
public:
    /// For the samples of one range aggregation in all its slots, while they are gathered and
    /// while they are sorted.
    static constexpr std::uint64_t kBytesMax = 128U << 20;

    /// How much of it is used. Threading: thread-safe.
    using Used = std::atomic<std::uint64_t>;

    SampleLog(bool with_times, Used& used, CellBudget& budget)
        : with_times_(with_times), used_(used), budget_(budget) {}

    /// False, and nothing is added, if the samples need more memory than there may be.
    bool add(std::uint32_t cell, const TimedSample& sample);

    struct Chunk {
        std::vector<std::uint32_t> cells;
        std::vector<double> values;
        std::vector<TimeNs> times;  ///< Empty without times.
    };
    /// Those whose samples are dealt with may be taken out.
    std::deque<Chunk>& chunks() noexcept { return chunks_; }
    bool with_times() const noexcept { return with_times_; }

private:
    static constexpr std::size_t kChunk = 16 * 1024;

    bool with_times_;
    Used& used_;
    CellBudget& budget_;
    std::deque<Chunk> chunks_;
};

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sample_log.h"

#include <skald/foundation/model/time.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace skald::read {

/// Samples by cell; samples of cells that follow each other follow each other.
/// Threading: immutable.
class SortedSamples {
public:
    struct Slice {
        std::span<const double> values;
        std::span<const TimeNs> times;  ///< Ascending; empty if the log has none.
    };

    /// Takes the samples out of the log, chunk by chunk. Requires: all cells are below `cells`.
    SortedSamples(SampleLog& log, std::size_t cells);

    /// Samples of cells [begin, end).
    Slice of(std::size_t begin, std::size_t end) const;

private:
    void place(SampleLog& log);
    void sort_by_time(std::size_t begin, std::size_t end);

    std::vector<std::uint32_t> starts_;
    std::vector<double> values_;
    std::vector<TimeNs> times_;
};

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/labels.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace skald::read {

/// "No sample at this step": a NaN of its own, which arithmetic is never done on.
inline constexpr std::uint64_t kAbsentBits = 0x7FF8'0000'5CA1'D000;
inline double absent_sample() noexcept {
    return std::bit_cast<double>(kAbsentBits);
}
inline bool is_absent(double value) noexcept {
    return std::bit_cast<std::uint64_t>(value) == kAbsentBits;
}

/// A series with one value a step, or none.
struct StepSeries {
    Labels labels;
    std::vector<double> values;

    bool has(std::size_t step) const { return !is_absent(values[step]); }
};

/// Series over the same steps.
struct StepMatrix {
    std::size_t steps = 0;
    std::vector<StepSeries> series;

    /// Adds a series without samples.
    StepSeries& add(Labels labels) {
        series.push_back({std::move(labels), std::vector<double>(steps, absent_sample())});
        return series.back();
    }
    void sort_by_labels();
};

}  // namespace skald::read

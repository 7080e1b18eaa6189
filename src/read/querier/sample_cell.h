// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/time.h>
#include <skald/read/logql/ast.h>

#include <cstdint>

namespace skald::read {

/// An unwrapped value with its place among the samples of a series: by time, then by `order`.
struct TimedSample {
    TimeNs time = 0;
    std::uint64_t order = 0;
    double value = 0;
};

/// What a range function needs to know of some samples. What the fields hold depends on the
/// function; without samples `count` is 0.
struct SampleCell {
    double value = 0;         ///< Sum, extreme, mean, or the sample itself.
    double extra = 0;         ///< What rounding has lost of the sum, or the squared distances.
    TimeNs time = 0;          ///< first, last: of the sample.
    std::uint64_t count = 0;  ///< Samples; first, last: the sample's order + 1.
};

/// True if samples can be folded into cells, in any order, and nothing more is kept of them.
bool folds(RangeOp op);
/// Adds a sample. Requires: folds(op).
void add_sample(RangeOp op, SampleCell& cell, const TimedSample& sample);
/// Adds all samples of another cell. Requires: folds(op).
void merge_cells(RangeOp op, SampleCell& into, const SampleCell& from);
/// What the function says of the samples. `seconds` is the length of the window.
/// Requires: folds(op), at least one sample.
double value_of_cell(RangeOp op, const SampleCell& cell, double seconds);

}  // namespace skald::read

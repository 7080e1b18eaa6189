// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/time.h>
#include <skald/read/querier/query.h>

#include <cstddef>

namespace skald::read {

/// The evaluation times of a metric query: start, start + step, … ≤ end.
struct Steps {
    TimeNs start = 0;
    DurationNs step = 1;  ///< At least 1.
    std::size_t count = 1;

    TimeNs time(std::size_t index) const { return start + static_cast<DurationNs>(index) * step; }
};

/// The steps of a request. With `align` (a frontend that splits by time does it) the start of a
/// range query goes down and its end up to a multiple of the step.
/// Errors: kInvalidArgument if the step is not positive or there are more than 11,000 points.
Result<Steps> steps_of(const QueryRequest& request, bool align);

}  // namespace skald::read

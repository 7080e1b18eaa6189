// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline.h"

#include <skald/foundation/base/result.h>
#include <skald/read/logql/ast.h>

#include <memory>
#include <optional>

namespace skald::read {

/// A range aggregation of counts, together with the `sum` around it if there is one: sums of
/// integer counts are counts by fewer labels.
struct RangePlan {
    RangeOp op = RangeOp::kCount;
    LogRange range;
    /// How series are told apart: nothing means by all labels.
    std::optional<Grouping> grouping;
    std::shared_ptr<const Pipeline> pipeline;
    NeededLabels needed;

    bool counts_bytes() const { return op == RangeOp::kBytes || op == RangeOp::kBytesRate; }
    /// Rows with an error are series like others, because the query looks at errors itself.
    bool keeps_errors() const;
    bool is_rate() const { return op == RangeOp::kRate || op == RangeOp::kBytesRate; }

    /// Errors: kInvalidArgument, kNotSupported (names the part).
    static Result<RangePlan> create(const RangeAggregation& aggregation,
                                    std::optional<Grouping> outer);
};

}  // namespace skald::read

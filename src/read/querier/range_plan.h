// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline.h"
#include "unwrapper.h"

#include <skald/foundation/base/result.h>
#include <skald/read/logql/ast.h>

#include <memory>
#include <optional>
#include <string>

namespace skald::read {

/// A range aggregation, together with the `sum` around it if there is one that may be done at the
/// same time: sums of counts and sums are those of fewer labels.
struct RangePlan {
    RangeOp op = RangeOp::kCount;
    double parameter = 0;  ///< quantile_over_time.
    std::string text;      ///< The part of the query.
    LogRange range;
    /// How series are told apart: nothing means by all labels.
    std::optional<Grouping> grouping;
    std::shared_ptr<const Pipeline> pipeline;
    std::optional<Unwrapper> unwrapper;

    /// The functions over samples, not over rows.
    bool takes_samples() const { return unwrapper.has_value() && op != RangeOp::kAbsent; }
    bool counts_bytes() const { return op == RangeOp::kBytes || op == RangeOp::kBytesRate; }
    /// Each row has to be looked at on its own.
    bool by_row() const { return pipeline->has_row_stages() || unwrapper.has_value(); }
    /// Labels of the stream and metadata that rows are put into groups by.
    const NeededLabels& group_needs() const {
        return by_row() ? pipeline->label_needs() : pipeline->row_needs();
    }
    /// Rows with an error are series like others, because the query looks at errors itself.
    bool keeps_errors() const;
    bool is_rate() const { return op == RangeOp::kRate || op == RangeOp::kBytesRate; }

    /// Errors: kInvalidArgument.
    static Result<RangePlan> create(const RangeAggregation& aggregation,
                                    std::optional<Grouping> outer);
};

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "range_plan.h"
#include "step_matrix.h"
#include "windows.h"

#include <skald/foundation/base/result.h>
#include <skald/read/logql/ast.h>

#include <unordered_map>
#include <variant>
#include <vector>

namespace skald::read {

/// A number or series: what an expression is worth.
using MetricValue = std::variant<double, StepMatrix>;

/// A metric expression taken apart: the range aggregations, which read rows and run in parallel,
/// and the tree above them, which is arithmetic on few numbers. Threading: immutable.
class MetricPlan {
public:
    /// Errors: kInvalidArgument, kNotSupported (names the part).
    static Result<MetricPlan> create(ExprPtr expr);

    const std::vector<RangePlan>& ranges() const noexcept { return ranges_; }
    /// The value of the whole, given those of `ranges()` in their order.
    /// Errors: kInvalidArgument if vectors can't be matched.
    Result<MetricValue> evaluate(const Steps& steps, std::vector<StepMatrix> ranges,
                                 QueryMemory& memory) const;

private:
    class Evaluation;

    Result<void> collect(const Expr& expr);
    Result<void> collect_range(const Expr& key, const RangeAggregation& range,
                               std::optional<Grouping> outer);

    ExprPtr expr_;
    std::vector<RangePlan> ranges_;
    std::unordered_map<const Expr*, std::size_t> range_of_;  ///< Nodes that `ranges_` answers.
};

}  // namespace skald::read

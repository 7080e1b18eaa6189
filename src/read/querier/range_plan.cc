// SPDX-License-Identifier: Apache-2.0
#include "range_plan.h"

#include <skald/read/logql/parser.h>

#include <algorithm>
#include <string>
#include <utility>

namespace skald::read {

bool RangePlan::keeps_errors() const {
    if (pipeline->reads_error()) return true;
    return grouping && !grouping->without &&
           std::find(grouping->labels.begin(), grouping->labels.end(), kErrorLabel) !=
               grouping->labels.end();
}

Result<RangePlan> RangePlan::create(const RangeAggregation& aggregation,
                                    std::optional<Grouping> outer) {
    RangePlan plan;
    plan.op = aggregation.op;
    plan.range = aggregation.range;
    plan.grouping = std::move(outer);
    SKALD_TRY(plan.pipeline, Pipeline::create(aggregation.range.log));
    if (aggregation.range.unwrap) {
        return Error{ErrorCode::kNotSupported, "the stage `| unwrap` is not supported yet"};
    }
    switch (aggregation.op) {
        case RangeOp::kCount:
        case RangeOp::kRate:
        case RangeOp::kBytes:
        case RangeOp::kBytesRate: break;
        case RangeOp::kAbsent: plan.grouping = Grouping{}; break;
        default:
            return Error{ErrorCode::kNotSupported,
                         "`" + std::string(to_string(aggregation.op)) + "` is not supported yet"};
    }
    plan.needed = plan.pipeline->needed();
    if (!plan.grouping) {
        plan.pipeline->add_output(plan.needed, {});
    } else if (plan.grouping->without) {
        plan.pipeline->add_output(plan.needed, plan.grouping->labels);
    } else {
        for (const std::string& name : plan.grouping->labels) plan.needed.add(name);
    }
    return plan;
}

}  // namespace skald::read

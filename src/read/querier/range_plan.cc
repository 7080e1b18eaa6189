// SPDX-License-Identifier: Apache-2.0
#include "range_plan.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace skald::read {
namespace {

/// How series are told apart, with what an unwrapped label changes about it.
std::optional<Grouping> grouping_of(const RangeAggregation& aggregation,
                                    std::optional<Grouping> outer) {
    if (aggregation.op == RangeOp::kAbsent) return Grouping{};
    std::optional<Grouping> grouping = outer ? std::move(outer) : aggregation.grouping;
    if (aggregation.range.unwrap && (!grouping || grouping->without)) {
        if (!grouping) grouping = Grouping{.without = true, .labels = {}};
        grouping->labels.push_back(aggregation.range.unwrap->label);
    }
    return grouping;
}

NeededLabels output_of(const RangePlan& plan) {
    NeededLabels output;
    if (!plan.grouping) {
        output.add_all_but({});
    } else if (plan.grouping->without) {
        output.add_all_but(plan.grouping->labels);
    } else {
        for (const std::string& name : plan.grouping->labels) output.add(name);
    }
    if (plan.unwrapper) plan.unwrapper->add_needs(output);
    return output;
}

}  // namespace

bool RangePlan::keeps_errors() const {
    if (pipeline->reads_error() || (unwrapper && unwrapper->reads_error())) return true;
    return grouping && !grouping->without &&
           std::find(grouping->labels.begin(), grouping->labels.end(), kErrorLabel) !=
               grouping->labels.end();
}

Result<RangePlan> RangePlan::create(const RangeAggregation& aggregation,
                                    std::optional<Grouping> outer) {
    RangePlan plan;
    plan.op = aggregation.op;
    plan.parameter = aggregation.parameter.value_or(0);
    plan.range = aggregation.range;
    plan.grouping = grouping_of(aggregation, std::move(outer));
    if (aggregation.range.unwrap) {
        SKALD_TRY(plan.unwrapper, Unwrapper::create(*aggregation.range.unwrap));
    }
    SKALD_TRY(plan.pipeline, Pipeline::create(aggregation.range.log, output_of(plan)));
    return plan;
}

}  // namespace skald::read

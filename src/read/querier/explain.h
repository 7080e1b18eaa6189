// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline.h"
#include "query_context.h"
#include "stage_cost.h"

#include <skald/read/querier/query.h>

#include <memory>
#include <string>

namespace skald::read {

/// Counters for one worker, if the query asks for its plan.
std::unique_ptr<PlanCosts> make_costs(QueryContext& context, const Pipeline& pipeline);

/// The plan of a range aggregation or log query with what it has cost. `text` is the part of the
/// query that it answers; `output` names what becomes of the rows in the end.
PlanPart explain(std::string text, const Pipeline& pipeline, const PlanCosts& costs,
                 std::string output);

}  // namespace skald::read

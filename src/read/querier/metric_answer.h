// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metric_query.h"
#include "query_context.h"
#include "windows.h"

#include <skald/foundation/base/result.h>
#include <skald/read/logql/ast.h>
#include <skald/read/querier/query.h>

namespace skald::read {

/// Makes the answer of a metric query from its value: scalar or vector of an instant query, matrix
/// of a range query. Errors: what ended the query; kInvalidArgument past max_query_series.
Result<QueryResponse> metric_answer(QueryContext& context, const Expr& expr, const Steps& steps,
                                    MetricValue value);

}  // namespace skald::read

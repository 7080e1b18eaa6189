// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/read/logql/ast.h>

#include <optional>
#include <string>

namespace skald::read {

// The static rules of metric expressions (spec: logql 2.1). Messages come without "parse error : ".

/// Checks parameter, grouping and unwrap against the operation, and stores the parameter.
Result<void> check_range_aggregation(RangeAggregation& aggregation,
                                     const std::optional<std::string>& parameter);
/// The same for vector aggregations.
Result<void> check_vector_aggregation(VectorAggregation& aggregation,
                                      const std::optional<std::string>& parameter);
/// Both legs must be metrics, and no literals for set operators.
Result<void> check_operands(BinaryOp op, const Expr& left, const Expr& right);

}  // namespace skald::read

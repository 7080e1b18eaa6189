// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "step_matrix.h"

#include <skald/foundation/base/result.h>
#include <skald/read/logql/ast.h>

#include <optional>

namespace skald::read {

/// The value of `left op right` between two numbers, or nothing if a comparison without `bool` is
/// false. Division and modulo by zero are NaN.
std::optional<double> apply_number(BinaryOp op, bool return_bool, double left, double right);

/// A literal on its own: a comparison is 0 or 1.
double apply_literals(BinaryOp op, double left, double right);

/// Between every sample and one number. `number_is_left` tells its side.
StepMatrix apply_with_number(const BinaryOperation& operation, const StepMatrix& vector,
                             double number, bool number_is_left);

/// Between two vectors, matched by labels at each step.
/// Errors: kInvalidArgument if the match is ambiguous (logql 4.5).
Result<StepMatrix> apply_vectors(const BinaryOperation& operation, const StepMatrix& left,
                                 const StepMatrix& right);

}  // namespace skald::read

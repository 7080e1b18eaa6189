// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/read/logql/ast.h>

namespace skald::read {

/// The value of an operator between two literals; comparisons give 0 or 1. Division by zero is
/// NaN, as it is between vectors. Requires: no set operator.
double fold(BinaryOp op, double left, double right) noexcept;

}  // namespace skald::read

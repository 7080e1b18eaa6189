// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "template_value.h"

#include <skald/foundation/base/result.h>

#include <cstdint>
#include <span>

namespace skald::read {

/// What a function that takes any number makes of a value: numbers, booleans and texts as
/// spf13/cast converts them (https://github.com/spf13/cast), 0 for everything else.
std::int64_t to_int64(const Value& value);
double to_float64(const Value& value);

enum class DecimalOperation { kAdd, kSubtract, kMultiply, kDivide };

/// The operation over all values from left to right in decimal arithmetic, so that 0.1 + 0.2 is
/// 0.3; quotients are rounded to 16 places. Errors: kInvalidArgument for a division by zero and for
/// numbers that no decimal can be.
Result<double> fold_decimals(DecimalOperation operation, std::span<const double> values);

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#include "fold.h"

#include <cmath>
#include <limits>

namespace skald::read {

double fold(BinaryOp op, double left, double right) noexcept {
    switch (op) {
        case BinaryOp::kEqual: return left == right ? 1 : 0;
        case BinaryOp::kNotEqual: return left != right ? 1 : 0;
        case BinaryOp::kLess: return left < right ? 1 : 0;
        case BinaryOp::kLessEqual: return left <= right ? 1 : 0;
        case BinaryOp::kGreater: return left > right ? 1 : 0;
        case BinaryOp::kGreaterEqual: return left >= right ? 1 : 0;
        case BinaryOp::kAdd: return left + right;
        case BinaryOp::kSub: return left - right;
        case BinaryOp::kMul: return left * right;
        case BinaryOp::kDiv:
            return right == 0 ? std::numeric_limits<double>::quiet_NaN() : left / right;
        case BinaryOp::kMod: return std::fmod(left, right);
        case BinaryOp::kPow: return std::pow(left, right);
        case BinaryOp::kOr:
        case BinaryOp::kAnd:
        case BinaryOp::kUnless: break;
    }
    return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace skald::read

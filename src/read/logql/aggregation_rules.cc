// SPDX-License-Identifier: Apache-2.0
#include "aggregation_rules.h"

#include <skald/foundation/model/text.h>
#include <skald/read/logql/parser.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace skald::read {

namespace {

Error refused(std::string message) {
    return Error{ErrorCode::kInvalidArgument, std::move(message)};
}

bool may_group(RangeOp op) {
    switch (op) {
        case RangeOp::kAvg:
        case RangeOp::kMin:
        case RangeOp::kMax:
        case RangeOp::kStddev:
        case RangeOp::kStdvar:
        case RangeOp::kQuantile:
        case RangeOp::kFirst:
        case RangeOp::kLast: return true;
        default: return false;
    }
}

bool may_unwrap(RangeOp op) {
    switch (op) {
        case RangeOp::kCount:
        case RangeOp::kBytes:
        case RangeOp::kBytesRate: return false;
        default: return true;
    }
}

bool may_omit_unwrap(RangeOp op) {
    switch (op) {
        case RangeOp::kCount:
        case RangeOp::kRate:
        case RangeOp::kBytes:
        case RangeOp::kBytesRate:
        case RangeOp::kAbsent: return true;
        default: return false;
    }
}

bool needs_parameter(VectorOp op) {
    return op == VectorOp::kTopk || op == VectorOp::kBottomk || op == VectorOp::kApproxTopk;
}

bool is_set_operator(BinaryOp op) {
    return op == BinaryOp::kOr || op == BinaryOp::kAnd || op == BinaryOp::kUnless;
}

Result<void> check_leg(std::string_view side, BinaryOp op, const Expr& leg) {
    const std::string name(to_string(op));
    if (const auto* log = std::get_if<LogExpr>(&leg.node)) {
        const bool stages = !log->stages.empty();
        return refused("unexpected type for " + std::string(side) + " leg of binary operation (" +
                       name + "): *syntax." + (stages ? "PipelineExpr" : "MatchersExpr"));
    }
    const auto* literal = std::get_if<Literal>(&leg.node);
    if (literal != nullptr && is_set_operator(op)) {
        std::array<char, 400> text{};  // The largest double has 309 digits before the point.
        std::snprintf(text.data(), text.size(), "%f", literal->value);
        const std::string value =
            std::isfinite(literal->value) ? text.data() : format_float(literal->value);
        return refused("unexpected literal for " + std::string(side) +
                       " leg of logical/set binary operation (" + name + "): " + value);
    }
    return {};
}

}  // namespace

Result<void> check_range_aggregation(RangeAggregation& aggregation,
                                     const std::optional<std::string>& parameter) {
    const std::string op(to_string(aggregation.op));
    if (aggregation.op == RangeOp::kQuantile) {
        if (!parameter) return refused("parameter required for operation " + op);
        const Result<double> value = parse_float(*parameter);
        if (!value) {
            return refused("invalid parameter for operation " + op + ": " + value.error().message);
        }
        aggregation.parameter = *value;
    } else if (parameter) {
        return refused("parameter " + *parameter + " not supported for operation " + op);
    }
    if (aggregation.grouping && !may_group(aggregation.op)) {
        return refused("grouping not allowed for " + op + " aggregation");
    }
    const bool unwrapped = aggregation.range.unwrap.has_value();
    if (unwrapped ? may_unwrap(aggregation.op) : may_omit_unwrap(aggregation.op)) return {};
    return refused("invalid aggregation " + op + (unwrapped ? " with unwrap" : " without unwrap"));
}

Result<void> check_vector_aggregation(VectorAggregation& aggregation,
                                      const std::optional<std::string>& parameter) {
    const std::string op(to_string(aggregation.op));
    if (needs_parameter(aggregation.op)) {
        if (!parameter) return refused("parameter required for operation " + op);
        const Result<std::int64_t> count = parse_int(*parameter);
        // Loki leaves the parenthesis of these two open.
        if (!count) return refused("invalid parameter " + op + "(" + *parameter + ",");
        if (*count <= 0) {
            return refused("invalid parameter (must be greater than 0) " + op + "(" + *parameter);
        }
        aggregation.parameter = *count;
    } else if (parameter) {
        return refused("unsupported parameter for operation " + op + "(" + *parameter + ",");
    }
    if (!aggregation.grouping) return {};
    if (aggregation.op == VectorOp::kApproxTopk) {
        return refused("grouping not allowed for approx_topk aggregation");
    }
    const bool sorts = aggregation.op == VectorOp::kSort || aggregation.op == VectorOp::kSortDesc;
    if (sorts && !aggregation.grouping->labels.empty()) {
        return refused("sort and sort_desc doesn't allow grouping by ");
    }
    return {};
}

Result<void> check_operands(BinaryOp op, const Expr& left, const Expr& right) {
    SKALD_CHECK(check_leg("left", op, left));
    return check_leg("right", op, right);
}

}  // namespace skald::read

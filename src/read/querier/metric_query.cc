// SPDX-License-Identifier: Apache-2.0
#include "metric_query.h"

#include "aggregate.h"
#include "binary_operation.h"
#include "label_replace.h"

#include <skald/read/logql/parser.h>

#include <string>
#include <type_traits>
#include <utility>

namespace skald::read {
namespace {

/// The range aggregation right below a `sum`, if sums of it are those of fewer labels.
const RangeAggregation* summed_range(const VectorAggregation& aggregation) {
    if (aggregation.op != VectorOp::kSum) return nullptr;
    const auto* range = std::get_if<RangeAggregation>(&aggregation.inner->node);
    if (range == nullptr) return nullptr;
    switch (range->op) {
        case RangeOp::kCount:
        case RangeOp::kRate:
        case RangeOp::kBytes:
        case RangeOp::kBytesRate:
        case RangeOp::kSum: return range;
        default: return nullptr;
    }
}

}  // namespace

/// One walk over the tree. The matrix of each range aggregation is moved out when it is met.
class MetricPlan::Evaluation {
public:
    Evaluation(const MetricPlan& plan, const Steps& steps, std::vector<StepMatrix> ranges,
               QueryMemory& memory)
        : plan_(plan), steps_(steps), ranges_(std::move(ranges)), memory_(memory) {}

    Result<MetricValue> value_of(const Expr& expr) {
        if (const auto found = plan_.range_of_.find(&expr); found != plan_.range_of_.end()) {
            return MetricValue(std::move(ranges_[found->second]));
        }
        return std::visit([this](const auto& node) { return evaluate(node); }, expr.node);
    }

private:
    Result<MetricValue> evaluate(const Literal& literal) { return MetricValue(literal.value); }

    Result<MetricValue> evaluate(const VectorLiteral& literal) {
        StepMatrix matrix{.steps = steps_.count, .series = {}};
        matrix.add({}).values.assign(steps_.count, literal.value);
        return MetricValue(std::move(matrix));
    }

    Result<MetricValue> evaluate(const VectorAggregation& aggregation) {
        SKALD_TRY(MetricValue inner, value_of(*aggregation.inner));
        const auto* matrix = std::get_if<StepMatrix>(&inner);
        if (matrix == nullptr) return unexpected_literal();
        return MetricValue(aggregate(aggregation, *matrix));
    }

    Result<MetricValue> evaluate(const BinaryOperation& operation) {
        SKALD_TRY(MetricValue left, value_of(*operation.left));
        SKALD_TRY(MetricValue right, value_of(*operation.right));
        const auto* left_number = std::get_if<double>(&left);
        const auto* right_number = std::get_if<double>(&right);
        if (left_number != nullptr && right_number != nullptr) {
            return MetricValue(apply_literals(operation.op, *left_number, *right_number));
        }
        if (left_number != nullptr) {
            return MetricValue(
                apply_with_number(operation, std::get<StepMatrix>(right), *left_number, true));
        }
        if (right_number != nullptr) {
            return MetricValue(
                apply_with_number(operation, std::get<StepMatrix>(left), *right_number, false));
        }
        SKALD_TRY(StepMatrix joined, apply_vectors(operation, std::get<StepMatrix>(left),
                                                   std::get<StepMatrix>(right)));
        return MetricValue(std::move(joined));
    }

    Result<MetricValue> evaluate(const LabelReplace& replace) {
        SKALD_TRY(MetricValue inner, value_of(*replace.inner));
        auto* matrix = std::get_if<StepMatrix>(&inner);
        if (matrix == nullptr) return unexpected_literal();
        SKALD_CHECK(replace_labels(replace, *matrix, memory_));
        return inner;
    }

    static Error unexpected_literal() {
        return {ErrorCode::kInvalidArgument,
                "unexpected expr type (*syntax.LiteralExpr) for Evaluator type "
                "(*logql.DefaultEvaluator) "};
    }

    // `create` has refused or taken out what is left.
    template <class Other>
    Result<MetricValue> evaluate(const Other&) {
        return Error{ErrorCode::kInternal, "a part of the query was not planned"};
    }

    const MetricPlan& plan_;
    const Steps& steps_;
    std::vector<StepMatrix> ranges_;
    QueryMemory& memory_;
};

Result<MetricPlan> MetricPlan::create(ExprPtr expr) {
    MetricPlan plan;
    plan.expr_ = std::move(expr);
    SKALD_CHECK(plan.collect(*plan.expr_));
    return plan;
}

Result<MetricValue> MetricPlan::evaluate(const Steps& steps, std::vector<StepMatrix> ranges,
                                         QueryMemory& memory) const {
    return Evaluation(*this, steps, std::move(ranges), memory).value_of(*expr_);
}

Result<void> MetricPlan::collect(const Expr& expr) {
    if (const auto* range = std::get_if<RangeAggregation>(&expr.node)) {
        return collect_range(expr, *range, std::nullopt);
    }
    if (const auto* aggregation = std::get_if<VectorAggregation>(&expr.node)) {
        if (const RangeAggregation* range = summed_range(*aggregation)) {
            // No grouping around a `sum` means one group.
            return collect_range(expr, *range, aggregation->grouping.value_or(Grouping{}));
        }
        return collect(*aggregation->inner);
    }
    if (const auto* operation = std::get_if<BinaryOperation>(&expr.node)) {
        SKALD_CHECK(collect(*operation->left));
        return collect(*operation->right);
    }
    if (const auto* replace = std::get_if<LabelReplace>(&expr.node)) {
        return collect(*replace->inner);
    }
    if (expr.is_log()) {
        return Error{ErrorCode::kInternal, "a log expression inside a metric expression"};
    }
    return {};
}

Result<void> MetricPlan::collect_range(const Expr& key, const RangeAggregation& range,
                                       std::optional<Grouping> outer) {
    SKALD_TRY(RangePlan plan, RangePlan::create(range, std::move(outer)));
    plan.text = to_string(key);
    range_of_.emplace(&key, ranges_.size());
    ranges_.push_back(std::move(plan));
    return {};
}

}  // namespace skald::read

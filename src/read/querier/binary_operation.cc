// SPDX-License-Identifier: Apache-2.0
#include "binary_operation.h"

#include "series_counts.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace skald::read {
namespace {

bool is_set_operation(BinaryOp op) {
    return op == BinaryOp::kAnd || op == BinaryOp::kOr || op == BinaryOp::kUnless;
}

bool is_comparison(BinaryOp op) {
    return op >= BinaryOp::kEqual && op <= BinaryOp::kGreaterEqual;
}

bool compare(BinaryOp op, double left, double right) {
    switch (op) {
        case BinaryOp::kEqual: return left == right;
        case BinaryOp::kNotEqual: return left != right;
        case BinaryOp::kLess: return left < right;
        case BinaryOp::kLessEqual: return left <= right;
        case BinaryOp::kGreater: return left > right;
        default: return left >= right;
    }
}

double calculate(BinaryOp op, double left, double right) {
    switch (op) {
        case BinaryOp::kAdd: return left + right;
        case BinaryOp::kSub: return left - right;
        case BinaryOp::kMul: return left * right;
        case BinaryOp::kDiv:
            return right == 0 ? std::numeric_limits<double>::quiet_NaN() : left / right;
        case BinaryOp::kMod:
            return right == 0 ? std::numeric_limits<double>::quiet_NaN() : std::fmod(left, right);
        default: return std::pow(left, right);
    }
}

Error ambiguous(std::string message) {
    return {ErrorCode::kInvalidArgument, std::move(message)};
}

/// Series of both sides that have the same labels as far as the matching looks.
struct MatchGroup {
    std::vector<std::uint32_t> left;
    std::vector<std::uint32_t> right;
};

bool is_matched(const VectorMatching& matching, std::string_view name) {
    const bool listed =
        std::find(matching.labels.begin(), matching.labels.end(), name) != matching.labels.end();
    return listed == matching.on;
}

std::vector<MatchGroup> match(const VectorMatching& matching, const StepMatrix& left,
                              const StepMatrix& right) {
    std::vector<MatchGroup> groups;
    std::unordered_map<std::string, std::size_t> numbers;
    const auto group_of = [&](const Labels& labels) -> MatchGroup& {
        std::vector<LabelView> views;
        for (std::size_t i = 0; i < labels.size(); ++i) {
            if (is_matched(matching, labels[i].name)) views.push_back(labels[i]);
        }
        std::string key;
        append_label_key(key, Labels::from_views(std::move(views)));
        const auto [at, added] = numbers.try_emplace(std::move(key), groups.size());
        if (added) groups.emplace_back();
        return groups[at->second];
    };
    for (std::uint32_t i = 0; i < left.series.size(); ++i) {
        group_of(left.series[i].labels).left.push_back(i);
    }
    for (std::uint32_t i = 0; i < right.series.size(); ++i) {
        group_of(right.series[i].labels).right.push_back(i);
    }
    return groups;
}

/// The answer under construction: a series is added when it gets its first sample.
class Answer {
public:
    explicit Answer(std::size_t steps) { matrix_.steps = steps; }

    std::size_t series_of(const Labels& labels) {
        const auto [at, added] = numbers_.try_emplace(labels, matrix_.series.size());
        if (added) matrix_.add(labels);
        return at->second;
    }
    bool has(std::size_t series, std::size_t step) const {
        return matrix_.series[series].has(step);
    }
    void set(std::size_t series, std::size_t step, double value) {
        matrix_.series[series].values[step] = value;
    }
    StepMatrix take() {
        matrix_.sort_by_labels();
        return std::move(matrix_);
    }

private:
    StepMatrix matrix_;
    std::map<Labels, std::size_t> numbers_;
};

bool any_at(const StepMatrix& matrix, const std::vector<std::uint32_t>& series, std::size_t step) {
    return std::any_of(series.begin(), series.end(),
                       [&](std::uint32_t index) { return matrix.series[index].has(step); });
}

void copy(const StepMatrix& from, const std::vector<std::uint32_t>& series, std::size_t step,
          Answer& answer) {
    for (const std::uint32_t index : series) {
        const StepSeries& each = from.series[index];
        if (each.has(step)) answer.set(answer.series_of(each.labels), step, each.values[step]);
    }
}

StepMatrix apply_set(BinaryOp op, const VectorMatching& matching, const StepMatrix& left,
                     const StepMatrix& right) {
    Answer answer(left.steps);
    for (const MatchGroup& group : match(matching, left, right)) {
        for (std::size_t step = 0; step < left.steps; ++step) {
            switch (op) {
                case BinaryOp::kAnd:
                    if (any_at(right, group.right, step)) copy(left, group.left, step, answer);
                    break;
                case BinaryOp::kUnless:
                    if (!any_at(right, group.right, step)) copy(left, group.left, step, answer);
                    break;
                default:
                    copy(left, group.left, step, answer);
                    if (!any_at(left, group.left, step)) copy(right, group.right, step, answer);
                    break;
            }
        }
    }
    return answer.take();
}

/// Labels of the result: of the side that may have many, without what one-to-one matching left out,
/// with what group_left / group_right take over from the other side.
Labels result_labels(const VectorMatching& matching, const Labels& many, const Labels& one) {
    const bool one_to_one = matching.cardinality == VectorMatching::Cardinality::kOneToOne;
    std::vector<LabelView> views;
    for (std::size_t i = 0; i < many.size(); ++i) {
        const std::string_view name = many[i].name;
        const bool included = std::find(matching.include.begin(), matching.include.end(), name) !=
                              matching.include.end();
        if (!included && (!one_to_one || is_matched(matching, name))) views.push_back(many[i]);
    }
    for (const std::string& name : matching.include) {
        const std::string_view value = one.value_or_empty(name);
        if (!value.empty()) views.push_back({name, value});
    }
    return Labels::from_views(std::move(views));
}

/// Matches the samples of one group, step by step.
class GroupJoin {
public:
    GroupJoin(const BinaryOperation& operation, const VectorMatching& matching,
              const StepMatrix& left, const StepMatrix& right, Answer& answer)
        : operation_(operation),
          matching_(matching),
          swapped_(matching.cardinality == VectorMatching::Cardinality::kOneToMany),
          many_(swapped_ ? right : left),
          one_(swapped_ ? left : right),
          answer_(answer) {}

    Result<void> join(const MatchGroup& group) {
        const std::vector<std::uint32_t>& many = swapped_ ? group.right : group.left;
        const std::vector<std::uint32_t>& one = swapped_ ? group.left : group.right;
        if (one.empty()) return {};
        for (std::size_t step = 0; step < many_.steps; ++step) {
            SKALD_CHECK(join_step(many, one, step));
        }
        return {};
    }

private:
    Result<void> join_step(const std::vector<std::uint32_t>& many,
                           const std::vector<std::uint32_t>& one, std::size_t step) {
        const StepSeries* partner = nullptr;
        for (const std::uint32_t index : one) {
            if (!one_.series[index].has(step)) continue;
            if (partner != nullptr) {
                return ambiguous(std::string("found duplicate series on the ") +
                                 (swapped_ ? "left" : "right") +
                                 " hand-side;many-to-many matching not allowed: matching labels "
                                 "must be unique on one side");
            }
            partner = &one_.series[index];
        }
        if (partner == nullptr) return {};
        bool matched = false;
        seen_.clear();
        for (const std::uint32_t index : many) {
            const StepSeries& series = many_.series[index];
            if (!series.has(step)) continue;
            const std::optional<double> value = combine(series.values[step], partner->values[step]);
            if (!value) continue;
            if (matched && matching_.cardinality == VectorMatching::Cardinality::kOneToOne) {
                return ambiguous(
                    "multiple matches for labels: many-to-one matching must be explicit "
                    "(group_left/group_right)");
            }
            matched = true;
            const std::size_t target =
                answer_.series_of(result_labels(matching_, series.labels, partner->labels));
            if (std::find(seen_.begin(), seen_.end(), target) != seen_.end()) {
                return ambiguous(
                    "multiple matches for labels: grouping labels must ensure unique matches");
            }
            seen_.push_back(target);
            answer_.set(target, step, *value);
        }
        return {};
    }

    std::optional<double> combine(double many, double one) const {
        return swapped_ ? apply_number(operation_.op, operation_.return_bool, one, many)
                        : apply_number(operation_.op, operation_.return_bool, many, one);
    }

    const BinaryOperation& operation_;
    const VectorMatching& matching_;
    const bool swapped_;
    const StepMatrix& many_;
    const StepMatrix& one_;
    Answer& answer_;
    std::vector<std::size_t> seen_;
};

}  // namespace

std::optional<double> apply_number(BinaryOp op, bool return_bool, double left, double right) {
    if (!is_comparison(op)) return calculate(op, left, right);
    const bool holds = compare(op, left, right);
    if (return_bool) return holds ? 1 : 0;
    return holds ? std::optional<double>(left) : std::nullopt;
}

double apply_literals(BinaryOp op, double left, double right) {
    return *apply_number(op, true, left, right);
}

StepMatrix apply_with_number(const BinaryOperation& operation, const StepMatrix& vector,
                             double number, bool number_is_left) {
    StepMatrix output = vector;
    for (StepSeries& series : output.series) {
        for (double& value : series.values) {
            if (is_absent(value)) continue;
            const std::optional<double> combined =
                number_is_left ? apply_number(operation.op, operation.return_bool, number, value)
                               : apply_number(operation.op, operation.return_bool, value, number);
            // A comparison that holds keeps the sample of the vector, whichever side it is on.
            if (!combined) {
                value = absent_sample();
            } else if (!is_comparison(operation.op) || operation.return_bool) {
                value = *combined;
            }
        }
    }
    return output;
}

Result<StepMatrix> apply_vectors(const BinaryOperation& operation, const StepMatrix& left,
                                 const StepMatrix& right) {
    const VectorMatching matching = operation.matching.value_or(VectorMatching{});
    if (is_set_operation(operation.op)) return apply_set(operation.op, matching, left, right);
    Answer answer(left.steps);
    GroupJoin join(operation, matching, left, right, answer);
    for (const MatchGroup& group : match(matching, left, right)) {
        SKALD_CHECK(join.join(group));
    }
    return answer.take();
}

}  // namespace skald::read

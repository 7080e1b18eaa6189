// SPDX-License-Identifier: Apache-2.0
#include "aggregate.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace skald::read {
namespace {

using Group = std::vector<std::uint32_t>;  ///< Indexes of series, ascending.

/// The arithmetic mean. If the sum overflows although no value is infinite, the running mean.
double mean(std::span<const double> values) {
    const double sum = std::accumulate(values.begin(), values.end(), 0.0);
    const bool overflowed =
        std::isinf(sum) &&
        std::none_of(values.begin(), values.end(), [](double value) { return std::isinf(value); });
    if (!overflowed) return sum / static_cast<double>(values.size());
    double running = 0;
    double count = 0;
    for (const double value : values) {
        count += 1;
        running += value / count - running / count;
    }
    return running;
}

/// Population variance. Welford 1962.
double variance(std::span<const double> values) {
    double average = 0;
    double squares = 0;
    double count = 0;
    for (const double value : values) {
        count += 1;
        const double delta = value - average;
        average += delta / count;
        squares += delta * (value - average);
    }
    return squares / count;
}

/// The least value by `before`; NaN only if there is nothing else.
template <class Before>
double extreme(std::span<const double> values, Before before) {
    double best = values.front();
    for (const double value : values.subspan(1)) {
        if (std::isnan(best) || before(value, best)) best = value;
    }
    return best;
}

double reduce(VectorOp op, std::span<const double> values) {
    switch (op) {
        case VectorOp::kAvg: return mean(values);
        case VectorOp::kCount: return static_cast<double>(values.size());
        case VectorOp::kMax: return extreme(values, std::greater<>());
        case VectorOp::kMin: return extreme(values, std::less<>());
        case VectorOp::kStddev: return std::sqrt(variance(values));
        case VectorOp::kStdvar: return variance(values);
        default: return std::accumulate(values.begin(), values.end(), 0.0);
    }
}

void reduce_group(VectorOp op, const StepMatrix& input, const Group& group, StepSeries& output) {
    std::vector<double> values;
    for (std::size_t step = 0; step < input.steps; ++step) {
        values.clear();
        for (const std::uint32_t index : group) {
            if (input.series[index].has(step)) values.push_back(input.series[index].values[step]);
        }
        if (!values.empty()) output.values[step] = reduce(op, values);
    }
}

/// Copies the k first samples of the group by value at each step. Of equal ones those that come
/// first in label order stay; any number stays before NaN.
void select_from_group(bool largest, std::size_t k, const StepMatrix& input, const Group& group,
                       std::vector<std::vector<double>>& kept) {
    Group present;
    for (std::size_t step = 0; step < input.steps; ++step) {
        const auto value = [&](std::uint32_t index) { return input.series[index].values[step]; };
        present.clear();
        std::copy_if(group.begin(), group.end(), std::back_inserter(present),
                     [&](std::uint32_t index) { return input.series[index].has(step); });
        const auto comes_first = [&](std::uint32_t a, std::uint32_t b) {
            const double left = value(a);
            const double right = value(b);
            if (std::isnan(left) || std::isnan(right)) {
                if (std::isnan(left) != std::isnan(right)) return std::isnan(right);
            } else if (left != right) {
                return largest ? left > right : left < right;
            }
            return a < b;
        };
        const std::size_t count = std::min(k, present.size());
        std::partial_sort(present.begin(), present.begin() + static_cast<std::ptrdiff_t>(count),
                          present.end(), comes_first);
        for (std::size_t i = 0; i < count; ++i) {
            std::vector<double>& values = kept[present[i]];
            if (values.empty()) values.assign(input.steps, absent_sample());
            values[step] = value(present[i]);
        }
    }
}

}  // namespace

Labels group_labels(const std::optional<Grouping>& grouping, const Labels& labels) {
    if (!grouping) return {};
    std::vector<LabelView> views;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const LabelView label = labels[i];
        const bool listed = std::find(grouping->labels.begin(), grouping->labels.end(),
                                      label.name) != grouping->labels.end();
        const bool stays = grouping->without ? !listed && label.name != "__name__" : listed;
        if (stays && !label.value.empty()) views.push_back(label);
    }
    return Labels::from_views(std::move(views));
}

StepMatrix aggregate(const VectorAggregation& aggregation, const StepMatrix& input) {
    const VectorOp op = aggregation.op;
    if (op == VectorOp::kSort || op == VectorOp::kSortDesc) return input;
    std::map<Labels, Group> groups;
    for (std::uint32_t i = 0; i < input.series.size(); ++i) {
        groups[group_labels(aggregation.grouping, input.series[i].labels)].push_back(i);
    }
    StepMatrix output{.steps = input.steps, .series = {}};
    if (op == VectorOp::kTopk || op == VectorOp::kBottomk || op == VectorOp::kApproxTopk) {
        const auto k = static_cast<std::size_t>(std::max<std::int64_t>(*aggregation.parameter, 0));
        std::vector<std::vector<double>> kept(input.series.size());
        for (const auto& [labels, group] : groups) {
            select_from_group(op != VectorOp::kBottomk, k, input, group, kept);
        }
        for (std::size_t i = 0; i < kept.size(); ++i) {
            if (kept[i].empty()) continue;
            output.series.push_back({input.series[i].labels, std::move(kept[i])});
        }
        return output;
    }
    for (const auto& [labels, group] : groups) {
        reduce_group(op, input, group, output.add(labels));
    }
    return output;
}

}  // namespace skald::read

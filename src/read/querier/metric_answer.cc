// SPDX-License-Identifier: Apache-2.0
#include "metric_answer.h"

#include <skald/foundation/base/units.h>
#include <skald/read/querier/query_checks.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace skald::read {
namespace {

/// Milliseconds since the epoch, rounded down.
std::int64_t to_millis(TimeNs time) {
    const std::int64_t quotient = time / kNanosPerMilli;
    return time % kNanosPerMilli < 0 ? quotient - 1 : quotient;
}

std::vector<Series> with_samples(const Steps& steps, StepMatrix matrix) {
    std::vector<Series> result;
    for (StepSeries& series : matrix.series) {
        Series out;
        for (std::size_t step = 0; step < steps.count; ++step) {
            if (series.has(step)) {
                out.samples.push_back({to_millis(steps.time(step)), series.values[step]});
            }
        }
        if (out.samples.empty()) continue;
        out.labels = std::move(series.labels);
        result.push_back(std::move(out));
    }
    return result;
}

/// Of an instant query under `sort` or `sort_desc`: by value, NaN last, else as they are.
void sort_by_value(const Expr& expr, std::vector<Series>& series) {
    const auto* aggregation = std::get_if<VectorAggregation>(&expr.node);
    if (aggregation == nullptr) return;
    const bool ascending = aggregation->op == VectorOp::kSort;
    if (!ascending && aggregation->op != VectorOp::kSortDesc) return;
    std::sort(series.begin(), series.end(), [&](const Series& a, const Series& b) {
        const double left = a.samples[0].value;
        const double right = b.samples[0].value;
        if (std::isnan(left) != std::isnan(right)) return std::isnan(right);
        if (!std::isnan(left) && left != right) return ascending ? left < right : left > right;
        return a.labels < b.labels;
    });
}

}  // namespace

Result<QueryResponse> metric_answer(QueryContext& context, const Expr& expr, const Steps& steps,
                                    MetricValue value) {
    SKALD_CHECK(context.outcome());
    QueryResponse response;
    if (const auto* number = std::get_if<double>(&value)) {
        if (context.request.instant) {
            response.data = ScalarResult{{to_millis(steps.start), *number}};
            return response;
        }
        StepMatrix constant{.steps = steps.count, .series = {}};
        constant.add({}).values.assign(steps.count, *number);
        value = std::move(constant);
    }
    std::vector<Series> series = with_samples(steps, std::move(std::get<StepMatrix>(value)));
    SKALD_CHECK(
        limit_series(*context.limits, context.request.partial_results, series, response.warnings));
    if (context.request.instant) {
        sort_by_value(expr, series);
        response.data = VectorResult{std::move(series)};
    } else {
        response.data = MatrixResult{std::move(series)};
    }
    response.stats = context.total_stats();
    for (std::string& warning : context.take_warnings()) {
        response.warnings.push_back(std::move(warning));
    }
    return response;
}

}  // namespace skald::read

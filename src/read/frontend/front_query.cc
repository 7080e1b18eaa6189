// SPDX-License-Identifier: Apache-2.0
#include "front_query.h"

#include <skald/read/logql/parser.h>
#include <skald/read/querier/query_checks.h>

#include <algorithm>
#include <utility>

namespace skald::read {

Result<void> FrontQuery::prepare(ExtentCache* cache, storage::ChangeLog* changes,
                                 const LimitsSource& source, TimeNs now) {
    SKALD_TRY(expr, parse_query(request.query));
    SKALD_CHECK(check_query(*expr, request, *limits));
    request.too_old = !limit_lookback(request, *limits, now);
    const bool is_cut = limits->split_queries_by_interval > 0;
    if (!expr->is_log()) {
        SKALD_TRY(steps_, steps_of(request, is_cut));
    }
    if (!is_cut || request.instant || request.explain || request.too_old) return {};
    const bool keeps = cache != nullptr && changes != nullptr && !request.no_cache;
    if (keeps) validity_ = std::make_unique<Validity>(*changes, request, source, now);
    cut(keeps ? cache : nullptr);
    return {};
}

/// All that the answer depends on but times. Nothing of it contains a line feed unescaped but the
/// query, which is the last.
std::string FrontQuery::key(std::string_view kind) const {
    std::string text(kind);
    text += "\n" + request.tenant.text();
    for (const TenantId& tenant : request.more_tenants) text += "|" + tenant.text();
    text += "\n" + std::to_string(request.step) + " " +
            std::to_string(limits->split_queries_by_interval) + "\n";
    if (validity_ != nullptr) text += validity_->retention();
    return text + to_string(*expr);
}

void FrontQuery::cut(ExtentCache* cache) {
    if (const auto* lines = std::get_if<LogExpr>(&expr->node)) {
        LogSplit::Plan plan{.start = request.start,
                            .end = request.end,
                            .limit = request.limit,
                            .direction = request.direction,
                            .interval = limits->split_queries_by_interval,
                            .query = key("log")};
        if (request.interval > 0 || !LogSplit::is_possible(plan)) return;
        // The index knows at once where a selector has rows.
        ExtentCache* const known = lines->stages.empty() ? nullptr : cache;
        log = std::make_unique<LogSplit>(std::move(plan), known, validity_.get());
        log->look_up(stats);
        return;
    }
    const std::optional<DataTimes> times = data_times(*expr);
    if (!times || !MetricSplit::is_possible(steps_)) return;
    metric = std::make_unique<MetricSplit>(
        MetricSplit::Plan{.steps = steps_,
                          .interval = limits->split_queries_by_interval,
                          .times = *times,
                          .query = key("metric")},
        cache, validity_.get());
    metric->look_up(stats);
}

QueryRequest FrontQuery::part(TimeNs start, TimeNs end) const {
    QueryRequest asked = request;
    asked.start = start;
    asked.end = end;
    asked.part_of = expr;
    asked.bytes_before = stats.bytes_selected;
    asked.deadline = deadline;
    return asked;
}

QueryRequest FrontQuery::whole() const {
    if (expr->is_log() || request.instant || steps_.count == 0) {
        return part(request.start, request.end);
    }
    return part(steps_.start, steps_.time(steps_.count - 1));
}

Result<QueryResponse> FrontQuery::answer() {
    QueryResponse response;
    if (log != nullptr) {
        if (warnings.empty()) log->keep(stats);
        response.data = log->finish();
    } else {
        if (warnings.empty()) metric->keep(stats);
        MatrixResult matrix{metric->finish()};
        SKALD_CHECK(limit_series(*limits, request.partial_results, matrix.series, warnings));
        response.data = std::move(matrix);
    }
    std::sort(warnings.begin(), warnings.end());
    warnings.erase(std::unique(warnings.begin(), warnings.end()), warnings.end());
    response.stats = stats;
    response.warnings = std::move(warnings);
    return response;
}

}  // namespace skald::read

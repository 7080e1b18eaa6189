// SPDX-License-Identifier: Apache-2.0
#include "iec_bytes.h"
#include "query_context.h"

#include <skald/foundation/model/blocked_query.h>
#include <skald/foundation/model/split.h>
#include <skald/read/querier/query_checks.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace skald::read {
namespace {

constexpr std::string_view kBlocked = "query blocked by policy (limits_config.blocked_queries)";

Error refused(std::string message) {
    return {ErrorCode::kInvalidArgument, std::move(message)};
}

/// That may be asked for.
TimeNs oldest_time(const Limits& limits, TimeNs now) {
    if (limits.max_query_lookback <= 0) return kTimeMin;
    return subtract_times(now, limits.max_query_lookback);
}

Result<void> check_enabled(const Limits& limits) {
    if (limits.max_query_parallelism > 0) return {};
    return Error{ErrorCode::kLimitExceeded,
                 "querying is disabled, please contact your Loki operator "
                 "(limits_config.max_query_parallelism)"};
}

/// `required_labels` and `minimum_labels_number`.
Result<void> check_named_labels(const LogExpr& log, const Limits& limits) {
    std::vector<std::string> present;
    for (const Matcher& matcher : log.matchers) present.push_back(matcher.name());
    std::vector<std::string> missing;
    for (const std::string& name : limits.required_labels) {
        // A label may be asked for by several tenants and by the client.
        if (std::ranges::count(present, name) == 0 && std::ranges::count(missing, name) == 0)
            missing.push_back(name);
    }
    if (!missing.empty()) {
        return refused("stream selector is missing required matchers [" + joined(missing, ", ") +
                       "], labels present in the query were [" + joined(present, ", ") +
                       "] (limits_config.required_labels)");
    }
    if (present.size() >= limits.minimum_labels_number) return {};
    return refused(
        "stream selector has less label matchers than required: (present: [" +
        joined(present, ", ") + "], number_present: " + std::to_string(present.size()) +
        ", required_number_label_matchers: " + std::to_string(limits.minimum_labels_number) +
        ") (limits_config.minimum_labels_number)");
}

Result<void> check_log(const LogExpr& log, const Limits& limits) {
    SKALD_CHECK(check_named_labels(log, limits));
    const std::size_t count = log.matchers.size();
    const std::uint32_t most = limits.max_streams_matchers_per_query;
    if (most == 0 || count <= most) return {};
    return refused("max streams matchers per query exceeded, matchers-count > limit (" +
                   std::to_string(count) + " > " + std::to_string(most) +
                   ") (limits_config.max_streams_matchers_per_query)");
}

/// Walks the tree for selectors and ranges.
struct Checker {
    const QueryRequest& request;
    const Limits& limits;

    Result<void> check(const Expr& expr) const {
        return std::visit([this](const auto& node) { return (*this)(node); }, expr.node);
    }
    Result<void> operator()(const LogExpr& log) const { return check_log(log, limits); }
    Result<void> operator()(const RangeAggregation& aggregation) const {
        const DurationNs most = limits.max_query_range;
        if (most > 0 && aggregation.range.range > most) {
            return refused("[interval] value exceeds limit: [" +
                           format_prometheus_duration(aggregation.range.range) + "] > [" +
                           format_prometheus_duration(most) + "] (limits_config.max_query_range)");
        }
        return check_log(aggregation.range.log, limits);
    }
    Result<void> operator()(const VectorAggregation& aggregation) const {
        if (aggregation.op == VectorOp::kApproxTopk && !request.instant) {
            return refused("`approx_topk` is only supported on instant queries");
        }
        return check(*aggregation.inner);
    }
    Result<void> operator()(const BinaryOperation& operation) const {
        SKALD_CHECK(check(*operation.left));
        return check(*operation.right);
    }
    Result<void> operator()(const LabelReplace& replace) const { return check(*replace.inner); }
    Result<void> operator()(const Literal&) const { return {}; }
    Result<void> operator()(const VectorLiteral&) const { return {}; }
};

}  // namespace

bool is_blocked_query(const Error& error) {
    return error.code == ErrorCode::kInvalidArgument && error.message == kBlocked;
}

std::string_view query_type(const Expr& expr) {
    const auto* const log = std::get_if<LogExpr>(&expr.node);
    if (log == nullptr) return "metric";
    return log->stages.empty() ? "limited" : "filter";
}

Result<void> check_query(const Expr& expr, const QueryRequest& request, const Limits& limits) {
    SKALD_CHECK(check_enabled(limits));
    const QueryTraits traits{request.query, query_type(expr), request.tags};
    for (const BlockedQuery& blocked : limits.blocked_queries) {
        if (blocked.blocks(traits)) return refused(std::string(kBlocked));
    }
    if (expr.is_log()) {
        if (request.instant) {
            return refused(
                "log queries are not supported as an instant query type, please change your query "
                "to a range query type");
        }
        const std::uint32_t most = limits.max_entries_limit_per_query;
        if (most > 0 && request.limit > most) {
            return refused(
                "max entries limit per query exceeded, limit > max_entries_limit_per_query (" +
                std::to_string(request.limit) + " > " + std::to_string(most) + ")");
        }
    }
    if (!request.instant) {
        SKALD_CHECK(check_length(request.start, request.end, limits));
    }
    return Checker{request, limits}.check(expr);
}

Result<void> check_length(TimeNs start, TimeNs end, const Limits& limits) {
    const DurationNs length = subtract_times(end, start);
    if (limits.max_query_length <= 0 || length <= limits.max_query_length) return {};
    return refused(
        "the query time range exceeds the limit (query length: " + format_go_duration(length) +
        ", limit: " + format_prometheus_duration(limits.max_query_length) +
        ") (limits_config.max_query_length)");
}

Result<void> check_bytes(std::uint64_t bytes, const QueryRequest& request, const Limits& limits) {
    const auto too_many = [](std::string_view what, std::uint64_t query, std::uint64_t limit,
                             std::string_view advice) {
        return refused(std::string(what) + " (query: " + format_iec_bytes(query) +
                       ", limit: " + format_iec_bytes(limit) +
                       "); consider adding more specific stream selectors" + std::string(advice));
    };
    if (limits.max_query_bytes_read > 0 && bytes > limits.max_query_bytes_read) {
        return too_many("the query would read too many bytes", bytes, limits.max_query_bytes_read,
                        " or reduce the time range of the query "
                        "(limits_config.max_query_bytes_read)");
    }
    const DurationNs length = subtract_times(request.end, request.start);
    const DurationNs split = limits.split_queries_by_interval;
    const auto parts = split > 0 && length > split ? static_cast<std::uint64_t>(length / split) : 1;
    if (limits.max_querier_bytes_read > 0 && bytes / parts > limits.max_querier_bytes_read) {
        return too_many("query too large to execute on a single querier:", bytes / parts,
                        limits.max_querier_bytes_read,
                        ", reduce the time range of the query, or adjust parallelization settings "
                        "(limits_config.max_querier_bytes_read)");
    }
    return {};
}

Result<void> limit_series(const Limits& limits, bool partial_results, std::vector<Series>& series,
                          std::vector<std::string>& warnings) {
    const std::uint32_t most = limits.max_query_series;
    if (most == 0 || series.size() <= most) return {};
    const std::string reached =
        "maximum number of series (" + std::to_string(most) + ") reached for a single query; ";
    if (!partial_results) {
        return refused(reached +
                       "consider reducing query cardinality by adding more specific stream "
                       "selectors, reducing the time range, or aggregating results with functions "
                       "like sum(), count() or topk() (limits_config.max_query_series)");
    }
    series.resize(most);
    warnings.push_back(reached + "returning partial results (limits_config.max_query_series)");
    return {};
}

Result<bool> admit_listing(Querier::MetadataRequest& request, const Limits& limits, TimeNs now) {
    SKALD_CHECK(check_enabled(limits));
    SKALD_CHECK(check_length(request.start, request.end, limits));
    const TimeNs oldest = oldest_time(limits, now);
    if (request.end < oldest) return false;
    request.start = std::max(request.start, oldest);
    return true;
}

bool limit_lookback(QueryRequest& request, const Limits& limits, TimeNs now) {
    const TimeNs oldest = oldest_time(limits, now);
    if (request.end < oldest) return false;
    if (!request.instant) request.start = std::max(request.start, oldest);
    return true;
}

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#include "query_checks.h"

#include "query_context.h"

#include <algorithm>
#include <string>

namespace skald::read {
namespace {

Error refused(std::string message) {
    return {ErrorCode::kInvalidArgument, std::move(message)};
}

Result<void> check_log(const LogExpr& log, const Limits& limits) {
    const std::size_t count = log.matchers.size();
    const std::uint32_t most = limits.max_streams_matchers_per_query;
    if (most == 0 || count <= most) return {};
    return refused("max streams matchers per query exceeded, matchers-count > limit (" +
                   std::to_string(count) + " > " + std::to_string(most) + ")");
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
                           format_prometheus_duration(most) + "]");
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

Result<void> check_query(const Expr& expr, const QueryRequest& request, const Limits& limits) {
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
    const DurationNs length = subtract_times(request.end, request.start);
    if (!request.instant && limits.max_query_length > 0 && length > limits.max_query_length) {
        return refused(
            "the query time range exceeds the limit (query length: " + format_go_duration(length) +
            ", limit: " + format_prometheus_duration(limits.max_query_length) + ")");
    }
    return Checker{request, limits}.check(expr);
}

bool limit_lookback(QueryRequest& request, const Limits& limits, TimeNs now) {
    if (limits.max_query_lookback <= 0) return true;
    const TimeNs oldest = subtract_times(now, limits.max_query_lookback);
    if (request.end < oldest) return false;
    if (!request.instant) request.start = std::max(request.start, oldest);
    return true;
}

}  // namespace skald::read

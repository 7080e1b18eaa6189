// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/limits.h>
#include <skald/read/logql/ast.h>
#include <skald/read/querier/querier.h>
#include <skald/read/querier/query.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace skald::read {

/// The limits of a query over several tenants: the strictest of each, and of what was asked for
/// (null: nothing).
std::shared_ptr<const Limits> strictest_limits(const LimitsSource& limits, const TenantId& tenant,
                                               const std::vector<TenantId>& more,
                                               const AskedLimits* asked = nullptr);

/// Checks a parsed query against the tenant's limits.
/// Errors: kInvalidArgument in Loki's words (http-api 8.8).
Result<void> check_query(const Expr& expr, const QueryRequest& request, const Limits& limits);

/// Checks how long a range is. Errors: kInvalidArgument in Loki's words.
Result<void> check_length(TimeNs start, TimeNs end, const Limits& limits);

/// True if that is what check_query said to a query that `blocked_queries` names.
bool is_blocked_query(const Error& error);

/// "metric", "filter" (log lines, with stages) or "limited".
std::string_view query_type(const Expr& expr);

/// Checks how many bytes of lines the streams and times of the query hold.
/// Errors: kInvalidArgument in Loki's words.
Result<void> check_bytes(std::uint64_t bytes, const QueryRequest& request, const Limits& limits);

/// Moves the start of the request up to what may still be asked for. False if all of it is too long
/// ago: then the answer is empty.
bool limit_lookback(QueryRequest& request, const Limits& limits, TimeNs now);

/// Checks a request for labels, series or volumes and moves its start up to what may still be asked
/// for. False if all of it is too long ago: then nothing is found.
/// Errors: kInvalidArgument, kLimitExceeded in Loki's words.
Result<bool> admit_listing(Querier::MetadataRequest& request, const Limits& limits, TimeNs now);

/// Leaves `max_query_series` series and says so in `warnings` if part of the answer is wanted.
/// Errors: else kInvalidArgument past the limit, in Loki's words.
Result<void> limit_series(const Limits& limits, bool partial_results, std::vector<Series>& series,
                          std::vector<std::string>& warnings);

}  // namespace skald::read

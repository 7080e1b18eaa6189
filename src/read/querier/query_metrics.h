// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/read/logql/ast.h>
#include <skald/read/querier/query.h>

#include <string>
#include <string_view>

namespace skald::read {

/// The HTTP status that tells of the error, for metrics and logs; null: there is none.
std::string status_code(const Error* error);

/// Counts and times queries under the names that Loki's dashboards read (internals 19.4).
/// Threading: thread-safe.
class QueryMetrics {
public:
    explicit QueryMetrics(MetricsRegistry& registry);

    /// Notes a query that has ended. `expr` is null if it could not be parsed.
    void note(const QueryRequest& request, const Expr* expr, const Result<QueryResponse>& response,
              double seconds);
    /// Notes a request that reads no line; `error` is null if it was answered.
    void note_listing(std::string_view type, const Error* error, double seconds);

private:
    void observe_duration(std::string_view type, double seconds);
    void observe_latency(std::string_view status, std::string_view type, std::string_view range,
                         double seconds);

    MetricsRegistry& registry_;
    Counter duplicates_;
    Counter blocks_skipped_;
    Counter memory_lines_;
};

}  // namespace skald::read

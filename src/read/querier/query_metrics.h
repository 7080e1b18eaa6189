// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/read/logql/ast.h>
#include <skald/read/querier/query.h>

#include <string>

namespace skald::read {

/// The HTTP status that tells of the response, for metrics and logs.
std::string status_code(const Result<QueryResponse>& response);

/// Counts and times queries under the names that Loki's dashboards read (internals 19.4).
/// Threading: thread-safe.
class QueryMetrics {
public:
    explicit QueryMetrics(MetricsRegistry& registry);

    /// Notes a query that has ended. `expr` is null if it could not be parsed.
    void note(const QueryRequest& request, const Expr* expr, const Result<QueryResponse>& response,
              double seconds);

private:
    MetricsRegistry& registry_;
    Counter duplicates_;
    Counter blocks_skipped_;
    Counter memory_lines_;
};

}  // namespace skald::read

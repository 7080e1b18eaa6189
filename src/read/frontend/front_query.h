// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log_split.h"
#include "metric_split.h"
#include "validity.h"

#include <skald/foundation/model/limits.h>
#include <skald/foundation/runtime/cancel.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/read/logql/ast.h>
#include <skald/read/querier/query.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace skald::read {

/// A query on its way through the frontend: checked, and cut if that is of use.
/// Threading: single-owner.
class FrontQuery {
public:
    FrontQuery(QueryRequest asked, CancelToken token)
        : request(std::move(asked)), cancel(std::move(token)) {}

    /// Parses, checks and cuts the query and looks up what is known of it. `cache` and `changes`
    /// may be null. Errors: those of the checks.
    Result<void> prepare(ExtentCache* cache, storage::ChangeLog* changes,
                         const LimitsSource& source, TimeNs now);
    /// A request for a part of the query.
    QueryRequest part(TimeNs start, TimeNs end) const;
    /// A request for all of it at once.
    QueryRequest whole() const;
    /// The answer of a query that was cut, when all parts are there.
    Result<QueryResponse> answer();

    Turn turn() const { return {Lane::kQuery, request.tenant.flow()}; }

    QueryRequest request;
    const CancelToken cancel;
    std::shared_ptr<const Limits> limits;
    ExprPtr expr;  ///< Null until it could be parsed.
    std::optional<Clock::TimePoint> deadline;
    std::unique_ptr<MetricSplit> metric;  ///< If it is a metric query that is cut.
    std::unique_ptr<LogSplit> log;        ///< If it is a log query that is cut.

    QueryStats stats;  ///< Of the parts so far.
    std::vector<std::string> warnings;
    /// What the answers of its parts hold of the memory for queries.
    std::vector<std::shared_ptr<const void>> memory;

private:
    void cut(ExtentCache* cache);
    std::string key(std::string_view kind) const;

    std::unique_ptr<Validity> validity_;  ///< Null if nothing may be kept.
    Steps steps_;
};

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/time.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/read/logql/ast.h>
#include <skald/read/querier/querier.h>
#include <skald/read/querier/query.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace skald::read {

class QueryMetrics;

/// What a request that reads no line is called in metrics and logs.
struct ListingKind {
    std::string_view type;   ///< "labels", "series", "stats", …
    std::string label = {};  ///< The one whose values are asked for, if so.
};

/// Where queries that have ended are counted, timed and written to the log, each once, by whoever
/// has seen the whole of it. Threading: thread-safe.
class QueryJournal {
public:
    explicit QueryJournal(MetricsRegistry& metrics);
    ~QueryJournal();
    QueryJournal(const QueryJournal&) = delete;
    QueryJournal& operator=(const QueryJournal&) = delete;

    /// `expr` is null if the query could not be parsed; `seconds` is the time it took.
    void note(const QueryRequest& request, const Expr* expr, const Result<QueryResponse>& response,
              TimeNs now, double seconds);
    /// The same for a request that reads no line; `error` is null if it was answered, with so many
    /// `entries`.
    void note_listing(const ListingKind& kind, const Querier::MetadataRequest& request,
                      const Error* error, std::size_t entries, TimeNs now, double seconds);

private:
    std::unique_ptr<QueryMetrics> metrics_;
};

}  // namespace skald::read

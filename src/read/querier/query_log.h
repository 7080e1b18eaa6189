// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/read/logql/ast.h>
#include <skald/read/querier/query.h>
#include <skald/read/querier/query_journal.h>

#include <cstddef>

namespace skald::read {

/// Writes the line that tells what a query was and what it cost, at level info: what operators
/// search and make graphs of, under the names that they know from Loki. `expr` is null if the query
/// could not be parsed. Threading: thread-safe.
void log_query(const QueryRequest& request, const Expr* expr, const Result<QueryResponse>& response,
               TimeNs now, double seconds);

/// The same for a request that reads no line; `error` is null if it was answered.
void log_listing(const ListingKind& kind, const Querier::MetadataRequest& request,
                 const Error* error, std::size_t entries, TimeNs now, double seconds);

}  // namespace skald::read

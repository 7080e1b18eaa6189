// SPDX-License-Identifier: Apache-2.0
#include "query_log.h"
#include "query_metrics.h"

#include <skald/read/querier/query_journal.h>

namespace skald::read {

QueryJournal::QueryJournal(MetricsRegistry& metrics)
    : metrics_(std::make_unique<QueryMetrics>(metrics)) {}

QueryJournal::~QueryJournal() = default;

void QueryJournal::note(const QueryRequest& request, const Expr* expr,
                        const Result<QueryResponse>& response, TimeNs now, double seconds) {
    metrics_->note(request, expr, response, seconds);
    log_query(request, expr, response, now, seconds);
}

void QueryJournal::note_listing(const ListingKind& kind, const Querier::MetadataRequest& request,
                                const Error* error, std::size_t entries, TimeNs now,
                                double seconds) {
    metrics_->note_listing(kind.type, error, seconds);
    log_listing(kind, request, error, entries, now, seconds);
}

}  // namespace skald::read

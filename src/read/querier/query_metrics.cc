// SPDX-License-Identifier: Apache-2.0
#include "query_metrics.h"

#include <skald/read/querier/query_checks.h>

#include <string>

namespace skald::read {
namespace {

const std::vector<double>& speed_buckets() {
    static const std::vector<double> buckets = {5e7,  1e8,    4e8,  6e8,  8e8,  1e9,  2e9,
                                                3e9,  4e9,    5e9,  6e9,  7e9,  8e9,  9e9,
                                                1e10, 1.5e10, 2e10, 3e10, 4e10, 5e10, 6e10};
    return buckets;
}

const std::vector<double>& latency_buckets() {
    static const std::vector<double> buckets = {0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128};
    return buckets;
}

}  // namespace

std::string status_code(const Error* error) {
    if (error == nullptr) return "200";
    switch (error->code) {
        case ErrorCode::kIo:
        case ErrorCode::kInternal:
        case ErrorCode::kCorruption:
        case ErrorCode::kUnavailable: return "500";
        case ErrorCode::kDeadlineExceeded: return "504";
        case ErrorCode::kCancelled: return "499";
        case ErrorCode::kLimitExceeded: return "429";
        default: return "400";
    }
}

QueryMetrics::QueryMetrics(MetricsRegistry& registry)
    : registry_(registry),
      duplicates_(registry.counter("loki_logql_querystats_duplicates_total",
                                   "Rows that repeat another and were left out of an answer.")),
      blocks_skipped_(registry.counter("skald_query_blocks_skipped_total",
                                       "Blocks that queries skipped because of their filter.")),
      memory_lines_(
          registry.counter("loki_logql_querystats_ingester_sent_lines_total",
                           "Rows that queries looked at and that were not in a segment.")) {}

void QueryMetrics::observe_duration(std::string_view type, double seconds) {
    registry_
        .histogram("logql_query_duration_seconds", "Time that queries take.",
                   {{"query_type", std::string(type)}})
        .observe(seconds);
}

void QueryMetrics::observe_latency(std::string_view status, std::string_view type,
                                   std::string_view range, double seconds) {
    registry_
        .histogram("loki_logql_querystats_latency_seconds", "Time that queries take, by type.",
                   {{"status_code", std::string(status)},
                    {"type", std::string(type)},
                    {"range", std::string(range)}},
                   latency_buckets())
        .observe(seconds);
}

void QueryMetrics::note_listing(std::string_view type, const Error* error, double seconds) {
    observe_duration(type, seconds);
    observe_latency(status_code(error), type, "", seconds);
}

void QueryMetrics::note(const QueryRequest& request, const Expr* expr,
                        const Result<QueryResponse>& response, double seconds) {
    const std::string range = request.instant ? "instant" : "range";
    observe_duration(range, seconds);
    if (!response && is_blocked_query(response.error())) {
        registry_
            .counter("loki_blocked_queries", "Queries that blocked_queries refused.",
                     {{"user", request.tenant.text()}})
            .add();
    }
    // A query that could not be parsed is of no type.
    if (expr == nullptr) return;
    const std::string type(query_type(*expr));
    const std::string status = status_code(response ? nullptr : &response.error());
    observe_latency(status, type, range, seconds);
    if (!response) return;
    const QueryStats& stats = response->stats;
    registry_
        .histogram("loki_logql_querystats_bytes_processed_per_seconds",
                   "Bytes of lines that queries look at in a second.",
                   {{"status_code", status},
                    {"type", type},
                    {"range", range},
                    {"latency_type", seconds > 10 ? "slow" : "fast"},
                    {"sharded", "false"}},
                   speed_buckets())
        .observe(seconds > 0 ? static_cast<double>(stats.bytes_processed) / seconds : 0);
    registry_
        .counter("loki_logql_querystats_downloaded_chunk_total",
                 "Blocks of which queries read a column.",
                 {{"status_code", status}, {"type", type}, {"range", range}})
        .add(static_cast<double>(stats.blocks_read));
    blocks_skipped_.add(static_cast<double>(stats.blocks_skipped));
    duplicates_.add(static_cast<double>(stats.duplicates));
    memory_lines_.add(static_cast<double>(stats.memory_lines));
}

}  // namespace skald::read

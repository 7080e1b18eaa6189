// SPDX-License-Identifier: Apache-2.0
#include "key_sections.h"
#include "key_table.h"

namespace skald {

namespace {

void add_frontend_keys(KeyTable& t) {
    constexpr std::int64_t kCountMax = std::numeric_limits<std::uint32_t>::max();
    t.boolean(
        "query_range.cache_results", "querier.cache-results",
        "Keep results of metric queries over a range, and which times log queries have no lines "
        "at.",
        [](Config & c) -> auto& { return c.query_range.cache_results; });
    t.number(
        "query_range.results_cache.cache.embedded_cache.max_size_mb",
        "frontend.embedded-cache.max-size-mb",
        "Megabytes of results that are kept; 0: none. Another name of memory.results.",
        [](Config & c) -> auto& { return c.query_range.results_cache_mb; }, 0, 1024 * 1024);
    t.number(
        "query_range.max_retries", "querier.max-retries-per-request",
        "How often a part of a query is tried again when a disk or an object store fails.",
        [](Config & c) -> auto& { return c.query_range.max_retries; }, 0, 100);
    t.number(
        "query_scheduler.max_outstanding_requests_per_tenant",
        "query-scheduler.max-outstanding-requests-per-tenant",
        "Queries of a tenant that may wait for their turn. Past it: 429.",
        [](Config & c) -> auto& { return c.frontend.max_outstanding_per_tenant; }, 0, kCountMax);
    t.number(
        "frontend.max_running_queries", "frontend.max-running-queries",
        "Queries of all tenants that run at a time; each tenant may have its share of them.",
        [](Config & c) -> auto& { return c.frontend.max_running; }, 1, 65'536);
}

}  // namespace

void add_read_limits(KeyTable& t) {
    constexpr std::int64_t kCountMax = std::numeric_limits<std::uint32_t>::max();
    t.number(
        "limits_config.max_entries_limit_per_query", "validation.max-entries-limit",
        "Largest limit of a log query; 0: any.",
        [](Config & c) -> auto& { return c.limits.max_entries_limit_per_query; }, 0, kCountMax);
    t.number(
        "limits_config.max_query_series", "querier.max-query-series",
        "Series of a metric query's answer.",
        [](Config & c) -> auto& { return c.limits.max_query_series; }, 0, kCountMax);
    t.number(
        "limits_config.max_streams_matchers_per_query", "querier.max-streams-matcher-per-query",
        "Matchers of a query.",
        [](Config & c) -> auto& { return c.limits.max_streams_matchers_per_query; }, 0, kCountMax);
    t.number(
        "limits_config.max_concurrent_tail_requests", "querier.max-concurrent-tail-requests",
        "Tails that a tenant may have open; 0: any number.",
        [](Config & c) -> auto& { return c.limits.max_concurrent_tail_requests; }, 0, kCountMax);
    t.duration(
        "querier.tail_max_duration", "querier.tail-max-duration",
        "Then a tail is closed and must be opened anew; 0: never.",
        [](Config & c) -> auto& { return c.querier.tail_max_duration; });
    t.boolean(
        "querier.multi_tenant_queries_enabled", "querier.multi-tenant-queries-enabled",
        "Answer queries over several tenants (X-Scope-OrgID: a|b).",
        [](Config & c) -> auto& { return c.querier.multi_tenant_queries_enabled; });
    t.boolean(
        "querier.per_request_limits_enabled", "querier.per-request-limits-enabled",
        "Hold requests to the stricter limits that their header X-Loki-Query-Limits names.",
        [](Config & c) -> auto& { return c.querier.per_request_limits_enabled; });
    t.duration(
        "frontend.log_queries_longer_than", "frontend.log-queries-longer-than",
        "Log requests to the read path that take longer; 0: none, negative: all.",
        [](Config & c) -> auto& { return c.frontend.log_queries_longer_than; }, kTimeMin);
    t.duration(
        "limits_config.max_query_length", "store.max-query-length",
        "Longest time range of a query; 0: any.",
        [](Config & c) -> auto& { return c.limits.max_query_length; });
    t.duration(
        "limits_config.max_query_lookback", "querier.max-query-lookback",
        "How far back queries see; 0: everything.",
        [](Config & c) -> auto& { return c.limits.max_query_lookback; });
    t.duration(
        "limits_config.max_query_range", "querier.max-query-range", "Longest [range]; 0: any.",
        [](Config & c) -> auto& { return c.limits.max_query_range; });
    t.duration(
        "limits_config.query_timeout", "querier.query-timeout", "Time that a query may take.",
        [](Config & c) -> auto& { return c.limits.query_timeout; }, kNanosPerMilli);
    t.duration(
        "limits_config.split_queries_by_interval", "querier.split-queries-by-interval",
        "Intervals that queries are answered in and results are kept by; metric queries are "
        "aligned "
        "to their step. 0: neither.",
        [](Config & c) -> auto& { return c.limits.split_queries_by_interval; });
    t.duration(
        "limits_config.max_cache_freshness_per_query", "frontend.max-cache-freshness",
        "Results of rows that are newer are not kept.",
        [](Config & c) -> auto& { return c.limits.max_cache_freshness_per_query; });
    add_frontend_keys(t);
    t.boolean(
        "limits_config.volume_enabled", "limits.volume-enabled", "Answer index/volume requests.",
        [](Config & c) -> auto& { return c.limits.volume_enabled; });
    t.number(
        "limits_config.volume_max_series", "limits.volume-max-series",
        "Series of an index/volume answer.",
        [](Config & c) -> auto& { return c.limits.volume_max_series; }, 0, kCountMax);
}

void add_query_size_limits(KeyTable& t) {
    constexpr std::int64_t kCountMax = std::numeric_limits<std::uint32_t>::max();
    t.number(
        "limits_config.max_query_parallelism", "querier.max-query-parallelism",
        "Threads that work on one query at a time, of those there are, and queries of a tenant "
        "that "
        "run at a time; 0: queries are refused.",
        [](Config & c) -> auto& { return c.limits.max_query_parallelism; }, 0, kCountMax);
    t.bytes(
        "limits_config.max_query_bytes_read", "frontend.max-query-bytes-read",
        "Bytes of lines that the streams and the time range of a query may hold; 0: any number.",
        [](Config & c) -> auto& { return c.limits.max_query_bytes_read; });
    t.bytes(
        "limits_config.max_querier_bytes_read", "frontend.max-querier-bytes-read",
        "The same for each split_queries_by_interval of the query, on average.",
        [](Config & c) -> auto& { return c.limits.max_querier_bytes_read; });
    t.list(
        "limits_config.required_labels", "", "Labels that every selector of a query must name.",
        [](Config & c) -> auto& { return c.limits.required_labels; });
    t.number(
        "limits_config.minimum_labels_number", "",
        "Labels that every selector of a query must name at least.",
        [](Config & c) -> auto& { return c.limits.minimum_labels_number; }, 0, kCountMax);
    t.yaml(
        "limits_config.blocked_queries", "list of rules",
        "Queries that are refused: {pattern, regex, hash, types, tags}; what is named must be so.",
        [](Config & c) -> auto& { return c.limits.blocked_queries; }, parse_blocked_queries,
        blocked_queries_text);
}

}  // namespace skald

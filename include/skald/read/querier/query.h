// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/model/time.h>
#include <skald/read/logql/ast.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace skald::read {

enum class Direction { kForward, kBackward };

/// Limits that a client sets for one request: they can only be stricter than those of its tenant,
/// and are called like these. 0: none.
struct AskedLimits {
    DurationNs max_query_length = 0;
    DurationNs max_query_range = 0;
    DurationNs max_query_lookback = 0;
    DurationNs query_timeout = 0;
    std::uint64_t max_query_bytes_read = 0;
    std::uint32_t max_entries_limit_per_query = 0;
    std::uint32_t minimum_labels_number = 0;
    std::vector<std::string> required_labels;

    bool operator==(const AskedLimits&) const = default;
};

/// A query with its checked parameters.
struct QueryRequest {
    TenantId tenant;
    std::string query;
    bool instant = false;  ///< `/query`: one point at `end`; else `/query_range`.
    TimeNs start = 0;      ///< Log queries: [start, end). Metric queries: first evaluation time.
    TimeNs end = 0;
    DurationNs step = 0;      ///< Metric range queries.
    DurationNs interval = 0;  ///< Log queries: at most one entry an interval; 0 = all.
    std::uint32_t limit = 100;
    Direction direction = Direction::kBackward;
    bool explain = false;  ///< Answer with the plan and what its stages have cost.
    bool partial_results =
        false;              ///< Past max_query_series: a warning instead of an error (Drilldown).
    bool no_cache = false;  ///< Nothing that earlier answers left is used, and nothing is left.
    /// Others than `tenant`, of a query over several: their streams get the label __tenant_id__.
    std::vector<TenantId> more_tenants = {};
    std::string tags = {};  ///< `X-Query-Tags`: "source=a,name=b".
    /// What the client asks to be held to, beside the limits of its tenants. Null: nothing.
    std::shared_ptr<const AskedLimits> asked_limits = nullptr;
    /// Set for a part of a query that was checked as a whole: it is neither checked nor counted nor
    /// logged again, and its times are taken as they are.
    ExprPtr part_of = nullptr;
    bool too_old = false;  ///< Of a part: its rows are beyond max_query_lookback.
    /// Bytes that earlier parts selected.
    std::uint64_t bytes_before = 0;
    /// When the query must have ended, if it is earlier than `query_timeout` says.
    std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt;
};

/// One log line of an answer. `metadata` and `parsed` are the categories beside the stream's
/// labels.
struct LogRow {
    TimeNs time = 0;
    std::string line;
    Labels metadata;
    Labels parsed;
};
/// Rows of one stream (by its index labels), in the order of the query's direction.
struct LogStream {
    Labels labels;
    std::vector<LogRow> rows;
};
/// A value at a time, in milliseconds since the epoch.
struct Sample {
    std::int64_t time_ms = 0;
    double value = 0;
};
/// The samples of one label set.
struct Series {
    Labels labels;
    std::vector<Sample> samples;  ///< Ascending.
};

/// The answer of a log query.
struct StreamsResult {
    /// One element per entry group: streams by index labels; the api merges or categorises.
    std::vector<LogStream> streams;
};
/// The answer of a metric query over a range.
struct MatrixResult {
    std::vector<Series> series;  ///< By labels.
};
/// The answer of a metric query at one time.
struct VectorResult {
    std::vector<Series> series;  ///< One sample each.
};
/// The answer of a query that is a number.
struct ScalarResult {
    Sample sample;
};

/// What a query cost; the numbers behind `stats` (http-api 8.6).
struct QueryStats {
    std::uint64_t bytes_processed = 0;  ///< Of lines, decompressed or counted from headers.
    std::uint64_t lines_processed = 0;
    std::uint64_t metadata_bytes_processed = 0;
    std::uint64_t post_filter_lines = 0;
    std::uint64_t entries_returned = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t runs_matched = 0;    ///< Runs in the time range.
    std::uint64_t blocks_read = 0;     ///< Blocks of which a column was read.
    std::uint64_t blocks_skipped = 0;  ///< Blocks whose filter says that no row passes.
    std::uint64_t stored_bytes_read = 0;
    std::uint64_t memory_lines = 0;  ///< Part of lines_processed that was not in segments.
    std::uint64_t memory_bytes = 0;
    std::uint64_t streams_matched = 0;
    std::uint64_t bytes_selected = 0;  ///< Of the lines of all runs in the time range.
    std::uint64_t parts = 0;           ///< Parts that the query was answered in.
    std::uint64_t cache_requests = 0;  ///< Extents that the results cache was asked for.
    std::uint64_t cache_hits = 0;      ///< Of these, those that it had and that still held.
    std::uint64_t cache_bytes = 0;     ///< Of these extents.
    std::uint64_t cache_stored = 0;    ///< Extents that were put into the cache.
    double exec_seconds = 0;
    double queue_seconds = 0;

    /// Adds what another part of the query cost.
    QueryStats& operator+=(const QueryStats& part);
};

/// One stage of a plan. Costs are those of all workers together.
struct PlanStage {
    std::string text;          ///< As written in a query, or what is done in words.
    std::string unit;          ///< What `rows` counts: "line", "label set" or "block".
    std::uint64_t rows = 0;    ///< Looked at.
    std::uint64_t passed = 0;  ///< Of these.
    std::uint64_t bytes = 0;   ///< Of the lines looked at, or of columns read.
    double seconds = 0;
};
/// The stages behind one selector of a query, in the order in which rows meet them.
struct PlanPart {
    std::string text;  ///< The part of the query.
    std::vector<PlanStage> stages;
};

/// What a query answers, and what it cost.
struct QueryResponse {
    std::variant<StreamsResult, MatrixResult, VectorResult, ScalarResult> data;
    QueryStats stats;
    std::vector<std::string> warnings;
    std::vector<PlanPart> plan;  ///< If asked for.
    /// Its part of the memory for queries, until it goes: keep it until the answer is sent.
    std::shared_ptr<const void> memory = nullptr;
};

}  // namespace skald::read

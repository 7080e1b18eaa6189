// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/limits.h>
#include <skald/foundation/model/matcher.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/model/time.h>
#include <skald/foundation/runtime/cancel.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/memory_budget.h>
#include <skald/foundation/runtime/task.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/read/querier/query.h>
#include <skald/storage/store/run_source.h>
#include <skald/storage/store/store.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace skald::read {

/// Streams and a time range [start, end); a range without length is that instant.
struct IndexRequest {
    TenantId tenant;
    std::vector<Matcher> matchers;  ///< Empty: all streams.
    TimeNs start = 0;
    TimeNs end = 0;
    /// Others than `tenant`, of a query over several: their streams get the label __tenant_id__.
    std::vector<TenantId> more_tenants = {};
    /// What the client asks to be held to, beside the limits of its tenants. Null: nothing.
    std::shared_ptr<const AskedLimits> asked_limits = nullptr;
};

/// How much there is.
struct IndexStats {
    std::uint64_t streams = 0;
    std::uint64_t chunks = 0;  ///< Runs.
    std::uint64_t bytes = 0;   ///< Of lines: metadata is not known by stream.
    std::uint64_t entries = 0;

    bool operator==(const IndexStats&) const = default;
};

/// The streams whose fingerprints lie in [min, max].
struct IndexShard {
    std::uint64_t min = 0;
    std::uint64_t max = 0;
    IndexStats stats;
};

/// Shards that cover all fingerprints, ascending; at least one.
struct ShardPlan {
    std::vector<IndexShard> shards;
    IndexStats total;
};

/// What volumes are asked for and how they are put together.
struct VolumeRequest {
    IndexRequest index;
    /// Buckets end at multiples of it (and at the end of the range); 0: one bucket.
    DurationNs step = 0;
    std::uint32_t limit = 100;               ///< The largest of each bucket.
    std::vector<std::string> target_labels;  ///< Only streams that have all of them.
    bool by_label_names = false;             ///< One volume a label name instead of a label set.
};

/// A label that is worth drilling down on.
struct DetectedLabel {
    std::string name;
    std::uint64_t cardinality = 0;

    bool operator==(const DetectedLabel&) const = default;
};

/// Answers how much there is without reading a line: from what the catalog and the headers of
/// blocks tell of each run. A run that lies only partly in the range is counted by its time column
/// while few rows are concerned, else in proportion to the time; over the steps of a volume the
/// rows of a run are spread evenly.
///
/// Read path: api -> [IndexQuerier] -> MemtableSource and Store (runs).
/// Repeats of rows that are stored twice (a retried push) are counted twice.
/// Threading: thread-safe. The work is done on Lane::kQuery of the pool.
class IndexQuerier {
public:
    /// What is passed by reference must outlive it. `memory` is what all queries together may
    /// take; null: any amount.
    static std::unique_ptr<IndexQuerier> create(const storage::MemtableSource& memtables,
                                                const storage::Store& store,
                                                const LimitsSource& limits, Clock& clock,
                                                WorkerPool& workers, MetricsRegistry& metrics,
                                                MemoryBudget* memory = nullptr);
    virtual ~IndexQuerier() = default;

    /// Errors: those of Store::select; kCancelled, kDeadlineExceeded; kUnavailable, kLimitExceeded
    /// without memory.
    virtual Task<Result<IndexStats>> stats(IndexRequest request, CancelToken cancel) = 0;
    /// Shards of about `bytes` each. Requires: bytes > 0. Errors: as stats.
    virtual Task<Result<ShardPlan>> shards(IndexRequest request, std::uint64_t bytes,
                                           CancelToken cancel) = 0;
    /// A vector if no series has more than one bucket, else a matrix; samples at the last
    /// millisecond of their bucket. By the first volume descending, then labels.
    /// Errors: as stats; kInvalidArgument past `volume_max_series`.
    virtual Task<Result<QueryResponse>> volume(VolumeRequest request, CancelToken cancel) = 0;
    /// By name; of several tenants by cardinality, as Loki does. Labels whose values are all
    /// numbers or UUIDs are left out, but for the names that always help (cluster, namespace,
    /// instance, pod).
    virtual Task<Result<std::vector<DetectedLabel>>> detected_labels(IndexRequest request,
                                                                     CancelToken cancel) = 0;
};

}  // namespace skald::read

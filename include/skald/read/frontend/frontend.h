// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/limits.h>
#include <skald/foundation/model/time.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/read/frontend/fair_queue.h>
#include <skald/read/querier/querier.h>
#include <skald/storage/store/change_log.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace skald::read {

/// What the configuration says of the frontend.
struct FrontendOptions {
    bool cache_results = true;
    std::uint64_t cache_bytes = 32 * kMiB;  ///< Of answers that are kept; 0: none are.
    std::uint32_t max_retries = 5;
};

/// What the frontend works with; all of it must outlive it.
struct FrontendParts {
    Querier& querier;
    /// Null if rows may change without a notice; then nothing is kept.
    storage::ChangeLog* changes;
    const LimitsSource& limits;
    Clock& clock;
    WorkerPool& workers;
    MetricsRegistry& metrics;
    FairQueue& queue;  ///< In which queries wait for their turn.
};

/// Answers queries by parts: what is known of earlier queries is not computed again, tenants take
/// turns, faults that may pass are tried again. The answers are those of the querier.
///
/// A metric query over a range is cut at multiples of `split_queries_by_interval`; what is older
/// than `max_cache_freshness_per_query` is kept. A log query is answered from its first interval
/// on, and intervals without any row are remembered. Kept answers are used only while no row of
/// their times has changed (ChangeLog). Label and series requests are passed on as they
/// are: they have taken their turn before.
///
/// Read path: api -> [frontend] -> querier.
/// Errors of `query`: those of the querier; kLimitExceeded `too many outstanding requests`.
/// Threading: thread-safe.
std::unique_ptr<Querier> make_frontend(FrontendOptions options, FrontendParts parts);

}  // namespace skald::read

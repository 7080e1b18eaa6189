// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/runtime/cancel.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/task.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/read/querier/querier.h>

#include <cstdint>

namespace skald::read {

/// Asks the querier again when a fault may have passed: a disk or an object store that failed.
/// Threading: thread-safe.
class Retries {
public:
    Retries(Querier& querier, Clock& clock, std::uint32_t retries_max, MetricsRegistry& metrics);

    /// Pauses from a quarter of a second on, doubled each time, five seconds at most.
    /// Errors: the last one.
    Task<Result<QueryResponse>> query(QueryRequest request, CancelToken cancel);

private:
    Task<> pause(std::uint32_t attempt, const QueryRequest& request, const CancelToken& cancel);

    Querier& querier_;
    Clock& clock_;
    const std::uint32_t retries_max_;
    Histogram retries_;
};

}  // namespace skald::read

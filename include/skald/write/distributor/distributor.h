// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/cluster/ring/ring.h>
#include <skald/cluster/rpc/ingester_client.h>
#include <skald/foundation/base/result.h>
#include <skald/foundation/model/limits.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/task.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/write/distributor/push_batch.h>

#include <functional>
#include <memory>
#include <string_view>

namespace skald::write {

/// Validates, completes and routes what clients push.
///
/// Write path: api -> [Distributor] -> ring (who owns each stream) -> IngesterClient.
/// Threading: thread-safe.
class Distributor {
public:
    struct Options {
        std::size_t label_cache_entries =
            100'000;  ///< Label strings whose parsed stream is remembered.
    };
    /// The client of a ring member; null if it is unknown.
    using Clients = std::function<cluster::IngesterClient*(std::string_view instance)>;

    /// What is passed by reference must outlive the distributor.
    static std::unique_ptr<Distributor> create(Options options, const LimitsSource& limits,
                                               const cluster::Ring& ring, Clients clients,
                                               Clock& clock, WorkerPool& workers,
                                               MetricsRegistry& metrics);
    virtual ~Distributor() = default;

    /// Returns once all valid entries are durable. The checks, their order and their texts are
    /// those of http-api section 5: valid entries are stored even if others make it an error.
    /// Errors: kUnprocessable (no streams), kInvalidArgument, kLimitExceeded, kUnavailable,
    /// kInternal.
    virtual Task<Result<void>> push(TenantId tenant, PushBatch batch) = 0;
};

}  // namespace skald::write

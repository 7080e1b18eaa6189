// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/runtime/cancel.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/task.h>
#include <skald/foundation/telemetry/metrics.h>

#include <cstddef>
#include <memory>
#include <utility>

namespace skald::read {

/// Lets a bounded number of queries and other requests of the read path run. Tenants take turns,
/// and none may have so many running that the next tenant would have to wait: with n tenants each
/// may have one part in n + 1. Threading: thread-safe.
class FairQueue {
    struct State;

public:
    struct Options {
        std::size_t running_max = 64;
        std::size_t waiting_max = 32000;  ///< Of a tenant.
    };
    /// The right to run; given back by its destruction.
    class Ticket {
    public:
        Ticket(std::shared_ptr<State> state, TenantId tenant)
            : state_(std::move(state)), tenant_(std::move(tenant)) {}
        ~Ticket();
        Ticket(Ticket&& other) noexcept = default;
        Ticket& operator=(Ticket&&) = delete;

    private:
        std::shared_ptr<State> state_;
        TenantId tenant_;
    };

    /// `clock` must outlive it.
    FairQueue(Options options, Clock& clock, MetricsRegistry& metrics);
    /// Drops queries that still wait, without resuming them: their event loops may be gone when the
    /// last ticket is given back.
    ~FairQueue();
    FairQueue(const FairQueue&) = delete;
    FairQueue& operator=(const FairQueue&) = delete;

    /// Waits until the tenant may run one more of its `own_max` queries. A query that is cancelled
    /// while it waits is dropped when its turn comes.
    /// Errors: kLimitExceeded `too many outstanding requests`; those of `cancel`.
    Task<Result<Ticket>> enter(TenantId tenant, std::size_t own_max, CancelToken cancel);

private:
    std::shared_ptr<State> state_;  ///< Shared with tickets and waiting queries.
    Clock& clock_;
    Histogram waited_;
};

}  // namespace skald::read

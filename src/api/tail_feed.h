// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tail_client.h"

#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/memory_budget.h>
#include <skald/foundation/runtime/wake_up.h>
#include <skald/read/querier/live_query.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

namespace skald::api {

/// One query that is tailed, and those who do.
/// Threading: `round` by one thread at a time, on a worker; the rest is thread-safe.
class TailFeed {
public:
    /// `memory` is of all tails and must outlive the feed; null: there is always room.
    TailFeed(const Executor& executor, TailShape shape, Clock& clock, MemoryBudget* memory)
        : wake_(executor), shape_(shape), clock_(clock), memory_(memory) {}

    /// Errors: those of LiveQuery::start.
    Result<void> start(cluster::LiveTail& live, const TenantId& tenant, const read::Expr& expr);
    void add(const std::shared_ptr<TailClient>& client);
    /// Hands what has come to the clients. False: nothing has.
    bool round();

    WakeUp& wake() noexcept { return wake_; }
    void end() {
        ended_.store(true);
        wake_.notify();
    }
    bool ended() const noexcept { return ended_.load(); }

    /// How many tails there are or are about to be; for the owner, under its lock.
    std::size_t tails = 0;

private:
    using Clients = std::vector<std::shared_ptr<TailClient>>;

    Clients clients();
    void hand_out(std::vector<read::LiveQuery::Row> rows, const Clients& clients);

    WakeUp wake_;
    const TailShape shape_;
    Clock& clock_;
    MemoryBudget* const memory_;
    std::atomic<bool> ended_{false};
    std::mutex mutex_;
    std::vector<std::weak_ptr<TailClient>> clients_;
    std::unique_ptr<read::LiveQuery> query_;
};

}  // namespace skald::api

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/cluster/rpc/live_tail.h>
#include <skald/foundation/base/result.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/limits.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/memory_budget.h>
#include <skald/foundation/runtime/task.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/foundation/telemetry/metrics.h>

#include <memory>
#include <string>

namespace skald::read {
struct Expr;
}

namespace skald::api {

class TailClient;
enum class TailShape;

/// The tails of all tenants. Tails of one query share one subscription and one text a message, so
/// that a row is matched and written once, however many look at it.
///
/// Read path: querier (LiveQuery) -> [Tails] -> WebSocket connections.
/// Threading: thread-safe.
class Tails {
    struct State;

public:
    struct Options {
        DurationNs duration_max = kNanosPerHour;  ///< `querier.tail_max_duration`; 0: no limit.
        /// A row waits so long for those that follow it, but for the first after a pause. The more
        /// tails there are the longer, because most of what a message costs is not its bytes.
        DurationNs gather_min = 20 * kNanosPerMilli;
        DurationNs gather_per_tail = 150 * kNanosPerMicro;
        DurationNs gather_max = 150 * kNanosPerMilli;
        /// What messages that wait to be sent are charged to; past it their rows are dropped. Null:
        /// there is always room.
        std::shared_ptr<MemoryBudget> memory = nullptr;
    };

    /// What is passed by reference must outlive it.
    Tails(Options options, cluster::LiveTail& live, const LimitsSource& limits, Clock& clock,
          WorkerPool& workers, MetricsRegistry& metrics);
    /// As `stop`.
    ~Tails();
    Tails(const Tails&) = delete;
    Tails& operator=(const Tails&) = delete;

    /// A new tail; it sees every row that is stored from now on. `executor` is where the query is
    /// driven from. Errors: kLimitExceeded (max_concurrent_tail_requests), kInvalidArgument
    /// (`only log selector is supported`, stages that can't be built), kUnavailable once stopped.
    Result<std::shared_ptr<TailClient>> join(const Executor& executor, const TenantId& tenant,
                                             const read::Expr& expr, TailShape shape,
                                             DurationNs delay);
    /// Ends what drives the queries. The clients must be gone or go soon. Blocking: never from an
    /// I/O thread, which must still run.
    void stop();

private:
    std::shared_ptr<State> state_;
};

}  // namespace skald::api

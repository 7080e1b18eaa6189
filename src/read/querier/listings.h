// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stop_sign.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/limits.h>
#include <skald/foundation/runtime/cancel.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/task.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/read/querier/querier.h>
#include <skald/read/querier/query_checks.h>
#include <skald/read/querier/query_journal.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace skald::read {

/// Runs requests that read no line (labels, series, volumes, …) with what queries have: the
/// tenant's limits, an end, a line in the log. Threading: thread-safe.
class Listings {
public:
    using Request = Querier::MetadataRequest;

    /// What is passed by reference must outlive it.
    Listings(const LimitsSource& limits, Clock& clock, WorkerPool& workers,
             MetricsRegistry& metrics)
        : limits_(limits), clock_(clock), workers_(workers), journal_(metrics) {}

    /// Calls `work(request, limits, stop)`, which returns a Result<T>, on a worker, with a request
    /// that begins where it may; `nothing` is the answer if all of it is too long ago. `kind` is
    /// what the journal calls the request, `label` the one that it is about.
    template <class T, class Work>
    Task<Result<T>> run(ListingKind kind, Request request, CancelToken cancel, Work work,
                        T nothing = {});

private:
    struct Running {
        Request request;
        std::shared_ptr<const Limits> limits;
        StopSign stop;
    };

    std::shared_ptr<Running> begin(Request request, CancelToken cancel, Clock::TimePoint now) const;

    const LimitsSource& limits_;
    Clock& clock_;
    WorkerPool& workers_;
    QueryJournal journal_;
};

template <class T, class Work>
Task<Result<T>> Listings::run(ListingKind kind, Request request, CancelToken cancel, Work work,
                              T nothing) {
    const Clock::TimePoint started = clock_.now();
    // Shared with the job, which may outlive a coroutine that is destroyed.
    const std::shared_ptr<Running> running = begin(std::move(request), std::move(cancel), started);
    const Turn turn(Lane::kQuery, running->request.tenant.flow());
    auto job = [this, running, work = std::move(work),
                nothing = std::move(nothing)]() mutable -> Result<T> {
        if (running->stop.is_up()) return running->stop.error();
        SKALD_TRY(const bool any,
                  admit_listing(running->request, *running->limits, clock_.wall_now()));
        if (!any) return std::move(nothing);
        Result<T> found = work(running->request, *running->limits, running->stop);
        if (running->stop.was_seen()) return running->stop.error();
        return found;
    };
    Result<T> answer = co_await run_on(workers_, turn, std::move(job));
    std::size_t entries = 0;
    if constexpr (requires { answer->size(); }) {
        if (answer) entries = answer->size();
    }
    const double seconds = std::chrono::duration<double>(clock_.now() - started).count();
    journal_.note_listing(kind, running->request, answer ? nullptr : &answer.error(), entries,
                          clock_.wall_now(), seconds);
    co_return answer;
}

}  // namespace skald::read

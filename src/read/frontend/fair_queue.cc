// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/runtime/suspend.h>
#include <skald/read/frontend/fair_queue.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace skald::read {

struct FairQueue::State {
    struct Waiting {
        std::function<void(bool)> resume;
        CancelToken cancel;
    };
    struct Tenant {
        std::size_t running = 0;
        std::size_t own_max = 1;
        std::deque<Waiting> waiting;
        Gauge length;
    };
    using Resumes = std::vector<std::function<void(bool)>>;

    State(Options wanted, MetricsRegistry& metrics)
        : options(wanted),
          registry(metrics),
          in_progress(metrics.gauge("loki_query_frontend_queries_in_progress",
                                    "Queries that are being answered.")) {}

    /// A new query: true if it may run at once, false if it waits; nothing if it is refused.
    Result<bool> arrive(const TenantId& name, std::size_t own_max, const CancelToken& cancel);
    void wait(const TenantId& name, Waiting query);
    void leave(const TenantId& name);

    std::size_t share(const Tenant& tenant) const;
    bool may_run(const Tenant& tenant) const;
    void start(Tenant& tenant);
    Resumes admit();
    static void drop_cancelled(Tenant& tenant, Resumes& resumes);
    static bool drop_all_cancelled(Tenant& tenant);

    const Options options;
    MetricsRegistry& registry;
    Gauge in_progress;

    std::mutex mutex;
    bool closed = false;
    std::size_t running = 0;
    std::unordered_map<TenantId, Tenant> tenants;  ///< That have queries.
    std::deque<TenantId> turns;                    ///< Those that have queries waiting.
};

std::size_t FairQueue::State::share(const Tenant& tenant) const {
    const std::size_t fair = options.running_max / (tenants.size() + 1);
    return std::min(std::max<std::size_t>(1, fair), std::max<std::size_t>(1, tenant.own_max));
}

bool FairQueue::State::may_run(const Tenant& tenant) const {
    return running < options.running_max && tenant.running < share(tenant);
}

void FairQueue::State::start(Tenant& tenant) {
    ++tenant.running;
    ++running;
    in_progress.add(1);
}

Result<bool> FairQueue::State::arrive(const TenantId& name, std::size_t own_max,
                                      const CancelToken& cancel) {
    if (cancel.cancelled()) return cancel.error();
    Tenant& tenant = tenants[name];
    tenant.own_max = own_max;
    if (tenant.waiting.empty() && may_run(tenant)) {
        start(tenant);
        return true;
    }
    if (tenant.waiting.size() < options.waiting_max) return false;
    if (drop_all_cancelled(tenant)) return false;
    registry
        .counter("loki_query_scheduler_discarded_requests_total",
                 "Queries that were refused because too many of the tenant wait.",
                 {{"user", name.text()}})
        .add();
    return Error{ErrorCode::kLimitExceeded,
                 "too many outstanding requests "
                 "(query_scheduler.max_outstanding_requests_per_tenant)"};
}

void FairQueue::State::wait(const TenantId& name, Waiting query) {
    Tenant& tenant = tenants[name];
    if (tenant.waiting.empty()) {
        turns.push_back(name);
        tenant.length =
            registry.gauge("loki_query_scheduler_queue_length",
                           "Queries that wait for others of the tenant.", {{"user", name.text()}});
    }
    tenant.waiting.push_back(std::move(query));
    tenant.length.set(static_cast<double>(tenant.waiting.size()));
}

/// Those at the front whose clients have gone need no turn.
void FairQueue::State::drop_cancelled(Tenant& tenant, Resumes& resumes) {
    while (!tenant.waiting.empty() && tenant.waiting.front().cancel.cancelled()) {
        resumes.push_back(
            [resume = std::move(tenant.waiting.front().resume)](bool) { resume(false); });
        tenant.waiting.pop_front();
    }
}

/// Makes room in a full queue; true if there is some.
bool FairQueue::State::drop_all_cancelled(Tenant& tenant) {
    const std::size_t before = tenant.waiting.size();
    std::erase_if(tenant.waiting, [](const Waiting& each) {
        if (each.cancel.cancelled()) each.resume(false);
        return each.cancel.cancelled();
    });
    return tenant.waiting.size() < before;
}

/// Starts what may run now, one of each tenant after the other.
FairQueue::State::Resumes FairQueue::State::admit() {
    Resumes resumes;
    std::size_t refused = 0;
    while (refused < turns.size()) {
        const TenantId name = std::move(turns.front());
        turns.pop_front();
        Tenant& tenant = tenants[name];
        drop_cancelled(tenant, resumes);
        const bool runs = !tenant.waiting.empty() && may_run(tenant);
        if (runs) {
            start(tenant);
            resumes.push_back(std::move(tenant.waiting.front().resume));
            tenant.waiting.pop_front();
        }
        tenant.length.set(static_cast<double>(tenant.waiting.size()));
        refused = runs ? 0 : refused + 1;
        if (!tenant.waiting.empty()) {
            turns.push_back(name);
        } else if (tenant.running == 0) {
            tenants.erase(name);
        }
    }
    return resumes;
}

void FairQueue::State::leave(const TenantId& name) {
    Resumes resumes;
    {
        const std::lock_guard hold(mutex);
        if (closed) return;
        --running;
        in_progress.add(-1);
        const auto found = tenants.find(name);
        --found->second.running;
        if (found->second.running == 0 && found->second.waiting.empty()) tenants.erase(found);
        resumes = admit();
    }
    for (const auto& resume : resumes) resume(true);
}

FairQueue::Ticket::~Ticket() {
    if (state_ != nullptr) state_->leave(tenant_);
}

FairQueue::FairQueue(Options options, Clock& clock, MetricsRegistry& metrics)
    : state_(std::make_shared<State>(options, metrics)),
      clock_(clock),
      waited_(metrics.histogram("loki_query_scheduler_queue_duration_seconds",
                                "Time that queries wait for their turn.")) {}

FairQueue::~FairQueue() {
    std::unordered_map<TenantId, State::Tenant> tenants;  // Destroyed outside of the lock.
    const std::lock_guard hold(state_->mutex);
    state_->closed = true;
    tenants.swap(state_->tenants);
}

Task<Result<FairQueue::Ticket>> FairQueue::enter(TenantId tenant, std::size_t own_max,
                                                 CancelToken cancel) {
    const Clock::TimePoint arrived = clock_.now();
    Result<bool> runs = false;
    std::function<void(std::function<void(bool)>)> arrive =
        [&, state = state_](std::function<void(bool)> resume) {
            {
                const std::lock_guard hold(state->mutex);
                runs = state->arrive(tenant, own_max, cancel);
                if (runs && !*runs) {
                    state->wait(tenant, {std::move(resume), cancel});
                    return;
                }
            }
            resume(true);
        };
    const bool admitted = co_await suspend<bool>(std::move(arrive));
    waited_.observe(std::chrono::duration<double>(clock_.now() - arrived).count());
    if (!runs) co_return std::move(runs).error();
    if (!admitted) co_return cancel.error();
    Ticket ticket(state_, tenant);
    if (cancel.cancelled()) co_return cancel.error();
    co_return std::move(ticket);
}

}  // namespace skald::read

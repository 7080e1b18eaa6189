// SPDX-License-Identifier: Apache-2.0
#include "tail_client.h"
#include "tail_feed.h"

#include <skald/api/tails.h>
#include <skald/foundation/runtime/task_group.h>
#include <skald/read/logql/ast.h>
#include <skald/read/logql/parser.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace skald::api {

namespace {

using FeedPtr = std::shared_ptr<TailFeed>;
/// Tenant, query, shape.
using FeedKey = std::tuple<TenantId, std::string, TailShape>;

}  // namespace

struct Tails::State : std::enable_shared_from_this<Tails::State> {
    State(Options wanted, cluster::LiveTail& source, const LimitsSource& tenants, Clock& time,
          WorkerPool& pool, MetricsRegistry& metrics)
        : options(std::move(wanted)),
          live(source),
          limits(tenants),
          clock(time),
          workers(pool),
          active(metrics.gauge("loki_querier_tail_active", "Tails that are open.", {})),
          queries(metrics.gauge("skald_tail_queries", "Different queries that are tailed.", {})) {}

    Result<void> check_limit(const TenantId& tenant) const;
    Result<FeedPtr> feed_of(const Executor& executor, const FeedKey& key, const read::Expr& expr);
    void leave(const FeedKey& key);
    DurationNs gather() const;
    static Task<> drive(std::shared_ptr<State> state, FeedPtr feed);

    const Options options;
    cluster::LiveTail& live;
    const LimitsSource& limits;
    Clock& clock;
    WorkerPool& workers;
    Gauge active;
    Gauge queries;

    std::mutex mutex;
    bool stopped = false;
    std::atomic<std::int64_t> all_tails{0};  ///< Of all tails.
    std::map<FeedKey, FeedPtr> feeds;
    std::unordered_map<TenantId, std::size_t> tails;  ///< Of each tenant.
    TaskGroup tasks;
};

Result<void> Tails::State::check_limit(const TenantId& tenant) const {
    const std::size_t limit = limits.of(tenant)->max_concurrent_tail_requests;
    const auto found = tails.find(tenant);
    const std::size_t count = found == tails.end() ? 0 : found->second;
    if (limit == 0 || count < limit) return {};
    return Error{ErrorCode::kLimitExceeded,
                 "max concurrent tail requests limit exceeded, count > limit (" +
                     std::to_string(count + 1) + " > " + std::to_string(limit) +
                     ") (limits_config.max_concurrent_tail_requests)"};
}

Result<FeedPtr> Tails::State::feed_of(const Executor& executor, const FeedKey& key,
                                      const read::Expr& expr) {
    const auto found = feeds.find(key);
    if (found != feeds.end()) return found->second;
    auto feed =
        std::make_shared<TailFeed>(executor, std::get<TailShape>(key), clock, options.memory.get());
    SKALD_CHECK(feed->start(live, std::get<TenantId>(key), expr));
    if (!tasks.spawn(executor, drive(shared_from_this(), feed)))
        return Error{ErrorCode::kUnavailable, "shutting down"};
    feeds.emplace(key, feed);
    queries.set(static_cast<double>(feeds.size()));
    return feed;
}

Task<> Tails::State::drive(std::shared_ptr<State> state, FeedPtr feed) {
    Clock& clock = state->clock;
    std::optional<Clock::TimePoint> last_message;
    while (!feed->ended()) {
        co_await feed->wake().wait_until(clock.now() + std::chrono::hours(1));
        const auto came = clock.now();
        const std::chrono::nanoseconds gather(state->gather());
        if (last_message && came - *last_message < gather) {
            co_await clock.sleep_until(came + gather);
            // What came meanwhile is taken now; the next line's time counts from when it comes.
            co_await feed->wake().wait_until(clock.now());
        }
        if (feed->ended()) break;
        // Not shared with the job: a worker may let go of that when the feed's loop has ended.
        auto round = [&feed] { return feed->round(); };
        const bool sent = co_await run_on(state->workers, Lane::kQuery, std::move(round));
        if (sent) last_message = clock.now();
    }
}

DurationNs Tails::State::gather() const {
    return std::clamp(options.gather_per_tail * all_tails.load(), options.gather_min,
                      options.gather_max);
}

/// A client has gone.
void Tails::State::leave(const FeedKey& key) {
    FeedPtr last;  // Destroyed outside of the lock.
    const std::lock_guard hold(mutex);
    active.add(-1);
    --all_tails;
    const auto tenant = tails.find(std::get<TenantId>(key));
    if (--tenant->second == 0) tails.erase(tenant);
    const auto found = feeds.find(key);
    if (found == feeds.end() || --found->second->tails > 0) return;
    last = std::move(found->second);
    feeds.erase(found);
    queries.set(static_cast<double>(feeds.size()));
    last->end();
}

Tails::Tails(Options options, cluster::LiveTail& live, const LimitsSource& limits, Clock& clock,
             WorkerPool& workers, MetricsRegistry& metrics)
    : state_(std::make_shared<State>(std::move(options), live, limits, clock, workers, metrics)) {}

Tails::~Tails() {
    stop();
}

Result<std::shared_ptr<TailClient>> Tails::join(const Executor& executor, const TenantId& tenant,
                                                const read::Expr& expr, TailShape shape,
                                                DurationNs delay) {
    const FeedKey key(tenant, read::to_string(expr), shape);
    const std::lock_guard hold(state_->mutex);
    if (state_->stopped) return Error{ErrorCode::kUnavailable, "shutting down"};
    SKALD_CHECK(state_->check_limit(tenant));
    SKALD_TRY(const FeedPtr feed, state_->feed_of(executor, key, expr));
    ++feed->tails;
    ++state_->tails[tenant];
    state_->active.add(1);
    ++state_->all_tails;
    auto client = std::make_shared<TailClient>(
        TailClient::Options{.shape = shape,
                            .delay = delay,
                            .duration_max = state_->options.duration_max,
                            .memory = state_->options.memory.get()},
        state_->clock, [state = state_, key] { state->leave(key); });
    feed->add(client);
    return client;
}

void Tails::stop() {
    {
        const std::lock_guard hold(state_->mutex);
        state_->stopped = true;
        for (const auto& [key, feed] : state_->feeds) feed->end();
    }
    state_->tasks.close();
    std::map<FeedKey, FeedPtr> feeds;  // Destroyed outside of the lock.
    const std::lock_guard hold(state_->mutex);
    feeds.swap(state_->feeds);
}

}  // namespace skald::api

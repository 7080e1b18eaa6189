// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/clock.h>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

namespace skald::support {

/// Virtual time: it stands still while anything can run and then jumps to the next sleeper. Wall
/// time moves with it, from 2026-11-01T00:00:00Z unless said otherwise.
///
/// Invariant: same coroutines, same order of wake-ups, on every run.
/// Threading: `now` and `wall_now` from any thread; the rest from the one that calls `run`.
class SimClock final : public Clock {
public:
    static constexpr std::int64_t kDefaultStart = 1'793'491'200'000'000'000;

    explicit SimClock(std::int64_t wall_start = kDefaultStart) : wall_start_(wall_start) {}

    TimePoint now() const override { return TimePoint(std::chrono::nanoseconds(elapsed_.load())); }
    std::int64_t wall_now() const override { return wall_start_ + elapsed_.load(); }

    Task<> sleep_until(TimePoint wake) override {
        const Executor executor = co_await boost::asio::this_coro::executor;
        const Key key{wake.time_since_epoch().count(), next_id_++};
        auto start = [this, key, executor](auto handler) {
            auto slot = boost::asio::get_associated_cancellation_slot(handler);
            auto shared = std::make_shared<decltype(handler)>(std::move(handler));
            sleepers_.emplace(key, [shared, executor] {
                boost::asio::post(executor, [shared] { std::move (*shared)(); });
            });
            // By key, not by iterator: a cancel may come after the wake-up it lost to.
            if (!slot.is_connected()) return;
            slot.assign([this, key](boost::asio::cancellation_type) { wake_up(key); });
        };
        co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<Executor>, void()>(
            std::move(start), boost::asio::use_awaitable_t<Executor>{});
    }

    /// Lets time pass without running anything; sleepers wake in the next `run`.
    void advance(std::chrono::nanoseconds by) { elapsed_ += by.count(); }

    /// Runs `context` until nothing is left to run and nobody sleeps.
    void run(boost::asio::io_context& context) {
        for (;;) {
            context.restart();
            if (context.poll() > 0) continue;
            if (sleepers_.empty()) return;
            const Key next = sleepers_.begin()->first;
            if (next.first > elapsed_.load()) elapsed_ = next.first;
            wake_up(next);
        }
    }

    /// Coroutines that sleep now.
    std::size_t sleepers() const { return sleepers_.size(); }

private:
    using Key = std::pair<std::int64_t, std::uint64_t>;  ///< When to wake, then who slept first.

    void wake_up(const Key& key) {
        auto sleeper = sleepers_.extract(key);
        if (!sleeper.empty()) sleeper.mapped()();
    }

    const std::int64_t wall_start_;
    std::atomic<std::int64_t> elapsed_{0};
    std::uint64_t next_id_ = 0;
    std::map<Key, std::function<void()>> sleepers_;
};

}  // namespace skald::support

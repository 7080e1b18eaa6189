// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/runtime/clock.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace skald {

Clock::TimePoint SystemClock::now() const {
    return std::chrono::steady_clock::now();
}

std::int64_t SystemClock::wall_now() const {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count();
}

Task<> SystemClock::sleep_until(TimePoint wake) {
    using Timer = boost::asio::basic_waitable_timer<
        std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;
    const Executor executor = co_await boost::asio::this_coro::executor;
    Timer timer(executor, wake);
    const auto outcome =
        co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable_t<Executor>{}));
    static_cast<void>(
        outcome);  // A cancelled sleep ends early; the caller sees its own cancellation.
}

}  // namespace skald

// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/runtime/wake_up.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <chrono>
#include <utility>

namespace skald {

struct WakeUp::State {
    using Timer = boost::asio::basic_waitable_timer<
        std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

    explicit State(const Executor& on) : executor(on), timer(on) {}

    const Executor executor;
    Timer timer;
    std::atomic<bool> notified{false};
};

WakeUp::WakeUp(const Executor& executor) : state_(std::make_shared<State>(executor)) {}

Task<> WakeUp::wait_until(Clock::TimePoint when) {
    // The frame keeps the state: the object may go while it is waited on.
    const std::shared_ptr<State> state = state_;
    if (state->notified.exchange(false)) co_return;
    state->timer.expires_at(when);
    const auto outcome = co_await state->timer.async_wait(
        boost::asio::as_tuple(boost::asio::use_awaitable_t<Executor>{}));
    static_cast<void>(outcome);
    state->notified.store(false);
}

void WakeUp::notify() const {
    if (state_->notified.exchange(true)) return;
    // On the executor, so that it comes after the wait that it is to end has begun.
    boost::asio::post(state_->executor, [state = state_] { state->timer.cancel(); });
}

}  // namespace skald

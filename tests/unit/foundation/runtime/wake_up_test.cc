// SPDX-License-Identifier: Apache-2.0
#include "support/run_task.h"

#include <skald/foundation/runtime/wake_up.h>

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace skald {
namespace {

using namespace std::chrono_literals;

Task<bool> wait(WakeUp& wake, Clock::TimePoint when) {
    co_await wake.wait_until(when);
    co_return true;
}

TEST(WakeUp, EndsWhenItIsNotified) {
    SystemClock clock;
    boost::asio::io_context context;
    WakeUp wake(context.get_executor());
    std::thread other([&] { wake.notify(); });

    EXPECT_TRUE(support::run_task(context, wait(wake, clock.now() + 1h)));
    other.join();
}

TEST(WakeUp, RemembersAnEarlierNotification) {
    SystemClock clock;
    boost::asio::io_context context;
    WakeUp wake(context.get_executor());
    wake.notify();
    wake.notify();

    EXPECT_TRUE(support::run_task(context, wait(wake, clock.now() + 1h)));
}

TEST(WakeUp, EndsAtItsTime) {
    SystemClock clock;
    boost::asio::io_context context;
    WakeUp wake(context.get_executor());
    const auto when = clock.now() + 2ms;

    EXPECT_TRUE(support::run_task(context, wait(wake, when)));
    EXPECT_GE(clock.now(), when);
}

TEST(WakeUp, NoNotificationOfManyIsLost) {
    SystemClock clock;
    boost::asio::io_context context;
    WakeUp wake(context.get_executor());
    for (int i = 0; i < 300; ++i) {
        std::thread other([&] { wake.notify(); });
        // An earlier one's posted cancel may end a wait early, but none may last.
        ASSERT_TRUE(support::run_task(context, wait(wake, clock.now() + 1h)));
        other.join();
    }
}

}  // namespace
}  // namespace skald

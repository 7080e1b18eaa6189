// SPDX-License-Identifier: Apache-2.0
#include "open_calls.h"

#include <gtest/gtest.h>

namespace skald::grpc {
namespace {

class FakeCall final : public OpenCall {
public:
    FakeCall(OpenCalls& calls, int due, bool ends_at_once)
        : calls_(calls), due_(std::chrono::seconds(due)), ends_at_once_(ends_at_once) {
        calls_.add(*this);
    }
    bool is_late(Clock::TimePoint now) const override { return now >= Clock::TimePoint(due_); }
    void cancel() override {
        ++cancelled;
        if (ends_at_once_) calls_.remove(*this);
    }
    int cancelled = 0;

private:
    OpenCalls& calls_;
    std::chrono::seconds due_;
    bool ends_at_once_;
};

TEST(OpenCalls, AreCancelledWhenTheyAreLateAndNoMoreWhenTheyHaveEnded) {
    OpenCalls calls;
    FakeCall soon(calls, 10, true);
    FakeCall later(calls, 20, true);
    FakeCall stubborn(calls, 10, false);

    calls.cancel_late(Clock::TimePoint(std::chrono::seconds(9)));
    EXPECT_EQ(soon.cancelled + later.cancelled + stubborn.cancelled, 0);
    calls.cancel_late(Clock::TimePoint(std::chrono::seconds(10)));
    EXPECT_EQ(soon.cancelled, 1);
    EXPECT_EQ(stubborn.cancelled, 1);
    EXPECT_EQ(later.cancelled, 0);
    calls.cancel_late(Clock::TimePoint(std::chrono::seconds(30)));
    EXPECT_EQ(soon.cancelled, 1);
    EXPECT_EQ(later.cancelled, 1);
    calls.remove(stubborn);
    calls.cancel_late(Clock::TimePoint(std::chrono::seconds(40)));
    EXPECT_EQ(stubborn.cancelled, 2);
}

}  // namespace
}  // namespace skald::grpc

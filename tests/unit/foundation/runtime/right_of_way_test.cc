// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/runtime/right_of_way.h>

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

namespace skald {
namespace {

constexpr std::chrono::hours kForever{1};

void wait_until_standing(const RightOfWay& way, std::size_t count) {
    while (way.standing() < count) std::this_thread::yield();
}

TEST(RightOfWay, KeepsNobodyWhereNothingIsLate) {
    RightOfWay way({.grace = kForever, .stand_max = kForever});
    way.give();
    {
        const RightOfWay::Claim claim(&way);
        way.give();
    }
    way.give();
    EXPECT_EQ(way.standing(), 0u);
}

TEST(RightOfWay, ThreadsStandStillUntilWhatIsLateHasEnded) {
    RightOfWay way({.grace = {}, .stand_max = kForever});
    std::optional<RightOfWay::Claim> claim(&way);
    std::atomic<bool> ended = false;
    std::vector<std::thread> workers;
    for (int i = 0; i < 3; ++i)
        workers.emplace_back([&] {
            way.give();
            EXPECT_TRUE(ended);
        });

    wait_until_standing(way, 3);
    ended = true;
    claim.reset();

    for (std::thread& worker : workers) worker.join();
    EXPECT_EQ(way.standing(), 0u);
}

TEST(RightOfWay, TheirTimeToStandIsLimited) {
    RightOfWay way({.grace = {}, .stand_max = std::chrono::milliseconds(1)});
    const RightOfWay::Claim claim(&way);
    for (int i = 0; i < 1000; ++i) way.give();
    EXPECT_EQ(way.standing(), 0u) << "it comes back while the claim is there";
}

TEST(RightOfWay, AClaimOnNothingMeansNothing) {
    const RightOfWay::Claim claim(nullptr);
}

}  // namespace
}  // namespace skald

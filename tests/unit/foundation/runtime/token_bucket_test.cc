// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/runtime/token_bucket.h>

#include <gtest/gtest.h>

#include <chrono>

namespace skald {
namespace {

using std::chrono::milliseconds;

Clock::TimePoint at(int ms) {
    return Clock::TimePoint(milliseconds(ms));
}
constexpr TokenBucket::Limit kLimit = {.rate = 100, .burst = 50};

TEST(TokenBucket, StartsFullAndRefills) {
    TokenBucket bucket;

    EXPECT_TRUE(bucket.take(50, kLimit, at(1000)));
    EXPECT_FALSE(bucket.take(1, kLimit, at(1000)));
    EXPECT_TRUE(bucket.take(1, kLimit, at(1010)));
    EXPECT_FALSE(bucket.take(11, kLimit, at(1110)));
    EXPECT_TRUE(bucket.take(10, kLimit, at(1110)));
}

TEST(TokenBucket, NeverHoldsMoreThanTheBurst) {
    TokenBucket bucket;

    EXPECT_FALSE(bucket.take(51, kLimit, at(0)));
    EXPECT_FALSE(bucket.take(51, kLimit, at(1'000'000)));
    EXPECT_TRUE(bucket.take(50, kLimit, at(1'000'000)));
}

TEST(TokenBucket, TakesNothingForARefusal) {
    TokenBucket bucket;
    EXPECT_TRUE(bucket.take(40, kLimit, at(0)));

    for (int i = 0; i < 10; ++i) EXPECT_FALSE(bucket.take(11, kLimit, at(0)));

    EXPECT_TRUE(bucket.take(10, kLimit, at(0)));
}

TEST(TokenBucket, IsThereAgainAfterATime) {
    constexpr TokenBucket::Limit limit = {.rate = 5, .burst = 10};
    TokenBucket bucket;
    Clock::TimePoint now(std::chrono::hours(1));
    const auto taken = [&] {
        int count = 0;
        while (bucket.take(1, limit, now)) ++count;
        return count;
    };
    EXPECT_EQ(taken(), 10);
    now += std::chrono::seconds(1);
    EXPECT_EQ(taken(), 5);
    now += std::chrono::hours(1);
    EXPECT_EQ(taken(), 10);
    bucket.give(3, limit);
    EXPECT_EQ(taken(), 3);
}

TEST(TokenBucket, FollowsChangedLimits) {
    TokenBucket bucket;
    EXPECT_TRUE(bucket.take(50, kLimit, at(0)));

    EXPECT_TRUE(bucket.take(500, {.rate = 1000, .burst = 1000}, at(500)));
    EXPECT_FALSE(bucket.take(1, {.rate = 1000, .burst = 1000}, at(500)));
}

TEST(TokenBucket, IgnoresTimeThatGoesBack) {
    TokenBucket bucket;
    EXPECT_TRUE(bucket.take(50, kLimit, at(1000)));

    EXPECT_FALSE(bucket.take(1, kLimit, at(0)));
    EXPECT_FALSE(bucket.take(1, kLimit, at(1000)));
}

}  // namespace
}  // namespace skald

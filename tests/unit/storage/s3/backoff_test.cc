// SPDX-License-Identifier: Apache-2.0
#include "backoff.h"

#include <gtest/gtest.h>

#include <set>

namespace skald::storage {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, DoublesUpToTheMaximumAndEndsAfterTheRetries) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        Backoff backoff({.min = 100ms, .max = 1s, .retries = 6, .give_up_after = 1h}, seed);
        for (const auto step : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
            const auto pause = backoff.next(0s);
            ASSERT_TRUE(pause.has_value());
            EXPECT_GE(*pause, step / 2);
            EXPECT_LE(*pause, step);
        }
        EXPECT_FALSE(backoff.next(0s).has_value());
        EXPECT_EQ(backoff.attempts(), 7U);
    }
}

TEST(Backoff, DiffersFromSeedToSeed) {
    std::set<std::int64_t> pauses;
    for (std::uint64_t seed = 1; seed < 4000; seed += 40)
        pauses.insert(Backoff({}, seed * 0x9E3779B97F4A7C15U).next(0s)->count());
    EXPECT_GT(pauses.size(), 90U);
}

TEST(Backoff, GivesUpWhenTheTimeIsOver) {
    Backoff backoff({.min = 100ms, .max = 1s, .retries = 100, .give_up_after = 10s}, 7);
    auto elapsed = std::chrono::nanoseconds(0);
    while (const auto pause = backoff.next(elapsed)) {
        elapsed += *pause + 500ms;
        ASSERT_LE(elapsed, 10s + 500ms);
    }
    EXPECT_GT(elapsed, 8s);
}

TEST(Backoff, WithoutRetriesEndsAtOnce) {
    EXPECT_FALSE(Backoff({.retries = 0}, 1).next(0s).has_value());
}

}  // namespace
}  // namespace skald::storage

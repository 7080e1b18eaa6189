// SPDX-License-Identifier: Apache-2.0
#include "column_cache.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

namespace skald::storage {
namespace {

ColumnCache::Value value_of(int number) {
    return std::make_shared<const int>(number);
}
CacheKey key_of(std::uint64_t number) {
    return {1, number, 0};
}

/// Asks for the key as a reader of columns does: what is not there is made and put there.
bool touch(ColumnCache& cache, std::uint64_t number, std::size_t charge = 100) {
    if (cache.find(key_of(number)) != nullptr) return true;
    cache.insert(key_of(number), value_of(static_cast<int>(number)), charge);
    return false;
}

TEST(ColumnCache, GivesBackWhatItWasGiven) {
    ColumnCache cache(
        {.budget = 1000, .queue_bytes = 250, .queue_is_strict = false, .outside = nullptr});
    EXPECT_EQ(cache.find(key_of(1)), nullptr);
    cache.insert(key_of(1), value_of(11), 100);
    const ColumnCache::Value value = cache.find(key_of(1));
    ASSERT_NE(value, nullptr);
    EXPECT_EQ(*std::static_pointer_cast<const int>(value), 11);
    EXPECT_EQ(cache.find({2, 1, 0}), nullptr);
    EXPECT_EQ(cache.find({1, 1, 1}), nullptr);
    EXPECT_EQ(cache.bytes(), 100U);
    EXPECT_EQ(cache.counts().asked, 4U);
    EXPECT_EQ(cache.counts().hits, 1U);
    EXPECT_EQ(cache.counts().entries, 1U);
}

TEST(ColumnCache, IsEmptyAfterClear) {
    ColumnCache cache(
        {.budget = 10'000, .queue_bytes = 2500, .queue_is_strict = false, .outside = nullptr});
    for (std::uint64_t round = 0; round < 3; ++round) {
        for (std::uint64_t number = 0; number < 150; ++number) touch(cache, number);
    }
    cache.clear();
    EXPECT_EQ(cache.bytes(), 0U);
    EXPECT_EQ(cache.counts().entries, 0U);
}

TEST(ColumnCache, NeverExceedsItsBudget) {
    for (const bool strict : {false, true}) {
        std::mt19937_64 random(7);
        const auto outside = std::make_shared<std::atomic<std::size_t>>(0);
        ColumnCache cache({.budget = 10'000,
                           .queue_bytes = 2500,
                           .queue_is_strict = strict,
                           .outside = [outside] { return outside->load(); }});
        for (int i = 0; i < 50'000; ++i) {
            if (i % 1000 == 0) *outside = random() % 3000;
            touch(cache, random() % 300, 1 + random() % 700);
            ASSERT_LE(cache.bytes(), 10'000U + (i % 1000 == 0 ? 3000 : 0));
        }
        EXPECT_GT(cache.counts().hits, 1000U);
        EXPECT_GT(cache.bytes(), 2000U);
    }
}

TEST(ColumnCache, DropsWhatIsLargerThanTheBudget) {
    ColumnCache cache(
        {.budget = 1000, .queue_bytes = 250, .queue_is_strict = false, .outside = nullptr});
    touch(cache, 1);
    touch(cache, 2, 1001);
    touch(cache, 2, 1001);
    EXPECT_TRUE(cache.contains(key_of(1)));
    EXPECT_FALSE(cache.contains(key_of(2)));
}

TEST(ColumnCache, AScanDoesNotPushOutWhatIsUsed) {
    for (const bool strict : {false, true}) {
        ColumnCache cache({.budget = 100'000,
                           .queue_bytes = 25'000,
                           .queue_is_strict = strict,
                           .outside = nullptr});
        // Used again and again, with a little else in between: these get among the kept ones.
        for (std::uint64_t round = 0; round < 10; ++round) {
            for (std::uint64_t used = 0; used < 200; ++used) touch(cache, used);
            for (std::uint64_t other = 0; other < 300; ++other)
                touch(cache, 10'000 + round * 300 + other);
        }
        for (std::uint64_t scanned = 0; scanned < 20'000; ++scanned)
            touch(cache, 1'000'000 + scanned);

        std::size_t left = 0;
        for (std::uint64_t used = 0; used < 200; ++used)
            left += cache.contains(key_of(used)) ? 1 : 0;
        EXPECT_GT(left, 180U) << strict;
    }
}

TEST(ColumnCache, AScanFillsOnlyTheQueueIfItIsStrict) {
    ColumnCache cache(
        {.budget = 100'000, .queue_bytes = 25'000, .queue_is_strict = true, .outside = nullptr});
    for (std::uint64_t scanned = 0; scanned < 20'000; ++scanned) {
        touch(cache, scanned);
        ASSERT_LE(cache.bytes(), 25'000U);
    }
    // What comes again while the budget would have had it is kept.
    for (std::uint64_t round = 0; round < 3; ++round) {
        for (std::uint64_t used = 0; used < 500; ++used) touch(cache, 1'000'000 + used);
    }
    EXPECT_GT(cache.bytes(), 40'000U);
}

TEST(ColumnCache, SomethingLargeDoesNotPushOutTheRestAtItsFirstVisit) {
    ColumnCache cache(
        {.budget = 10'000, .queue_bytes = 2500, .queue_is_strict = false, .outside = nullptr});
    for (std::uint64_t small = 0; small < 90; ++small) touch(cache, small);
    touch(cache, 1'000'000, 5000);
    EXPECT_FALSE(cache.contains(key_of(1'000'000)));
    EXPECT_EQ(cache.counts().entries, 90U);
    touch(cache, 1'000'000, 5000);
    EXPECT_TRUE(cache.contains(key_of(1'000'000)));
}

TEST(ColumnCache, TakesAnswersFromManyThreads) {
    ColumnCache cache(
        {.budget = 20'000, .queue_bytes = 5000, .queue_is_strict = false, .outside = nullptr});
    std::vector<std::thread> threads;
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
        threads.emplace_back([&cache, seed] {
            std::mt19937_64 random(seed);
            for (int i = 0; i < 20'000; ++i) {
                const std::uint64_t number = random() % 500;
                const ColumnCache::Value value = cache.find(key_of(number));
                if (value == nullptr)
                    cache.insert(key_of(number), value_of(static_cast<int>(number)), 100);
                else
                    EXPECT_EQ(*std::static_pointer_cast<const int>(value),
                              static_cast<int>(number));
                ASSERT_LE(cache.bytes(), 20'000U);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_LE(cache.counts().entries * 100, 20'000U);
}

}  // namespace
}  // namespace skald::storage

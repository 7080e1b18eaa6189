// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/units.h>
#include <skald/storage/store/change_log.h>

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace skald::storage {
namespace {

constexpr TimeNs kMinute = kNanosPerMinute;
constexpr TimeNs kHour = kNanosPerHour;
const TimeNs kNow = 1'000'000 * kMinute;

TenantId tenant(const std::string& name) {
    return *TenantId::parse(name);
}

class ChangeLogTest : public testing::Test {
protected:
    ChangeLogTest() { log_.watch(ann_); }

    bool unchanged(TimeNs min, TimeNs max, std::uint64_t since) {
        return log_.unchanged(ann_, min, max, since);
    }

    const TenantId ann_ = tenant("ann");
    ChangeLog log_;
};

TEST_F(ChangeLogTest, AChangeIsSeenInItsMinutesOnly) {
    const std::uint64_t before = log_.version();

    log_.note(ann_, kNow, kNow + kMinute);

    EXPECT_FALSE(unchanged(kNow - kHour, kNow, before));
    EXPECT_FALSE(unchanged(kNow + kMinute, kNow + kHour, before));
    EXPECT_TRUE(unchanged(kNow - kHour, kNow - 1, before));
    EXPECT_TRUE(unchanged(kNow + 2 * kMinute, kNow + kHour, before));
    EXPECT_TRUE(unchanged(kNow - kHour, kNow + kHour, log_.version()));
}

TEST_F(ChangeLogTest, AChangeOfAnotherTenantIsNotSeen) {
    const TenantId bob = tenant("bob");
    log_.watch(bob);
    const std::uint64_t before = log_.version();

    log_.note(bob, kNow, kNow);

    EXPECT_TRUE(unchanged(kNow, kNow, before));
    EXPECT_FALSE(log_.unchanged(bob, kNow, kNow, before));
}

TEST_F(ChangeLogTest, WhatWasNotWatchedMayHaveChanged) {
    const std::uint64_t before = log_.version();
    const TenantId eve = tenant("eve");

    EXPECT_FALSE(log_.unchanged(eve, kNow, kNow, before));
    log_.watch(eve);

    EXPECT_FALSE(log_.unchanged(eve, kNow, kNow, before));
    EXPECT_TRUE(log_.unchanged(eve, kNow, kNow, log_.version()));
}

TEST_F(ChangeLogTest, AChangeOfAllIsSeenByAll) {
    const std::uint64_t before = log_.version();

    log_.note_all();

    EXPECT_FALSE(unchanged(kNow, kNow, before));
    EXPECT_TRUE(unchanged(kNow, kNow, log_.version()));
}

TEST_F(ChangeLogTest, AChangeOfALongTimeIsSeenAllOverIt) {
    const std::uint64_t before = log_.version();

    log_.note(ann_, kNow - 10'000 * kHour, kNow);

    for (const std::int64_t hours : {0, 1, 100, 5'000, 9'999}) {
        EXPECT_FALSE(unchanged(kNow - hours * kHour, kNow - hours * kHour, before)) << hours;
    }
    EXPECT_TRUE(unchanged(kNow + kHour, kNow + kHour, before));
}

TEST_F(ChangeLogTest, TheEndsOfTimeAreTimesToo) {
    const std::uint64_t before = log_.version();

    log_.note(ann_, kTimeMin, kTimeMax);

    EXPECT_FALSE(unchanged(kTimeMin, kTimeMin, before));
    EXPECT_FALSE(unchanged(0, 0, before));
    EXPECT_FALSE(unchanged(kTimeMax, kTimeMax, before));
}

TEST_F(ChangeLogTest, PushesInOrderDoNotMakeOldAnswersInvalidForever) {
    for (int hour = 0; hour < 500; ++hour)
        log_.note(ann_, kNow + hour * kHour, kNow + hour * kHour);
    const std::uint64_t version = log_.version();

    for (int hour = 500; hour < 540; ++hour) {
        log_.note(ann_, kNow + hour * kHour, kNow + hour * kHour);
    }

    EXPECT_TRUE(unchanged(kNow, kNow + 450 * kHour, version));
}

TEST_F(ChangeLogTest, NeverSaysThatSomethingHoldsThatDoesNot) {
    struct Change {
        TimeNs min;
        TimeNs max;
        std::uint64_t version;
    };
    std::mt19937_64 random(7);
    const auto below = [&](std::int64_t limit) {
        return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(limit));
    };
    std::vector<Change> changes;
    std::vector<std::uint64_t> versions = {log_.version()};
    std::size_t held = 0;
    for (int i = 0; i < 3'000; ++i) {
        const TimeNs min = kNow + below(200 * 60) * kMinute / 7;
        const DurationNs length = below(10) == 0 ? below(100) * kHour : below(3) * kMinute;
        if (below(20) != 0) {
            log_.note(ann_, min, min + length);
            changes.push_back({min, min + length, log_.version()});
        }
        versions.push_back(log_.version());
        const std::uint64_t since =
            versions[versions.size() - 1 - static_cast<std::size_t>(below(20)) % versions.size()];
        const TimeNs from = kNow + below(200 * 60) * kMinute;
        const TimeNs to = from + below(90) * kMinute;
        if (!unchanged(from, to, since)) continue;
        ++held;
        for (const Change& change : changes) {
            ASSERT_FALSE(change.version > since && change.min <= to && change.max >= from);
        }
    }
    EXPECT_GT(held, 300U);
}

}  // namespace
}  // namespace skald::storage

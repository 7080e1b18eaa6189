// SPDX-License-Identifier: Apache-2.0
#include "support/run_task.h"

#include <skald/foundation/base/units.h>
#include <skald/storage/store/change_log.h>
#include <skald/write/ingester/change_tap.h>

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace skald::write {
namespace {

constexpr TimeNs kMinute = kNanosPerMinute;
const TimeNs kNow = 1'000'000 * kMinute;

/// Takes everything and tells when.
class FakeIngester final : public cluster::IngesterClient {
public:
    Task<Result<void>> push(cluster::StreamBatch) override {
        if (during) during();
        co_return answer;
    }

    std::function<void()> during;
    Result<void> answer;
};

class ChangeTapTest : public testing::Test {
protected:
    ChangeTapTest() { changes_.watch(tenant_); }

    Result<void> push(const std::vector<TimeNs>& times) {
        cluster::StreamBatch batch{
            .tenant = tenant_, .streams = {}, .entries = {}, .pairs = {}, .owners = {}};
        for (const TimeNs time : times)
            batch.entries.push_back({.time = time, .line = "x", .level = {}});
        return support::run_task(tap_.push(std::move(batch)));
    }
    bool unchanged(TimeNs time, std::uint64_t since) {
        return changes_.unchanged(tenant_, time, time, since);
    }

    const TenantId tenant_ = TenantId::anonymous();
    storage::ChangeLog changes_;
    FakeIngester ingester_;
    ChangeTap tap_{ingester_, changes_};
};

TEST_F(ChangeTapTest, NotesTheMinutesOfTheRowsAndNoOthers) {
    const std::uint64_t before = changes_.version();

    ASSERT_TRUE(push({kNow, kNow - 50 * kMinute, kNow + 1, kNow - 50 * kMinute + 1}).has_value());

    EXPECT_FALSE(unchanged(kNow, before));
    EXPECT_FALSE(unchanged(kNow - 50 * kMinute, before));
    EXPECT_TRUE(unchanged(kNow - 25 * kMinute, before));
    EXPECT_TRUE(unchanged(kNow + 5 * kMinute, before));
}

TEST_F(ChangeTapTest, NotesWhenTheRowsAreVisible) {
    const std::uint64_t before = changes_.version();
    bool noted_early = false;
    ingester_.during = [&] { noted_early = !unchanged(kNow, before); };

    ASSERT_TRUE(push({kNow}).has_value());

    EXPECT_FALSE(noted_early);
    EXPECT_FALSE(unchanged(kNow, before));
}

TEST_F(ChangeTapTest, NotesWhatARefusedPushMayHaveLeft) {
    const std::uint64_t before = changes_.version();
    ingester_.answer = Error{ErrorCode::kLimitExceeded, "some of it"};

    EXPECT_FALSE(push({kNow}).has_value());

    EXPECT_FALSE(unchanged(kNow, before));
}

TEST_F(ChangeTapTest, NotesEveryRowOfAScatteredPush) {
    std::vector<TimeNs> times;
    for (int i = 0; i < 2'000; ++i) times.push_back(kNow - (i * 7919 % 2'000) * 10 * kMinute);
    const std::uint64_t before = changes_.version();

    ASSERT_TRUE(push(times).has_value());

    for (const TimeNs time : times) ASSERT_FALSE(unchanged(time, before));
}

}  // namespace
}  // namespace skald::write

// SPDX-License-Identifier: Apache-2.0
#include "store_harness.h"
#include "support/no_memtables.h"
#include "support/sim_clock.h"

#include <skald/foundation/base/units.h>
#include <skald/storage/store/row_view.h>

#include <cstdint>
#include <memory>
#include <string>

namespace skald::storage {
namespace {

/// Takes every row of every stream.
class AllRows final : public RowSelector {
public:
    bool takes_stream(const Labels&) const override { return true; }
    bool takes_all_rows() const override { return true; }
    Result<void> select(const Run&, std::uint32_t, std::uint32_t,
                        std::vector<std::uint32_t>&) const override {
        return {};
    }
};

class OneRequest final : public DeleteSource {
public:
    OneRequest(TimeNs start, TimeNs end)
        : pending_(std::make_shared<PendingDeletes>(
              PendingDeletes{{"one", start, end, std::make_shared<AllRows>()}})) {}
    std::shared_ptr<const PendingDeletes> pending(const TenantId&) const override {
        return pending_;
    }

private:
    std::shared_ptr<const PendingDeletes> pending_;
};

/// Many small streams share the blocks.
class RowViewTest : public StoreTest {
protected:
    static constexpr int kStreams = 60;
    static constexpr int kRowsEach = 100;

    void SetUp() override {
        open();
        generation_.id = {"one", 1};
        for (int i = 0; i < kStreams * kRowsEach; ++i)
            generation_.add(tenant_, make_stream({{"pod", std::to_string(i % kStreams)}}), 100 + i,
                            "line " + std::to_string(i));
        ASSERT_OK(generation_.publish_to(*store_));
    }
    std::uint64_t rows_shown(const RowView& view, const Selection& selection) {
        const Result<std::vector<storage::Run>> runs = view.store().select(selection, {});
        EXPECT_OK(runs);
        std::uint64_t rows = 0;
        for (const storage::Run& run : *runs) rows += run.rows();
        return rows;
    }

    const TenantId tenant_ = *TenantId::parse("a");
    const support::NoMemtables no_memtables_;
    TestGeneration generation_;
};

TEST_F(RowViewTest, ADeleteCutsTheRunsOfSharedBlocks) {
    const OneRequest request(100 + 600, 100 + 1199);
    const RowView view(no_memtables_, *store_, hide_deleted(request));
    EXPECT_EQ(rows_shown(view, everything("a")), kStreams * kRowsEach - 600U);
    const Result<std::vector<storage::Run>> runs = view.store().select(everything("a"), {});
    ASSERT_OK(runs);
    for (const storage::Run& run : *runs) {
        EXPECT_TRUE(run.max_time < 700 || run.min_time > 1299) << run.min_time;
    }
}

TEST_F(RowViewTest, WhatADeleteMayTakeAndCanNotBeReadIsAnError) {
    close();
    open();
    ASSERT_OK(store_->select(everything("a"), {}));  // Tables are in memory, columns are not.
    const OneRequest request(100 + 600, 100 + 1199);
    const RowView view(no_memtables_, *store_, hide_deleted(request));
    files_.set_failure_rate(FaultyFileSystem::Operation::kRead, 1000);
    const auto runs = view.store().select(everything("a"), {});
    files_.set_failure_rate(FaultyFileSystem::Operation::kRead, 0);
    ASSERT_FALSE(runs);
    EXPECT_EQ(runs.error().code, ErrorCode::kIo);
    EXPECT_EQ(rows_shown(view, everything("a")), kStreams * kRowsEach - 600U);
}

TEST_F(RowViewTest, WhatADeleteLeavesTakesTheQuerysMemory) {
    const OneRequest request(100 + 600, 100 + 1199);
    const RowView view(no_memtables_, *store_, hide_deleted(request));
    Selection selection = everything("a");
    selection.take_memory = [](std::uint64_t) { return false; };
    const auto runs = view.store().select(selection, {});
    ASSERT_FALSE(runs);
    EXPECT_EQ(runs.error().code, ErrorCode::kUnavailable);
}

TEST_F(RowViewTest, ExpiredRowsAreCutOutOfRuns) {
    support::SimClock clock;
    Limits limits;
    limits.retention_period = clock.wall_now() - 1100;
    const FixedLimits source(limits);
    const RowView view(no_memtables_, *store_, hide_expired(source, clock));
    EXPECT_EQ(rows_shown(view, everything("a")), kStreams * kRowsEach - 1000U);
}

TEST_F(RowViewTest, NothingIsFoundBeyondTheLookback) {
    support::SimClock clock;
    Limits limits;
    limits.max_query_lookback = clock.wall_now() - 10'000;  // All rows are older.
    const FixedLimits source(limits);
    const RowView view(no_memtables_, *store_, hide_expired(source, clock));
    Selection old = everything("a");
    old.end = 9000;
    EXPECT_EQ(rows_shown(view, everything("a")), 0U);
    EXPECT_EQ(rows_shown(view, old), 0U);
    const auto streams = view.store().streams(old);
    ASSERT_OK(streams);
    EXPECT_TRUE(streams->empty());

    limits.max_query_lookback = 0;
    const FixedLimits unlimited(limits);
    const RowView whole(no_memtables_, *store_, hide_expired(unlimited, clock));
    EXPECT_EQ(rows_shown(whole, everything("a")), kStreams * kRowsEach);
}

}  // namespace
}  // namespace skald::storage

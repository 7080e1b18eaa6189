// SPDX-License-Identifier: Apache-2.0
#include "compactor_harness.h"

#include <gtest/gtest.h>

namespace skald::storage {
namespace {

TEST_F(CompactorTest, ManySmallSegmentsBecomeFewAndEveryRowStaysThereOnce) {
    RandomStreams random(1);
    open_all();
    std::vector<TestGeneration> generations;
    for (std::uint64_t number = 1; number <= 9; ++number) {
        generations.push_back(TestGeneration::random(random, {"one", number}, 800));
        ASSERT_OK(generations.back().publish_to(*store_));
        if (number % 3 == 0) ASSERT_OK(compactor_->run_once());
        for (const char* tenant : {"a", "b"})
            expect_once(everything(tenant), expected_rows(generations, everything(tenant)));
    }
    for (const StoredSegment& segment : segments()) EXPECT_LE(segment.regions.size(), 6U);
    for (int round = 0; round < 50; ++round) {
        const Selection selection = random_selection(random);
        expect_rows(selection, expected_rows(generations, selection));
    }
    ASSERT_OK(compactor_->run_once());
    EXPECT_EQ(objects(), segments().size());
    for (std::uint64_t number = 1; number <= 9; ++number)
        EXPECT_TRUE(*store_->has_generation({"one", number}));
    EXPECT_EQ(*store_->last_generation("one"), 9U);
}

TEST_F(CompactorTest, TheSameAfterARestartWithAndWithoutTheCatalog) {
    RandomStreams random(2);
    open_all();
    std::vector<TestGeneration> generations;
    for (std::uint64_t number = 1; number <= 4; ++number) {
        generations.push_back(make_generation(random, number));
        ASSERT_OK(generations.back().publish_to(*store_));
    }
    options_.removal_delay = kNanosPerHour;
    make_compactor();
    ASSERT_OK(compactor_->run_once());
    EXPECT_GT(objects(), segments().size());
    for (const bool lose : {false, true}) {
        close_all();
        if (lose) lose_catalog();
        open_all();
        expect_once(everything("a"), expected_rows(generations, everything("a")));
        EXPECT_GT(objects(), segments().size());
    }
    ASSERT_OK(store_->rewriter()->sweep(clock_.now(), {}));
    EXPECT_EQ(objects(), segments().size());
    close_all();
    lose_catalog();
    open_all();
    expect_once(everything("a"), expected_rows(generations, everything("a")));
    EXPECT_EQ(*store_->last_generation("one"), 4U);
}

TEST_F(CompactorTest, ExactDuplicatesCountOnceAfterwards) {
    open_all();
    const TenantId tenant = *TenantId::parse("a");
    for (std::uint64_t number = 1; number <= 4; ++number) {
        TestGeneration generation;
        generation.id = {"one", number};
        for (int i = 0; i < 300; ++i)
            generation.add(tenant, make_stream({{"app", std::to_string(i % 3)}}), i,
                           i % 2 == 0 ? "same" : "of " + std::to_string(number));
        ASSERT_OK(generation.publish_to(*store_));
    }
    EXPECT_EQ(in_order(everything("a")).size(), 1200U);
    ASSERT_OK(compactor_->run_once());
    EXPECT_EQ(in_order(everything("a")).size(), 150U + 600U);
    EXPECT_NE(compactor_->status_json().find("\"duplicate_rows_dropped\":450,"), std::string::npos)
        << compactor_->status_json();
}

TEST_F(CompactorTest, RowsOfOneTimeKeepTheirOrder) {
    open_all();
    const TenantId tenant = *TenantId::parse("a");
    const StreamPtr stream = make_stream({{"app", "x"}});
    std::uint64_t line = 0;
    for (std::uint64_t number = 1; number <= 8; ++number) {
        TestGeneration generation;
        generation.id = {"one", number};
        for (TimeNs time = 0; time < 200; ++time) {
            const std::string text(line * 7 % 90, 'x');
            generation.add(tenant, stream, time / static_cast<TimeNs>(number % 3 + 1),
                           std::to_string(line++) + text);
        }
        ASSERT_OK(generation.publish_to(*store_));
    }
    const auto before = in_order(everything("a"));
    ASSERT_OK(compactor_->run_once());
    EXPECT_EQ(segments().size(), 1U);
    EXPECT_EQ(in_order(everything("a")), before);
}

TEST_F(CompactorTest, AQueryThatBeganBeforeReadsToItsEnd) {
    RandomStreams random(3);
    open_all();
    std::vector<TestGeneration> generations;
    for (std::uint64_t number = 1; number <= 4; ++number) {
        generations.push_back(make_generation(random, number));
        ASSERT_OK(generations.back().publish_to(*store_));
    }
    const Selection all = everything("a");
    Result<std::vector<storage::Run>> runs = store_->select(all, {});
    ASSERT_OK(runs);
    ASSERT_OK(compactor_->run_once());
    ASSERT_OK(store_->rewriter()->sweep(clock_.now(), {}));
    EXPECT_GE(objects(), 4U + segments().size());
    const Result<std::set<TestRow>> rows = read_rows(*runs, all);
    ASSERT_OK(rows);
    EXPECT_EQ(*rows, expected_rows(generations, all));

    runs->clear();
    const auto swept = store_->rewriter()->sweep(clock_.now(), {});
    ASSERT_OK(swept);
    EXPECT_EQ(swept->segments, 4U);
    EXPECT_EQ(objects(), segments().size());
    expect_once(all, expected_rows(generations, all));
}

TEST_F(CompactorTest, BlocksThatAreMergedAlreadyAreTakenAsTheyAre) {
    options_.block_bytes = 16 * kKiB;
    open_all();
    const TenantId tenant = *TenantId::parse("a");
    std::vector<TestGeneration> generations;
    for (std::uint64_t number = 1; number <= 16; ++number) {
        TestGeneration generation;
        generation.id = {"one", number};
        for (TimeNs i = 0; i < 400; ++i)
            generation.add(tenant, make_stream({{"app", i % 2 == 0 ? "x" : "y"}}),
                           static_cast<TimeNs>(number) * 1000 + i,
                           std::to_string(i * i) + std::string(100, 'z'));
        generations.push_back(generation);
        ASSERT_OK(generation.publish_to(*store_));
        if (number % 4 == 0) ASSERT_OK(compactor_->run_once());
    }
    ASSERT_OK(compactor_->run_once());
    ASSERT_EQ(segments().size(), 1U);
    EXPECT_EQ(segments().front().level, 2U);
    const Result<std::vector<storage::Run>> runs = store_->select(everything("a"), {});
    ASSERT_OK(runs);
    for (const storage::Run& run : *runs) EXPECT_NE(run.block->filter(), nullptr);
    expect_once(everything("a"), expected_rows(generations, everything("a")));
}

TEST_F(CompactorTest, ADamagedSegmentStaysAndTheOthersAreMerged) {
    const QuietStderr quiet;
    RandomStreams random(4);
    open_all();
    std::vector<TestGeneration> generations;
    for (std::uint64_t number = 1; number <= 9; ++number) {
        generations.push_back(make_generation(random, number));
        ASSERT_OK(generations.back().publish_to(*store_));
    }
    const SegmentId damaged = SegmentId::of_generation({"one", 1});
    // The first block's bytes begin behind the header.
    ASSERT_TRUE(files_.damage("objects/" + damaged.object_key(), 20, 0xFF));
    ASSERT_OK(compactor_->run_once());
    bool is_there = false;
    for (const StoredSegment& segment : segments()) is_there |= segment.id == damaged;
    EXPECT_TRUE(is_there);
    EXPECT_LT(segments().size(), 9U);
}

TEST_F(CompactorTest, WaitsForMoreUntilTheFirstHasWaitedLongEnough) {
    RandomStreams random(5);
    open_all();
    const TestGeneration generation = make_generation(random, 1);
    ASSERT_OK(generation.publish_to(*store_));
    ASSERT_OK(compactor_->run_once());
    EXPECT_EQ(segments().front().level, 0U);
    // What was there when the process began has waited.
    make_compactor();
    ASSERT_OK(compactor_->run_once());
    EXPECT_EQ(segments().front().level, 1U);
    expect_once(everything("a"), generation.select(everything("a")));
}

}  // namespace
}  // namespace skald::storage

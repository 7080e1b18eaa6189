// SPDX-License-Identifier: Apache-2.0
//
// Goal: whenever the power goes during a publish, the generation is afterwards wholly there or not
// at all, and publishing it again works; the same after a failure without a crash. Method: a crash
// (or one failing operation) at every operation that a publish does, for several seeds of what the
// disk loses; the catalog is once kept and once lost. The catalog is MemoryCatalog: RocksDB's own
// syncs would take most of the time.
#include "store_harness.h"
#include "support/quiet_stderr.h"

namespace skald::storage {
namespace {

class PublishCrashTest : public StoreTest {
protected:
    PublishCrashTest() { use_memory_catalog(); }

    void begin(std::uint64_t seed) {
        close();
        start_anew();
        RandomStreams random(seed);
        first_ = TestGeneration::random(random, {"one", 1}, 60);
        second_ = TestGeneration::random(random, {"one", 2}, 60);
        open();
        ASSERT_OK(first_.publish_to(*store_));
    }

    /// What must hold at any time: each generation is there whole or not at all.
    void expect_whole(bool& second_is_there) {
        const Selection all = everything("a");
        const Result<bool> there = store_->has_generation(second_.id);
        ASSERT_OK(there);
        second_is_there = *there;
        EXPECT_TRUE(*store_->has_generation(first_.id));
        std::vector<TestGeneration> visible = {first_};
        if (*there) visible.push_back(second_);
        expect_rows(all, expected_rows(visible, all));
    }

    void expect_both_after_publishing() {
        ASSERT_OK(second_.publish_to(*store_));
        const Selection all = everything("a");
        expect_rows(all, expected_rows({first_, second_}, all));
        // It is durable, with and without the catalog.
        close();
        files_.restart();
        lose_catalog();
        open();
        expect_rows(all, expected_rows({first_, second_}, all));
    }

    TestGeneration first_;
    TestGeneration second_;
};

TEST_F(PublishCrashTest, ACrashAtAnyOperationLeavesTheGenerationWholeOrNotThere) {
    const QuietStderr quiet;
    bool crashed = true;
    for (std::uint64_t crash_at = 0; crashed; ++crash_at) {
        for (std::uint64_t seed = 1; seed <= 12; ++seed) {
            SCOPED_TRACE("crash at " + std::to_string(crash_at) + ", seed " + std::to_string(seed));
            begin(seed);
            if (HasFatalFailure()) return;
            files_.crash_after(crash_at);
            const Result<void> published = second_.publish_to(*store_);
            crashed = files_.crashed();
            close();
            const bool is_kill = seed % 3 == 0;
            files_.restart(is_kill ? FaultyFileSystem::Loss::kProcess
                                   : FaultyFileSystem::Loss::kPower);
            if (seed % 2 == 0) lose_catalog();
            open();
            bool there = false;
            expect_whole(there);
            // What was said to be published must be there.
            EXPECT_TRUE(there || !published);
            expect_both_after_publishing();
            if (HasFailure()) return;
        }
    }
}

TEST_F(PublishCrashTest, AFailedOperationCanBeTriedAgain) {
    const QuietStderr quiet;
    using Operation = FaultyFileSystem::Operation;
    for (const Operation operation :
         {Operation::kCreate, Operation::kAppend, Operation::kSync, Operation::kRename,
          Operation::kSyncDirectory, Operation::kRead, Operation::kOpenRead}) {
        for (std::uint64_t after = 0; after < 4; ++after) {
            SCOPED_TRACE("operation " + std::to_string(static_cast<int>(operation)) + " after " +
                         std::to_string(after));
            begin(after + 1);
            if (HasFatalFailure()) return;
            files_.fail_next(operation, {ErrorCode::kIo, "simulated"}, 1, after);
            const Result<void> published = second_.publish_to(*store_);
            EXPECT_EQ(*store_->has_generation(second_.id), published.has_value());
            bool there = false;
            expect_whole(there);
            expect_both_after_publishing();
            if (HasFailure()) return;
        }
    }
}

TEST_F(PublishCrashTest, AFailedCatalogIsWrittenLaterFromTheObjectThatIsThere) {
    begin(1);
    memory_catalog_->fail_adds(1);
    const Result<void> published = second_.publish_to(*store_);
    ASSERT_FALSE(published);
    EXPECT_EQ(published.error().code, ErrorCode::kIo);
    EXPECT_FALSE(*store_->has_generation(second_.id));
    ASSERT_OK(store_->publish(second_.id, [](SegmentWriter&) -> Result<void> {
        ADD_FAILURE() << "the object was there";
        return {};
    }));
    const Selection all = everything("a");
    expect_rows(all, expected_rows({first_, second_}, all));
    EXPECT_EQ(store_->totals().segments, 2U);
}

TEST_F(PublishCrashTest, AFullDiskLeavesNothingAndEndsBySpace) {
    const QuietStderr quiet;
    begin(1);
    files_.set_capacity(files_.used_bytes() + 500);
    const Result<void> published = second_.publish_to(*store_);
    ASSERT_FALSE(published);
    EXPECT_EQ(published.error().code, ErrorCode::kUnavailable);
    bool there = true;
    expect_whole(there);
    EXPECT_FALSE(there);
    EXPECT_EQ(objects_->list("")->size(), 1U);
    files_.set_capacity(FaultyFileSystem::kUnlimited);
    expect_both_after_publishing();
}

}  // namespace
}  // namespace skald::storage

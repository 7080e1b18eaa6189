// SPDX-License-Identifier: Apache-2.0
//
// Goal: publish_crash_test.cc with the real catalog: whatever call of the objects' files or of
// RocksDB's the disk refuses, and whenever the power goes, during a publish or a start, generations
// are there whole, once, and what was acknowledged is among them. Method: both on one simulated
// disk; each call that changes it fails once, or is the last before a crash.
#include "store_harness.h"
#include "support/quiet_stderr.h"

namespace skald::storage {
namespace {

class CatalogFaultsTest : public StoreTest {
protected:
    CatalogFaultsTest() { use_catalog_on_simulated_disk(); }

    void begin(std::uint64_t seed) {
        close();
        start_anew();
        RandomStreams random(seed);
        first_ = TestGeneration::random(random, {"one", 1}, 60);
        second_ = TestGeneration::random(random, {"one", 2}, 60);
        open();
        ASSERT_OK(first_.publish_to(*store_));
    }

    void expect_whole(bool second_is_there) {
        const Selection all = everything("a");
        EXPECT_TRUE(*store_->has_generation(first_.id));
        EXPECT_EQ(*store_->has_generation(second_.id), second_is_there);
        std::vector<TestGeneration> visible = {first_};
        if (second_is_there) visible.push_back(second_);
        expect_rows(all, expected_rows(visible, all));
    }

    void expect_both_after_publishing() {
        ASSERT_OK(second_.publish_to(*store_));
        expect_whole(true);
        EXPECT_EQ(store_->totals().segments, 2U);
        close();
        files_.restart();
        open();
        if (HasFatalFailure()) return;
        expect_whole(true);
    }

    /// As `open`, but may fail.
    bool try_open() {
        Result<std::unique_ptr<ObjectStore>> objects = open_file_object_store(files_, "objects");
        if (!objects) return false;
        objects_ = *std::move(objects);
        Result<std::unique_ptr<Catalog>> catalog =
            Catalog::open({.directory = catalog_name_, .files = catalog_files_}, metrics_);
        if (!catalog) return false;
        catalog_ = *std::move(catalog);
        Result<std::unique_ptr<Store>> store = Store::open(*objects_, *catalog_, {}, metrics_);
        if (!store) return false;
        store_ = *std::move(store);
        return true;
    }
    void no_more_faults() { files_.fail_change(std::uint64_t{1} << 40, {ErrorCode::kIo, "never"}); }
    /// How many calls `action` makes.
    template <class Action>
    std::uint64_t changes_of(Action action) {
        const std::uint64_t before = files_.operations();
        action();
        return files_.operations() - before;
    }
    static Error error_of(std::uint64_t at) {
        return {at % 2 == 0 ? ErrorCode::kUnavailable : ErrorCode::kIo, "simulated"};
    }

    QuietStderr quiet_;
    TestGeneration first_;
    TestGeneration second_;
};

TEST_F(CatalogFaultsTest, AnyCallOfAPublishMayFailOnce) {
    begin(1);
    const std::uint64_t changes = changes_of([&] { ASSERT_OK(second_.publish_to(*store_)); });
    ASSERT_GT(changes, 8U);
    for (std::uint64_t at = 0; at < changes; ++at) {
        SCOPED_TRACE("change " + std::to_string(at));
        begin(at + 1);
        if (HasFatalFailure()) return;
        files_.fail_change(at, error_of(at));
        const Result<void> published = second_.publish_to(*store_);
        expect_whole(published.has_value());
        no_more_faults();
        expect_both_after_publishing();
        if (HasFailure()) return;
    }
}

TEST_F(CatalogFaultsTest, ACrashAtAnyCallOfAPublishLeavesTheGenerationWholeOrNotThere) {
    bool crashed = true;
    for (std::uint64_t at = 0; crashed; ++at) {
        for (std::uint64_t seed = 1; seed <= 2; ++seed) {
            SCOPED_TRACE("crash at " + std::to_string(at) + ", seed " + std::to_string(seed));
            begin(seed);
            if (HasFatalFailure()) return;
            files_.crash_after(at);
            const Result<void> published = second_.publish_to(*store_);
            crashed = files_.crashed();
            close();
            files_.restart((at + seed) % 3 == 0 ? FaultyFileSystem::Loss::kProcess
                                                : FaultyFileSystem::Loss::kPower);
            open();
            if (HasFatalFailure()) return;
            const Result<bool> there = store_->has_generation(second_.id);
            ASSERT_OK(there);
            EXPECT_TRUE(*there || !published);
            expect_whole(*there);
            expect_both_after_publishing();
            if (HasFailure()) return;
        }
    }
}

TEST_F(CatalogFaultsTest, AnyCallOfAStartMayFailOrBeTheLast) {
    const auto prepare = [&](std::uint64_t seed) {
        begin(seed);
        ASSERT_OK(second_.publish_to(*store_));
        close();
        // Half of the starts find a catalog that lost its unsynced rows.
        files_.restart(seed % 2 == 0 ? FaultyFileSystem::Loss::kProcess
                                     : FaultyFileSystem::Loss::kPower);
    };
    prepare(2);
    const std::uint64_t changes = changes_of([&] { open(); });
    ASSERT_GT(changes, 10U);
    std::uint64_t refused = 0;
    for (std::uint64_t at = 0; at < 2 * changes; ++at) {
        SCOPED_TRACE("change " + std::to_string(at));
        prepare(at + 1);
        if (at % 2 == 0)
            files_.fail_change(at / 2, error_of(at / 2));
        else
            files_.crash_after(at / 2);
        refused += try_open() ? 0 : 1;
        close();
        files_.restart();
        open();
        if (HasFatalFailure()) return;
        expect_whole(true);
        if (HasFailure()) return;
    }
    EXPECT_GT(refused, changes / 2);
}

}  // namespace
}  // namespace skald::storage

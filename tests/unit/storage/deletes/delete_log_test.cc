// SPDX-License-Identifier: Apache-2.0
#include "support/faulty_file_system.h"
#include "support/quiet_stderr.h"
#include "support/result_assertions.h"
#include "support/sim_clock.h"

#include <skald/foundation/base/units.h>
#include <skald/storage/deletes/delete_log.h>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <utility>

namespace skald::storage {
namespace {

/// The query is a prefix of the stream's text.
class PrefixSelector final : public RowSelector {
public:
    explicit PrefixSelector(std::string_view prefix) : prefix_(prefix) {}
    bool takes_stream(const Labels& labels) const override {
        return labels.to_string().starts_with(prefix_);
    }
    bool takes_all_rows() const override { return true; }
    Result<void> select(const Run&, std::uint32_t, std::uint32_t,
                        std::vector<std::uint32_t>&) const override {
        return {};
    }

private:
    std::string prefix_;
};

class DeleteLogTest : public testing::Test {
protected:
    void SetUp() override { open(); }

    void open() {
        log_.reset();
        Result<std::unique_ptr<ObjectStore>> objects = open_file_object_store(files_, "objects");
        ASSERT_OK(objects);
        objects_ = *std::move(objects);
        limits_source_ = std::make_unique<FixedLimits>(limits_);
        const auto compile =
            [](std::string_view query) -> Result<std::shared_ptr<const RowSelector>> {
            if (query == "bad") return Error{ErrorCode::kInvalidArgument, "bad query"};
            return std::shared_ptr<const RowSelector>(std::make_shared<PrefixSelector>(query));
        };
        Result<std::unique_ptr<DeleteLog>> log =
            DeleteLog::open(options_, {.objects = *objects_,
                                       .limits = *limits_source_,
                                       .clock = clock_,
                                       .metrics = metrics_,
                                       .compile = compile});
        ASSERT_OK(log);
        log_ = *std::move(log);
    }
    std::string add(const TenantId& tenant, std::string query = "{") {
        const Result<std::string> id = log_->add(tenant, std::move(query), 10, 20);
        EXPECT_OK(id);
        return id ? *id : "";
    }

    const TenantId one_ = *TenantId::parse("one");
    const TenantId two_ = *TenantId::parse("two");
    FaultyFileSystem files_{1};
    support::SimClock clock_;
    Limits limits_;
    MetricsRegistry metrics_;
    std::unique_ptr<LimitsSource> limits_source_;
    std::unique_ptr<ObjectStore> objects_;
    DeleteLog::Options options_;
    std::unique_ptr<DeleteLog> log_;
};

TEST_F(DeleteLogTest, ARequestIsThereAfterAPowerLoss) {
    const std::string id = add(one_);
    files_.restart();
    open();
    ASSERT_EQ(log_->pending(one_)->size(), 1U);
    EXPECT_EQ(log_->pending(one_)->front().id, id);
    EXPECT_TRUE(log_->pending(two_)->empty());
    ASSERT_OK(log_->cancel(one_, id, false));
    files_.restart();
    open();
    EXPECT_TRUE(log_->pending(one_)->empty());
}

TEST_F(DeleteLogTest, ACrashAtAnyOperationLeavesARequestWholeOrNotThere) {
    const QuietStderr quiet;
    bool crashed = true;
    for (std::uint64_t crash_at = 0; crashed; ++crash_at) {
        SCOPED_TRACE(crash_at);
        const std::string first = add(one_);
        const std::string second = add(two_);
        files_.crash_after(crash_at);
        const Result<std::string> third = log_->add(one_, "{", 10, 20);
        const Result<void> cancelled = log_->cancel(two_, second, false);
        const Result<void> processed = log_->mark_processed(one_, first);
        crashed = files_.crashed();
        files_.restart();
        open();
        std::set<std::string> ids;
        for (const DeleteStatus& each : log_->list(one_)) ids.insert(each.request.id);
        EXPECT_TRUE(ids.contains(first));
        if (third) EXPECT_TRUE(ids.contains(*third));
        if (cancelled) EXPECT_TRUE(log_->list(two_).empty());
        if (processed)
            EXPECT_EQ(log_->list(one_).front().request.state, DeleteRequest::State::kProcessed);
        for (const TenantId& tenant : {one_, two_}) {
            for (const DeleteStatus& each : log_->list(tenant))
                ASSERT_OK(objects_->remove(each.request.object_key()));
        }
        open();
    }
}

TEST_F(DeleteLogTest, EachChangeRaisesTheTenantsGenerationAndNoOthers) {
    EXPECT_EQ(log_->generation(one_), 0U);
    const std::string id = add(one_);
    const std::uint64_t added = log_->generation(one_);
    EXPECT_GT(added, 0U);
    ASSERT_OK(log_->cancel(one_, id, false));
    const std::uint64_t cancelled = log_->generation(one_);
    EXPECT_GT(cancelled, added);
    ASSERT_OK(log_->mark_processed(one_, add(one_)));
    EXPECT_GT(log_->generation(one_), cancelled + 1);
    EXPECT_EQ(log_->generation(two_), 0U);
}

TEST_F(DeleteLogTest, ARequestIsDueWhenItCanNoLongerBeCancelled) {
    const std::string id = add(one_);
    EXPECT_TRUE(log_->due().empty());
    EXPECT_NE(log_->list(one_).front().waits_for.find("can be cancelled until"), std::string::npos);
    clock_.advance(std::chrono::nanoseconds(options_.cancel_period + 1));
    ASSERT_EQ(log_->due().size(), 1U);
    EXPECT_EQ(log_->due().front().pending.id, id);
    const Result<void> late = log_->cancel(one_, id, false);
    ASSERT_FALSE(late);
    EXPECT_NE(late.error().message.find("past the deadline of 24h0m0s"), std::string::npos);
    log_->note(one_, id, 1, 2, "the disk is full");
    EXPECT_EQ(log_->list(one_).front().waits_for, "the disk is full");
    ASSERT_OK(log_->mark_processed(one_, id));
    EXPECT_TRUE(log_->due().empty());
    EXPECT_TRUE(log_->pending(one_)->empty());
    const Result<void> processed = log_->cancel(one_, id, true);
    ASSERT_FALSE(processed);
    EXPECT_EQ(processed.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(log_->cancel(two_, id, true).error().code, ErrorCode::kNotFound);
}

TEST_F(DeleteLogTest, TheModeSaysWhetherLinesAreHiddenAndRemoved) {
    add(one_);
    clock_.advance(std::chrono::hours(25));
    limits_.deletion_mode = kDeletionFilterOnly;
    open();
    EXPECT_EQ(log_->pending(one_)->size(), 1U);
    EXPECT_TRUE(log_->due().empty());
    limits_.deletion_mode = kDeletionDisabled;
    open();
    EXPECT_TRUE(log_->pending(one_)->empty());
    EXPECT_TRUE(log_->due().empty());
}

TEST_F(DeleteLogTest, ADamagedRequestIsCountedAndHarmsNoOther) {
    const QuietStderr quiet;
    const std::string damaged = add(one_);
    const std::string good = add(one_);
    files_.damage("objects/deletes/t-one/" + damaged + ".del", 20, 1);
    open();
    ASSERT_EQ(log_->list(one_).size(), 1U);
    EXPECT_EQ(log_->list(one_).front().request.id, good);
    EXPECT_NE(metrics_.exposition().find("skald_damaged_delete_requests_total 1"),
              std::string::npos);
}

TEST_F(DeleteLogTest, WhatIsTooMuchOrWrongIsRefusedAndNotStored) {
    EXPECT_FALSE(log_->add(one_, "bad", 1, 2));
    EXPECT_FALSE(log_->add(one_, std::string(20'000, 'x'), 1, 2));
    options_.pending_max = 2;
    open();
    add(one_);
    add(one_);
    const Result<std::string> third = log_->add(one_, "{", 1, 2);
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().code, ErrorCode::kLimitExceeded);
    EXPECT_EQ(objects_->list("deletes/")->size(), 2U);
}

TEST_F(DeleteLogTest, ProcessedRequestsAreForgottenAfterAMonth) {
    ASSERT_OK(log_->mark_processed(one_, add(one_)));
    const std::string pending = add(one_);
    ASSERT_OK(log_->forget_old());
    EXPECT_EQ(log_->list(one_).size(), 2U);
    clock_.advance(std::chrono::hours(24 * 31));
    ASSERT_OK(log_->forget_old());
    ASSERT_EQ(log_->list(one_).size(), 1U);
    EXPECT_EQ(log_->list(one_).front().request.id, pending);
    EXPECT_EQ(objects_->list("deletes/")->size(), 1U);
}

TEST_F(DeleteLogTest, WhatAnotherProcessChangesIsLearned) {
    // What the other one works on stays.
    const std::unique_ptr<ObjectStore> its_objects = std::move(objects_);
    const auto its_limits = std::move(limits_source_);
    const std::unique_ptr<DeleteLog> other = std::move(log_);
    open();
    const std::string id = *other->add(one_, "{", 1, 2);
    EXPECT_TRUE(log_->pending(one_)->empty());
    ASSERT_OK(log_->refresh());
    EXPECT_EQ(log_->pending(one_)->size(), 1U);
    const std::uint64_t generation = log_->generation(one_);
    ASSERT_OK(log_->refresh());
    EXPECT_EQ(log_->generation(one_), generation);
    ASSERT_OK(other->cancel(one_, id, false));
    ASSERT_OK(log_->refresh());
    EXPECT_TRUE(log_->pending(one_)->empty());
    EXPECT_GT(log_->generation(one_), generation);
}

}  // namespace
}  // namespace skald::storage

// SPDX-License-Identifier: Apache-2.0
#include "delete_log_harness.h"
#include "support/quiet_stderr.h"

#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/hash.h>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace skald::storage {
namespace {

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

TEST_F(DeleteLogTest, AnyFlippedBitLeavesTheLinesHiddenAndTheFileIsWrittenAnew) {
    const QuietStderr quiet;
    const std::string id = add(one_);
    const std::uint64_t size = files_.read_all(path_of(id))->view().size();
    for (std::uint64_t bit = 0; bit < size * 8; ++bit) {
        SCOPED_TRACE(bit);
        files_.damage(path_of(id), bit / 8, static_cast<std::uint8_t>(1U << (bit % 8)));
        open();
        ASSERT_EQ(log_->pending(one_)->size(), 1U);
        EXPECT_EQ(log_->pending(one_)->front().start, 10);
        EXPECT_EQ(log_->list(one_).front().request.query, "{");
        EXPECT_TRUE(decode_delete_request(files_.read_all(path_of(id))->view())->is_whole);
    }
    EXPECT_EQ(metrics_.exposition().find("skald_damaged_delete_requests_total 1"),
              std::string::npos);
}

TEST_F(DeleteLogTest, TheCompactorsProcessAloneWritesDamagedRequestsAnew) {
    const QuietStderr quiet;
    const std::string id = add(one_);
    files_.damage(path_of(id), 20, 1);
    options_.is_compactor_elsewhere = true;
    open();
    EXPECT_EQ(log_->pending(one_)->size(), 1U);
    EXPECT_FALSE(decode_delete_request(files_.read_all(path_of(id))->view())->is_whole);
}

TEST_F(DeleteLogTest, ARequestOfTheFirstVersionIsTakenAndWrittenAnew) {
    DeleteRequest request;
    request.tenant = one_;
    request.id = "00c0ffee";
    request.query = "{";
    std::string copy = encode_delete_request(request);
    copy.resize(copy.size() / 2 - 8);
    copy[8] = 1;
    ByteWriter(copy).u64(hash64(copy));
    ASSERT_OK(files_.make_directories("objects/deletes/t-one"));
    files_.put(path_of("00c0ffee"), copy);
    open();
    EXPECT_EQ(log_->pending(one_)->size(), 1U);
    EXPECT_EQ(decode_delete_request(files_.read_all(path_of("00c0ffee"))->view())->version,
              kDeleteVersion);
}

TEST_F(DeleteLogTest, ARequestThatCannotBeReadFailsItsTenantUntilItIsCancelled) {
    const QuietStderr quiet;
    const std::string damaged = add(one_);
    const std::string good = add(one_);
    add(two_);
    damage_both(damaged);
    open();
    EXPECT_NE(metrics_.exposition().find("skald_damaged_delete_requests_total 1"),
              std::string::npos);
    ASSERT_EQ(log_->pending(one_)->size(), 2U);
    const Result<void> refused = select_any(*log_, one_);
    ASSERT_FALSE(refused);
    // A damaged block would be left out of an answer.
    EXPECT_NE(refused.error().code, ErrorCode::kCorruption);
    EXPECT_NE(refused.error().message.find(damaged), std::string::npos);
    EXPECT_OK(select_any(*log_, two_));
    // The compactor can do nothing with it.
    clock_.advance(std::chrono::hours(25));
    EXPECT_EQ(log_->due().size(), 2U);
    EXPECT_NE(log_->list(one_).front().waits_for.find("checksum"), std::string::npos);
    EXPECT_FALSE(log_->cancel(one_, damaged, false));
    ASSERT_OK(log_->cancel(one_, damaged, true));
    EXPECT_OK(select_any(*log_, one_));
    open();
    ASSERT_EQ(log_->list(one_).size(), 1U);
    EXPECT_EQ(log_->list(one_).front().request.id, good);
}

TEST_F(DeleteLogTest, WhatIsKnownOfARequestStaysWhenItsObjectBecomesUnreadable) {
    const QuietStderr quiet;
    const std::string id = add(one_);
    const std::uint64_t generation = log_->generation(one_);
    damage_both(id);
    ASSERT_OK(log_->refresh());
    EXPECT_OK(select_any(*log_, one_));
    ASSERT_EQ(log_->pending(one_)->size(), 1U);
    EXPECT_EQ(log_->pending(one_)->front().start, 10);
    EXPECT_EQ(log_->generation(one_), generation);
}

TEST_F(DeleteLogTest, ARequestThatIsPutBackHidesItsLinesAgain) {
    const QuietStderr quiet;
    const std::string id = add(one_);
    const std::string bytes((files_.read_all(path_of(id)))->view());
    damage_both(id);
    open();
    EXPECT_FALSE(select_any(*log_, one_));
    files_.put(path_of(id), bytes);
    open();
    EXPECT_OK(select_any(*log_, one_));
    EXPECT_EQ(log_->pending(one_)->size(), 1U);
}

TEST_F(DeleteLogTest, AFileThatIsOfNoTenantHarmsNobody) {
    const QuietStderr quiet;
    add(one_);
    files_.put("objects/deletes/notes.del", "not a request");
    open();
    EXPECT_OK(select_any(*log_, one_));
    EXPECT_EQ(log_->pending(one_)->size(), 1U);
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
    ASSERT_OK(log_->tidy());
    EXPECT_EQ(log_->list(one_).size(), 2U);
    clock_.advance(std::chrono::hours(24 * 31));
    ASSERT_OK(log_->tidy());
    ASSERT_EQ(log_->list(one_).size(), 1U);
    EXPECT_EQ(log_->list(one_).front().request.id, pending);
    EXPECT_EQ(objects_->list("deletes/")->size(), 1U);
}

TEST_F(DeleteLogTest, WhatAnotherProcessChangesIsLearned) {
    const Result<std::unique_ptr<DeleteLog>> made = make_log();
    ASSERT_OK(made);
    DeleteLog* const other = made->get();
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

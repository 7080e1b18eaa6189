// SPDX-License-Identifier: Apache-2.0
//
// Goal: whatever call the disk refuses, and whenever the power goes, while requests are added,
// cancelled, processed and forgotten: each is wholly there or not, and what was acknowledged is so.
// Method: each call that changes the disk fails once, or is the last before a crash.
#include "delete_log_harness.h"
#include "support/quiet_stderr.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>

namespace skald::storage {
namespace {

using State = DeleteRequest::State;
using Operation = FaultyFileSystem::Operation;

const Error kRefused{ErrorCode::kIo, "simulated"};

class DeleteLogFaultsTest : public DeleteLogTest {
protected:
    /// What the calls of `work` answered.
    struct Answers {
        Result<std::string> added = std::string();
        Result<void> cancelled;
        Result<void> processed;
        Result<void> forgotten;
    };

    void begin() {
        files_.restart(FaultyFileSystem::Loss::kProcess);
        open();
        for (const TenantId& tenant : {one_, two_}) {
            for (const DeleteStatus& each : log_->list(tenant))
                ASSERT_OK(objects_->remove(each.request.object_key()));
        }
        open();
        old_ = add(two_);
        ASSERT_OK(log_->mark_processed(two_, old_));
        clock_.advance(std::chrono::hours(24 * 31));
        kept_ = add(one_);
        to_process_ = add(one_);
        to_cancel_ = add(two_);
    }
    Answers work() {
        Answers answers;
        answers.added = log_->add(one_, "{", 10, 20);
        answers.cancelled = log_->cancel(two_, to_cancel_, false);
        answers.processed = log_->mark_processed(one_, to_process_);
        answers.forgotten = log_->tidy();
        return answers;
    }
    std::optional<State> state_of(const TenantId& tenant, const std::string& id) const {
        for (const DeleteStatus& each : log_->list(tenant)) {
            if (each.request.id == id) return each.request.state;
        }
        return std::nullopt;
    }
    bool hides(const TenantId& tenant, const std::string& id) const {
        const auto pending = log_->pending(tenant);
        return std::ranges::count(*pending, id, &PendingDelete::id) > 0;
    }
    void expect_what_was_acknowledged(const Answers& answers) {
        EXPECT_EQ(metrics_.exposition().find("skald_damaged_delete_requests_total 1"),
                  std::string::npos);
        EXPECT_TRUE(hides(one_, kept_));
        EXPECT_TRUE(state_of(one_, to_process_));
        if (answers.added) EXPECT_TRUE(hides(one_, *answers.added));
        if (answers.cancelled) EXPECT_FALSE(state_of(two_, to_cancel_));
        if (answers.processed) EXPECT_EQ(state_of(one_, to_process_), State::kProcessed);
        if (answers.forgotten) EXPECT_FALSE(state_of(two_, old_));
    }
    /// What holds as long as the process could put things right.
    void expect_what_was_refused(const Answers& answers) {
        const std::size_t known = answers.added ? 3 : 2;
        EXPECT_EQ(log_->list(one_).size(), known) << "a request whose id nobody was told";
        if (!answers.cancelled) EXPECT_TRUE(hides(two_, to_cancel_));
    }

    /// How many were counted as damaged.
    double damaged() const {
        const std::string name = "\nskald_damaged_delete_requests_total ";
        const std::string text = metrics_.exposition();
        return std::stod(text.substr(text.find(name) + name.size()));
    }

    QuietStderr quiet_;
    std::string old_;
    std::string kept_;
    std::string to_process_;
    std::string to_cancel_;
};

TEST_F(DeleteLogFaultsTest, AnyCallMayFailOnce) {
    begin();
    const std::uint64_t before = files_.operations();
    static_cast<void>(work());
    const std::uint64_t changes = files_.operations() - before;
    ASSERT_GT(changes, 12U);
    std::uint64_t refused = 0;
    for (std::uint64_t at = 0; at < changes; ++at) {
        SCOPED_TRACE("change " + std::to_string(at));
        begin();
        if (HasFatalFailure()) return;
        files_.fail_change(at,
                           {at % 2 == 0 ? ErrorCode::kUnavailable : ErrorCode::kIo, "simulated"});
        const Answers answers = work();
        refused +=
            answers.added && answers.cancelled && answers.processed && answers.forgotten ? 0 : 1;
        expect_what_was_acknowledged(answers);
        expect_what_was_refused(answers);
        if (!answers.processed) EXPECT_TRUE(hides(one_, to_process_));
        files_.restart(at % 3 == 0 ? FaultyFileSystem::Loss::kProcess
                                   : FaultyFileSystem::Loss::kPower);
        open();
        expect_what_was_acknowledged(answers);
        expect_what_was_refused(answers);
        // Again, without a fault.
        ASSERT_OK(log_->mark_processed(one_, to_process_));
        ASSERT_OK(log_->tidy());
        EXPECT_FALSE(state_of(two_, old_));
        if (HasFailure()) return;
    }
    EXPECT_GT(refused, changes / 2);
}

TEST_F(DeleteLogFaultsTest, AnyCallMayBeTheLastBeforeACrash) {
    bool crashed = true;
    for (std::uint64_t at = 0; crashed; ++at) {
        for (std::uint64_t seed = 0; seed < 3; ++seed) {
            SCOPED_TRACE("crash at " + std::to_string(at) + ", seed " + std::to_string(seed));
            begin();
            if (HasFatalFailure()) return;
            files_.crash_after(at);
            const Answers answers = work();
            crashed = files_.crashed();
            files_.restart(seed == 0 ? FaultyFileSystem::Loss::kProcess
                                     : FaultyFileSystem::Loss::kPower);
            open();
            expect_what_was_acknowledged(answers);
            if (HasFailure()) return;
        }
    }
}

/// The object is gone, and the disk takes no new one at once either.
TEST_F(DeleteLogFaultsTest, WhatAFailedCancellationRemovedIsStoredAgain) {
    begin();
    files_.fail_next(Operation::kSyncDirectory, kRefused);
    files_.fail_next(Operation::kCreate, kRefused, 2);
    ASSERT_FALSE(log_->cancel(two_, to_cancel_, false));
    EXPECT_TRUE(hides(two_, to_cancel_));
    const std::string unsaved = "\nskald_unsaved_delete_requests ";
    EXPECT_NE(metrics_.exposition().find(unsaved + "1\n"), std::string::npos);
    EXPECT_FALSE(log_->tidy());
    EXPECT_OK(log_->tidy());
    EXPECT_NE(metrics_.exposition().find(unsaved + "0\n"), std::string::npos);
    files_.restart();
    open();
    EXPECT_TRUE(hides(two_, to_cancel_));
}

/// A request with a damaged copy is written anew at a start.
TEST_F(DeleteLogFaultsTest, AnyCallOfAStartThatMendsMayFailOrBeTheLast) {
    const auto prepare = [&] {
        begin();
        files_.damage(path_of(kept_), 20, 1);
    };
    prepare();
    const std::uint64_t before = files_.operations();
    open();
    const std::uint64_t changes = files_.operations() - before;
    ASSERT_GT(changes, 3U);
    for (std::uint64_t at = 0; at < 2 * changes; ++at) {
        SCOPED_TRACE("change " + std::to_string(at));
        prepare();
        if (at % 2 == 0)
            files_.fail_change(at / 2, {ErrorCode::kIo, "simulated"});
        else
            files_.crash_after(at / 2);
        static_cast<void>(try_open());
        files_.restart();
        open();
        EXPECT_TRUE(hides(one_, kept_));
        EXPECT_TRUE(hides(two_, to_cancel_));
        if (HasFailure()) return;
    }
}

/// Of the first request, which is of tenant `one`: its whole, the second copy, the first.
TEST_F(DeleteLogFaultsTest, OneCopyThatTheDiskGivesIsEnough) {
    const std::string id = add(one_);
    for (const std::uint64_t reads : {1U, 2U}) {
        SCOPED_TRACE(reads);
        files_.fail_next(Operation::kRead, kRefused, reads);
        open();
        EXPECT_EQ(log_->pending(one_)->front().start, 10);
        EXPECT_OK(select_any(*log_, one_));
        // It is written anew, away from where the disk is bad.
        const std::uint64_t before = files_.operations();
        files_.fail_next(Operation::kRead, kRefused, reads);
        ASSERT_OK(log_->refresh());
        EXPECT_EQ(files_.operations() > before, reads == 2);
        EXPECT_TRUE(decode_delete_request(files_.read_all(path_of(id))->view())->is_whole);
    }
    EXPECT_EQ(damaged(), 0);
    EXPECT_FALSE(log_->wants_refresh());
}

TEST_F(DeleteLogFaultsTest, ARequestThatTheDiskDoesNotGiveFailsItsTenantUntilItDoes) {
    const std::string id = add(one_);
    add(two_);
    for (const auto& [operation, times] :
         {std::pair(Operation::kRead, 3), std::pair(Operation::kOpenRead, 1)}) {
        files_.fail_next(operation, kRefused, static_cast<std::uint64_t>(times));
        open();
        const Result<void> refused = select_any(*log_, one_);
        ASSERT_FALSE(refused);
        EXPECT_NE(refused.error().code, ErrorCode::kCorruption);
        EXPECT_NE(refused.error().message.find(id), std::string::npos);
        EXPECT_NE(refused.error().message.find("simulated"), std::string::npos);
        EXPECT_OK(select_any(*log_, two_));
        EXPECT_TRUE(log_->due().empty());
        EXPECT_TRUE(log_->wants_refresh());
        const double told = damaged();
        const std::uint64_t generation = log_->generation(one_);
        files_.fail_next(operation, kRefused, static_cast<std::uint64_t>(times));
        ASSERT_OK(log_->refresh());
        EXPECT_EQ(damaged(), told);
        EXPECT_EQ(log_->generation(one_), generation);
        EXPECT_TRUE(log_->wants_refresh());
        ASSERT_OK(log_->refresh());
        EXPECT_FALSE(log_->wants_refresh());
        EXPECT_OK(select_any(*log_, one_));
        EXPECT_EQ(log_->pending(one_)->front().start, 10);
        EXPECT_GT(log_->generation(one_), generation);
    }
}

TEST_F(DeleteLogFaultsTest, WhatIsKnownStaysWhileTheDiskDoesNotGiveIt) {
    add(one_);
    const std::uint64_t generation = log_->generation(one_);
    files_.fail_next(Operation::kRead, kRefused, 3);
    ASSERT_OK(log_->refresh());
    EXPECT_EQ(damaged(), 1);
    EXPECT_OK(select_any(*log_, one_));
    EXPECT_EQ(log_->pending(one_)->front().start, 10);
    EXPECT_EQ(log_->generation(one_), generation);
    EXPECT_FALSE(log_->wants_refresh());
}

TEST_F(DeleteLogFaultsTest, AnUnreadableListRefusesTheStart) {
    add(one_);
    files_.fail_next(Operation::kList, kRefused, 1, 1);  // After that of left-over files.
    EXPECT_FALSE(try_open());
    EXPECT_TRUE(try_open());
    files_.fail_next(Operation::kList, kRefused);
    EXPECT_FALSE(log_->refresh());
    EXPECT_OK(select_any(*log_, one_));
}

}  // namespace
}  // namespace skald::storage

// SPDX-License-Identifier: Apache-2.0
//
// Goal: log queries return the right rows in the right order and read no more than they need.
// Method: a querier over hand-made runs, with blocks that count how often a column is read.
#include "row_watch.h"
#include "support/querier_fixture.h"
#include "support/result_assertions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace skald::read {
namespace {

using support::MemoryBlock;
using support::MemoryRow;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class LogQueries : public support::QuerierFixture {
protected:
    /// `count` rows, one a second from `from`, with lines "<prefix><second>".
    static std::vector<MemoryRow> every_second(double from, int count, const std::string& prefix) {
        std::vector<MemoryRow> rows;
        for (int i = 0; i < count; ++i) {
            const int second = static_cast<int>(from) + i;
            rows.push_back({at(second), prefix + std::to_string(second), "info", {}});
        }
        return rows;
    }

    const StreamPtr web_ = stream({{"app", "web"}});
    const StreamPtr api_ = stream({{"app", "api"}});
};

TEST_F(LogQueries, IncludeTheStartAndNotTheEnd) {
    store_run(web_, every_second(0, 5, "line "));

    const auto response = run(log_request(R"({app="web"})", 1, 3));

    ASSERT_OK(response);
    EXPECT_THAT(lines(*response), ElementsAre("line 2", "line 1"));
}

TEST_F(LogQueries, OfAnEmptyRangeReturnNothing) {
    store_run(web_, every_second(0, 5, "line "));

    const auto response = run(log_request(R"({app="web"})", 2, 2));

    ASSERT_OK(response);
    EXPECT_THAT(lines(*response), IsEmpty());
}

TEST_F(LogQueries, KeepTheOrderOfArrivalAtEqualTimes) {
    store_run(web_, {{at(1), "second", "", {}}}, 2);
    memory_run(web_, {{at(1), "third", "", {}}, {at(1), "fourth", "", {}}}, 3);
    store_run(web_, {{at(1), "first", "", {}}}, 1);
    QueryRequest request = log_request(R"({app="web"})", 0, 9);

    request.direction = Direction::kForward;
    const auto forward = run(request);
    request.direction = Direction::kBackward;
    const auto backward = run(request);

    ASSERT_OK(forward);
    ASSERT_OK(backward);
    EXPECT_THAT(lines(*forward), ElementsAre("first", "second", "third", "fourth"));
    EXPECT_THAT(lines(*backward), ElementsAre("fourth", "third", "second", "first"));
}

TEST_F(LogQueries, ReturnARowOnceThatSeveralRunsHold) {
    const MemoryRow row{at(1), "again", "info", {{"trace", "t"}}};
    const MemoryRow other_trace{at(1), "again", "info", {{"trace", "u"}}};
    const MemoryRow other_level{at(1), "again", "warn", {{"trace", "t"}}};
    store_run(web_, {row}, 1);
    store_run(web_, {row, other_trace}, 2);
    memory_run(web_, {row, other_level}, 3);

    const auto response = run(log_request(R"({app="web"})", 0, 9));

    ASSERT_OK(response);
    EXPECT_EQ(lines(*response).size(), 3U);
    EXPECT_EQ(response->stats.duplicates, 2U);
}

TEST_F(LogQueries, ReadOnlyTheBlocksOfTheNewestRows) {
    const auto old_block = store_run(web_, every_second(0, 100, "line "));
    const auto new_block = store_run(web_, every_second(100, 100, "line "));
    QueryRequest request = log_request(R"({app="web"})", 0, 1000);
    request.limit = 10;

    const auto response = run(request);

    ASSERT_OK(response);
    EXPECT_EQ(lines(*response).size(), 10U);
    EXPECT_EQ(lines(*response).front(), "line 199");
    EXPECT_EQ(new_block->line_reads, 1);
    EXPECT_EQ(old_block->line_reads, 0);
}

TEST_F(LogQueries, StopSearchingLinesOnceTheLimitIsReached) {
    std::vector<std::shared_ptr<MemoryBlock>> blocks;
    for (int i = 0; i < 20; ++i) {
        blocks.push_back(store_run(web_, every_second(i * 100, 100, "needle ")));
    }
    QueryRequest request = log_request(R"({app="web"} |= "needle")", 0, 5000);
    request.limit = 150;

    const auto response = run(request);

    ASSERT_OK(response);
    EXPECT_EQ(lines(*response).size(), 150U);
    const auto read = std::count_if(blocks.begin(), blocks.end(),
                                    [](const auto& block) { return block->line_reads > 0; });
    // Two are needed; each of the two workers may have begun one more.
    EXPECT_LE(read, 4);
}

TEST_F(LogQueries, TakeTheNewestRowsOfAllStreams) {
    store_run(web_, {{at(1), "web 1", "", {}}, {at(4), "web 4", "", {}}});
    store_run(api_, {{at(2), "api 2", "", {}}, {at(3), "api 3", "", {}}});
    QueryRequest request = log_request(R"({app=~".+"})", 0, 9);
    request.limit = 3;

    const auto response = run(request);

    ASSERT_OK(response);
    EXPECT_THAT(lines(*response), ElementsAre("api 3", "api 2", "web 4"));
}

TEST_F(LogQueries, FilterByMetadataWithoutReadingTheLinesOfOtherBlocks) {
    const auto other = store_run(web_, {{at(1), "a", "info", {{"trace", "x"}}}});
    store_run(web_, {{at(2), "b", "error", {{"trace", "y"}}}, {at(3), "c", "error", {}}});

    const auto response =
        run(log_request(R"({app="web"} | trace="y" | detected_level="error")", 0, 9));

    ASSERT_OK(response);
    EXPECT_THAT(lines(*response), ElementsAre("b"));
    EXPECT_EQ(other->line_reads, 0);
    const auto& rows = std::get<StreamsResult>(response->data).streams.front().rows;
    EXPECT_EQ(rows.front().metadata.to_string(), R"({detected_level="error", trace="y"})");
    EXPECT_TRUE(rows.front().parsed.empty());
}

TEST_F(LogQueries, RenameMetadataThatAStreamLabelHides) {
    store_run(web_, {{at(1), "a", "", {{"app", "other"}}}});

    const auto response = run(log_request(R"({app="web"} | app_extracted="other")", 0, 9));

    ASSERT_OK(response);
    ASSERT_EQ(lines(*response).size(), 1U);
    const LogStream& found = std::get<StreamsResult>(response->data).streams.front();
    EXPECT_EQ(found.labels.to_string(), R"({app="web"})");
    EXPECT_EQ(found.rows.front().metadata.to_string(), R"({app_extracted="other"})");
}

TEST_F(LogQueries, DropAndKeepLabels) {
    store_run(stream({{"app", "web"}, {"env", "dev"}}),
              {{at(1), "a", "info", {{"trace", "x"}, {"user", "u"}}}});

    const auto dropped = run(log_request(R"({app="web"} | drop env, trace, nothing)", 0, 9));
    const auto kept = run(log_request(R"({app="web"} | keep env, user)", 0, 9));

    ASSERT_OK(dropped);
    ASSERT_OK(kept);
    const LogStream& without = std::get<StreamsResult>(dropped->data).streams.front();
    EXPECT_EQ(without.labels.to_string(), R"({app="web"})");
    EXPECT_EQ(without.rows.front().metadata.to_string(), R"({detected_level="info", user="u"})");
    const LogStream& with = std::get<StreamsResult>(kept->data).streams.front();
    EXPECT_EQ(with.labels.to_string(), R"({env="dev"})");
    EXPECT_EQ(with.rows.front().metadata.to_string(), R"({user="u"})");
}

TEST_F(LogQueries, MarkRowsWhoseValueIsNoNumber) {
    store_run(web_, {{at(1), "a", "", {{"size", "many"}}}, {at(2), "b", "", {{"size", "7"}}}});

    const auto response = run(log_request(R"({app="web"} | size > 5)", 0, 9));

    ASSERT_OK(response);
    EXPECT_THAT(lines(*response), ElementsAre("b", "a"));
    const auto& rows = std::get<StreamsResult>(response->data).streams.front().rows;
    EXPECT_EQ(rows[1].parsed.value_or_empty("__error__"), "LabelFilterErr");
    EXPECT_TRUE(rows[0].parsed.empty());
}

TEST_F(LogQueries, ThinOutByInterval) {
    store_run(web_, every_second(0, 5000, ""));
    QueryRequest request = log_request(R"({app="web"})", 0, 5000);
    request.interval = 1500 * 1'000'000'000LL;

    const auto backward = run(request);
    request.direction = Direction::kForward;
    const auto forward = run(request);
    request.limit = 2;
    const auto limited = run(request);

    ASSERT_OK(backward);
    ASSERT_OK(forward);
    ASSERT_OK(limited);
    EXPECT_THAT(lines(*backward), ElementsAre("4999", "3499", "1999", "499"));
    EXPECT_THAT(lines(*forward), ElementsAre("0", "1500", "3000", "4500"));
    EXPECT_THAT(lines(*limited), ElementsAre("0", "1500"));
}

TEST_F(LogQueries, SkipADamagedBlockAndSaySo) {
    store_run(web_, {{at(1), "good", "", {}}});
    store_run(web_, {{at(2), "bad", "", {}}})->damage =
        Error{ErrorCode::kCorruption, "block 7 of x"};

    const auto response = run(log_request(R"({app="web"})", 0, 9));

    ASSERT_OK(response);
    EXPECT_THAT(lines(*response), ElementsAre("good"));
    EXPECT_THAT(response->warnings, ElementsAre(HasSubstr("block 7 of x")));
}

TEST_F(LogQueries, FailIfNothingCouldBeRead) {
    store_run(web_, {{at(2), "bad", "", {}}})->damage =
        Error{ErrorCode::kCorruption, "block 7 of x"};

    const auto response = run(log_request(R"({app="web"})", 0, 9));

    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::kCorruption);
}

TEST_F(LogQueries, FailIfNoLineOfTheRowsFoundCouldBeRead) {
    const auto block = store_run(web_, {{at(2), "bad", "", {}}});
    block->line_damage = Error{ErrorCode::kCorruption, "block 7 of x"};

    const auto alone = run(log_request(R"({app="web"})", 0, 9));
    store_run(web_, {{at(1), "good", "", {}}}, 2);
    const auto beside = run(log_request(R"({app="web"})", 0, 9));

    ASSERT_FALSE(alone);
    EXPECT_EQ(alone.error().code, ErrorCode::kCorruption);
    ASSERT_OK(beside);
    EXPECT_THAT(lines(*beside), ElementsAre("good"));
    EXPECT_EQ(beside->warnings.size(), 1U);
}

TEST_F(LogQueries, FailOnOtherErrorsOfABlock) {
    store_run(web_, {{at(1), "good", "", {}}});
    store_run(web_, {{at(2), "bad", "", {}}})->damage = Error{ErrorCode::kIo, "disk"};

    const auto response = run(log_request(R"({app="web"})", 0, 9));

    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::kIo);
}

TEST_F(LogQueries, StopWhenCancelled) {
    store_run(web_, every_second(0, 10, ""));
    const CancelToken cancel;
    cancel.cancel(CancelReason::kClientGone);

    const auto response = run(log_request(R"({app="web"})", 0, 9), cancel);

    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::kCancelled);
}

/// A block that does something when its times are read.
class HookedBlock final : public storage::Block {
public:
    HookedBlock(std::shared_ptr<const storage::Block> inner, std::function<void()> hook)
        : inner_(std::move(inner)), hook_(std::move(hook)) {}
    const storage::BlockSummary& summary() const override { return inner_->summary(); }
    Result<storage::TimeColumn> times() const override {
        hook_();
        return inner_->times();
    }
    Result<storage::OffsetColumn> offsets() const override { return inner_->offsets(); }
    Result<storage::LineColumn> lines() const override { return inner_->lines(); }
    Result<std::shared_ptr<const storage::MetadataColumn>> levels() const override {
        return inner_->levels();
    }
    Result<std::shared_ptr<const storage::MetadataColumns>> metadata() const override {
        return inner_->metadata();
    }
    std::uint64_t stored_bytes() const override { return 0; }

private:
    std::shared_ptr<const storage::Block> inner_;
    std::function<void()> hook_;
};

TEST_F(LogQueries, LookAtTheTokenForEachBlock) {
    const CancelToken cancel;
    std::atomic<int> reads{0};
    for (int i = 0; i < 50; ++i) {
        const auto inner = std::make_shared<MemoryBlock>(every_second(i * 10, 10, ""));
        const auto hooked = std::make_shared<HookedBlock>(inner, [&] {
            ++reads;
            cancel.cancel(CancelReason::kClientGone);
        });
        store_.list.runs.push_back({support::run_of(hooked, web_, 1, 0), {"store", 1}});
    }
    QueryRequest request = log_request(R"({app="web"})", 0, 1000);
    request.limit = 5000;

    const auto response = run(request, cancel);

    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::kCancelled);
    EXPECT_LE(reads, 2);
}

TEST_F(LogQueries, StopAtTheQueryTimeout) {
    limits_.query_timeout = 1'000'000'000;
    for (int i = 0; i < 50; ++i) {
        const auto inner = std::make_shared<MemoryBlock>(every_second(i * 10, 10, ""));
        const auto hooked = std::make_shared<HookedBlock>(
            inner, [&] { clock_.advance(std::chrono::milliseconds(300)); });
        store_.list.runs.push_back({support::run_of(hooked, web_, 1, 0), {"store", 1}});
    }
    QueryRequest request = log_request(R"({app="web"})", 0, 1000);
    request.limit = 5000;

    const CancelToken cancel;
    const auto response = run(request, cancel);

    ASSERT_FALSE(response);
    EXPECT_FALSE(cancel.cancelled()) << "others of whoever asked go on";
    EXPECT_EQ(response.error().code, ErrorCode::kDeadlineExceeded);
    EXPECT_THAT(response.error().message, HasSubstr("request timed out, decrease the duration"));
}

TEST_F(LogQueries, EndIfTheirStagesMakeTooMuchOfOneLine) {
    store_run(web_, {{at(0), "x", "", {}}});
    std::string query = R"({app="web"} | line_format `{{repeat 1000000 "x"}}`)";
    const auto copies = [&](int count) {
        std::string text = query;
        for (int i = 0; i < count; ++i) {
            text += " | label_format l" + std::to_string(i) + "=`{{__line__}}`";
        }
        return run(log_request(text, 0, 9));
    };

    EXPECT_TRUE(copies(10));
    const auto refused = copies(20);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kLimitExceeded);
    EXPECT_THAT(refused.error().message, HasSubstr("more than 16MB of one line"));
}

TEST_F(LogQueries, LookForTheirEndOftenWhereRowsAreLarge) {
    const CancelToken cancel;
    const QueryContext context(log_request("{}", 0, 1), cancel, clock_);
    RowWatch watch(context);
    cancel.cancel(CancelReason::kClientGone);
    int rows = 1;
    while (watch.goes_on(0)) ++rows;
    EXPECT_EQ(rows, 256);
    EXPECT_FALSE(watch.goes_on(1 << 20));
}

TEST_F(LogQueries, CountEachByteOfARunThatTheyReadWhole) {
    store_run(web_, {{at(0), "1", "", {}}, {at(1), "22", "", {}}, {at(2), "4444", "", {}}});

    const auto response = run(log_request(R"({app="web"} |= "4")", 0, 100));

    ASSERT_OK(response);
    EXPECT_EQ(response->stats.bytes_processed, 7U);
}

TEST_F(LogQueries, CountWhatTheyCost) {
    store_run(web_, every_second(0, 10, "x"));
    memory_run(web_, every_second(20, 10, "x"));

    const auto response = run(log_request(R"({app="web"} |= "5")", 0, 100));

    ASSERT_OK(response);
    EXPECT_EQ(response->stats.lines_processed, 20U);
    EXPECT_EQ(response->stats.memory_lines, 10U);
    EXPECT_EQ(response->stats.post_filter_lines, 2U);
    EXPECT_EQ(response->stats.entries_returned, 2U);
    EXPECT_EQ(response->stats.blocks_read, 2U);
    EXPECT_EQ(response->stats.bytes_processed, 50U);
    EXPECT_EQ(response->stats.streams_matched, 1U);
    EXPECT_THAT(metrics_.exposition(), HasSubstr("loki_logql_querystats_latency_seconds"));
}

}  // namespace
}  // namespace skald::read

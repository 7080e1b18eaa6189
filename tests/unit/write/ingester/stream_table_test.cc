// SPDX-License-Identifier: Apache-2.0
#include "stream_table.h"

#include "ingester_harness.h"

#include <skald/foundation/telemetry/discarded.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace skald::write {
namespace {

using cluster::StreamBatch;

const TenantId kTenant = *TenantId::parse("ta");

class TenantStreamsTest : public ::testing::Test {
protected:
    TenantStreamsTest() { limits.per_stream_rate_limit = 0; }

    CheckOutcome check(StreamBatch& batch) {
        const ShardOrder order(batch);
        return streams().check(batch, order, limits, now);
    }
    /// As `check`, and the accepted rows become durable.
    CheckOutcome accept(StreamBatch batch) {
        const ShardOrder order(batch);
        CheckOutcome outcome = streams().check(batch, order, limits, now);
        streams().applied(batch, order, outcome.last, 1, now);
        return outcome;
    }
    std::string refusal(const CheckOutcome& outcome) const {
        return outcome.refused ? outcome.refused->error(kTenant, limits).message : "";
    }
    ErrorCode code(const CheckOutcome& outcome) const {
        return outcome.refused->error(kTenant, limits).code;
    }
    TenantStreams& streams() { return table.of(kTenant); }

    MetricsRegistry metrics;
    StreamTable table{{kNanosPerHour, 2}, metrics};
    Limits limits;
    std::int64_t now = kNanosPerHour;
};

TEST_F(TenantStreamsTest, RefusesWhatIsTooFarBehindInLokisWords) {
    const CheckOutcome outcome = accept(BatchBuilder(kTenant)
                                            .stream({{"app", "x"}})
                                            .entry(1'795'283'505'255'808'817, "newest")
                                            .entry(1'795'279'900'255'808'817, "old")
                                            .take());

    EXPECT_EQ(outcome.rows, 1U);
    EXPECT_EQ(code(outcome), ErrorCode::kInvalidArgument);
    EXPECT_EQ(
        refusal(outcome),
        "entry with timestamp 2026-11-21 16:51:40.255808817 +0000 UTC ignored, reason: "
        "'entry too far "
        "behind, entry timestamp is: 2026-11-21T16:51:40Z, oldest acceptable timestamp is: "
        "2026-11-21T16:51:45Z',\n"
        "user 'ta', total ignored: 1 out of 2 for stream: {app=\"x\"} (ingester.max_chunk_age)");
}

TEST_F(TenantStreamsTest, AcceptsTheEdgeOfTheWindow) {
    const CheckOutcome outcome = accept(BatchBuilder(kTenant)
                                            .stream({{"app", "x"}})
                                            .entry(kNoon, "newest")
                                            .entry(kNoon - kNanosPerHour, "edge")
                                            .entry(kNoon - kNanosPerHour - 1, "beyond")
                                            .take());

    EXPECT_EQ(outcome.rows, 2U);
    EXPECT_EQ(outcome.refused->refused, 1U);
}

TEST_F(TenantStreamsTest, RefusesAnyOlderEntryIfOrderIsAskedFor) {
    limits.unordered_writes = false;
    const CheckOutcome outcome = accept(BatchBuilder(kTenant)
                                            .stream({{"app", "x"}})
                                            .entry(kNoon, "a")
                                            .entry(kNoon, "b")
                                            .entry(kNoon - 1, "c")
                                            .take());

    EXPECT_EQ(outcome.rows, 2U);
    EXPECT_NE(refusal(outcome).find("reason: 'entry out of order',\n"), std::string::npos);
}

TEST_F(TenantStreamsTest, ListsOnlyTheFirstFewRefusals) {
    BatchBuilder builder(kTenant);
    builder.stream({{"app", "x"}}).entry(kNoon, "newest");
    for (int i = 0; i < 5; ++i) builder.entry(i, "old");

    const std::string text = refusal(accept(builder.take()));

    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
    EXPECT_NE(text.find("total ignored: 5 out of 6"), std::string::npos);
}

TEST_F(TenantStreamsTest, KeepsTheEntriesAroundARefusedOne) {
    StreamBatch batch = BatchBuilder(kTenant)
                            .stream({{"app", "x"}})
                            .entry(kNoon, "a")
                            .entry(0, "old")
                            .entry(kNoon + 1, "b")
                            .take();
    check(batch);

    ASSERT_EQ(batch.streams[0].entries_end - batch.streams[0].entries_begin, 2U);
    EXPECT_EQ(batch.entries[0].line, "a");
    EXPECT_EQ(batch.entries[1].line, "b");
}

TEST_F(TenantStreamsTest, RefusesANewStreamPastTheLimitButNotAnOldOne) {
    limits.max_streams_per_user = 2;
    limits.max_global_streams_per_user = 5;
    accept(one_stream("a", kNoon, {"1"}, kTenant));
    accept(one_stream("b", kNoon, {"1"}, kTenant));

    const CheckOutcome refused = accept(one_stream("c", kNoon, {"1"}, kTenant));
    const CheckOutcome old = accept(one_stream("a", kNoon + 1, {"2"}, kTenant));

    EXPECT_EQ(refused.rows, 0U);
    EXPECT_EQ(code(refused), ErrorCode::kLimitExceeded);
    EXPECT_EQ(
        refusal(refused),
        "maximum active stream limit exceeded when trying to create stream {app=\"c\"}, "
        "reduce the number "
        "of active streams (reduce labels or reduce label values), or contact your Loki "
        "administrator to "
        "see if the limit can be increased, user: 'ta' (limits_config.max_streams_per_user: 2; "
        "the label with the most values is 'app' with 2)");
    EXPECT_EQ(old.rows, 1U);
    EXPECT_EQ(streams().count(), 2U);
}

TEST_F(TenantStreamsTest, RefusesWhatIsAboveTheStreamsRate) {
    limits.per_stream_rate_limit = 3 * kMiB;
    limits.per_stream_rate_limit_burst = 10;
    const CheckOutcome outcome = accept(one_stream("x", kNoon, {"12345678", "123", "12"}, kTenant));

    EXPECT_EQ(outcome.rows, 2U);
    EXPECT_EQ(code(outcome), ErrorCode::kLimitExceeded);
    EXPECT_NE(refusal(outcome).find("reason: 'Per stream rate limit exceeded (limit: 3MB/sec) "
                                    "while attempting to ingest for stream "
                                    "'{app=\"x\"}' totaling 3B, consider splitting a stream via "
                                    "additional labels or contact your "
                                    "Loki administrator to see if the limit can be increased',\n"),
              std::string::npos)
        << refusal(outcome);
}

TEST_F(TenantStreamsTest, NamesTheKeysOfTheLimitsEachOnce) {
    limits.per_stream_rate_limit = 10;
    limits.per_stream_rate_limit_burst = 10;
    const auto refused = accept(BatchBuilder(kTenant)
                                    .stream({{"app", "x"}})
                                    .entry(kNoon, "1234567")
                                    .entry(kNoon + 1, "1234")
                                    .entry(kNoon + 2, "12345678901")
                                    .take());
    EXPECT_TRUE(
        refusal(refused).ends_with(" for stream: {app=\"x\"} (limits_config.per_stream_rate_"
                                   "limit, limits_config.per_stream_rate_limit_burst)"))
        << refusal(refused);

    limits.unordered_writes = false;
    const auto disorder = accept(one_stream("x", kNoon - 2, {"1", "2"}, kTenant));
    EXPECT_TRUE(refusal(disorder).ends_with(" {app=\"x\"} (limits_config.unordered_writes)"))
        << refusal(disorder);
}

TEST_F(TenantStreamsTest, CountsRefusedEntriesUnderTheirPolicy) {
    limits.unordered_writes = false;
    StreamBatch batch = BatchBuilder(kTenant)
                            .stream({{"app", "a"}})
                            .entry(kNoon, "new")
                            .entry(kNoon - 1, "old")
                            .stream({{"app", "b"}})
                            .entry(kNoon, "new")
                            .entry(kNoon - 1, "older")
                            .take();
    batch.streams[1].policy = std::make_shared<const std::string>("finance");
    accept(std::move(batch));

    const auto counted = [this](const std::string& policy) {
        const DiscardedLabels labels{"out_of_order", "ta", "0", policy, ""};
        return std::pair(discarded_lines(metrics, labels).value(),
                         discarded_bytes(metrics, labels).value());
    };
    EXPECT_EQ(counted(""), std::pair(1.0, 3.0));
    EXPECT_EQ(counted("finance"), std::pair(1.0, 5.0));
}

TEST_F(TenantStreamsTest, KeepsLabelsThatEntriesMayView) {
    accept(one_stream("x", kNoon, {"1"}, kTenant));
    StreamBatch batch = BatchBuilder(kTenant).stream({{"app", "x"}}).entry(kNoon + 1, "2").take();
    const std::weak_ptr<const Stream> watched = batch.streams[0].stream;

    check(batch);

    EXPECT_NE(batch.streams[0].stream, watched.lock());
    EXPECT_FALSE(watched.expired());
}

TEST_F(TenantStreamsTest, RefillsTheRateWithTime) {
    limits.per_stream_rate_limit = 10;
    limits.per_stream_rate_limit_burst = 10;
    accept(one_stream("x", kNoon, {"1234567890"}, kTenant));
    now += kNanosPerSecond / 2;

    const CheckOutcome outcome = accept(one_stream("x", kNoon + 10, {"123456", "12345"}, kTenant));

    EXPECT_EQ(outcome.rows, 1U);
}

TEST_F(TenantStreamsTest, DropsARepeatOfTheLastDurableEntry) {
    accept(one_stream("x", kNoon, {"again"}, kTenant));

    const CheckOutcome repeat = accept(one_stream("x", kNoon, {"again"}, kTenant));
    const CheckOutcome other_time = accept(one_stream("x", kNoon + 1, {"again"}, kTenant));
    const CheckOutcome other_line = accept(one_stream("x", kNoon + 1, {"other"}, kTenant));

    EXPECT_EQ(repeat.rows, 0U);
    EXPECT_FALSE(repeat.refused);
    EXPECT_EQ(other_time.rows, 1U);
    EXPECT_EQ(other_line.rows, 1U);
}

TEST_F(TenantStreamsTest, DoesNotDropARepeatOfAnEntryThatIsNotDurableYet) {
    StreamBatch waiting = one_stream("x", kNoon, {"again"}, kTenant);
    check(waiting);

    EXPECT_EQ(accept(one_stream("x", kNoon, {"again"}, kTenant)).rows, 1U);
}

TEST_F(TenantStreamsTest, DropsRepeatsInsideAPushUnlessMetadataDiffers) {
    const CheckOutcome outcome = accept(BatchBuilder(kTenant)
                                            .stream({{"app", "x"}})
                                            .entry(kNoon, "a", "info", {{"id", "1"}})
                                            .entry(kNoon, "a", "info", {{"id", "1"}})
                                            .entry(kNoon, "a", "info", {{"id", "2"}})
                                            .entry(kNoon, "a", "warn", {{"id", "2"}})
                                            .take());

    EXPECT_EQ(outcome.rows, 3U);
}

TEST_F(TenantStreamsTest, ReportsTheLastFailingStreamOfThePush) {
    BatchBuilder builder(kTenant);
    for (const char* app : {"a", "b", "c", "d", "e"}) {
        builder.stream({{"app", app}}).entry(kNoon, "new").entry(1, "old");
    }
    builder.stream({{"app", "fine"}}).entry(kNoon, "new");

    EXPECT_TRUE(refusal(accept(builder.take()))
                    .ends_with("for stream: {app=\"e\"} (ingester.max_chunk_age)"));
}

TEST_F(TenantStreamsTest, ForgetsStreamsThatAreIdleAndPublished) {
    accept(one_stream("old", kNoon, {"1"}, kTenant));
    now += kNanosPerHour;
    accept(one_stream("new", kNoon, {"1"}, kTenant));

    table.forget_idle(1, now);  // Both have rows in generation 1, which lives.
    EXPECT_EQ(table.count(), 2U);
    table.forget_idle(2, now);
    EXPECT_EQ(table.count(), 1U);
    table.forget_idle(2, now + 1);
    EXPECT_EQ(table.count(), 0U);
    EXPECT_NE(metrics.exposition().find("loki_ingester_memory_streams{tenant=\"ta\"} 0"),
              std::string::npos);
}

TEST_F(TenantStreamsTest, KnowsTheOrderOfReplayedEntries) {
    streams().restore(one_stream("x", kNoon, {"a", "b"}, kTenant), 1, now);

    EXPECT_EQ(accept(one_stream("x", kNoon + 1, {"b"}, kTenant)).rows, 0U);
    EXPECT_TRUE(accept(one_stream("x", kNoon - 2 * kNanosPerHour, {"old"}, kTenant)).refused);
}

TEST_F(TenantStreamsTest, CountsWhatItRefuses) {
    accept(BatchBuilder(kTenant).stream({{"app", "x"}}).entry(kNoon, "a").entry(0, "four").take());

    const std::string text = metrics.exposition();
    EXPECT_NE(text.find("loki_discarded_samples_total{"), std::string::npos);
    EXPECT_NE(text.find("reason=\"too_far_behind\""), std::string::npos);
}

TEST_F(TenantStreamsTest, CountsWhatActiveStreamsTakeAndGivesItBack) {
    const auto ledger = std::make_shared<MemoryLedger>();
    StreamTable counted{{kNanosPerHour, 2, ledger}, metrics};
    std::vector<StreamPtr> made;
    for (int i = 0; i < 1000; ++i) {
        StreamBatch batch = one_stream("s" + std::to_string(i), kNoon, {"x"}, kTenant);
        const ShardOrder order(batch);
        const CheckOutcome outcome = counted.of(kTenant).check(batch, order, limits, now);
        counted.of(kTenant).applied(batch, order, outcome.last, 1, now);
        made.push_back(batch.streams[0].stream);
    }
    EXPECT_GT(ledger->streams.load(), 1000 * 150);
    EXPECT_LT(ledger->streams.load(), 1000 * 300);
    for (const StreamPtr& stream : made) EXPECT_EQ(counted.find(kTenant, stream->id), stream);
    EXPECT_EQ(counted.find(*TenantId::parse("other"), made[0]->id), nullptr);

    counted.forget_idle(2, now + 1);

    EXPECT_EQ(ledger->streams.load(), 0);
    EXPECT_EQ(counted.find(kTenant, made[0]->id), nullptr);
}

TEST(MemoryLedger, StreamsTakeOfTheBudgetOfRowsUpToHalf) {
    MemoryLedger ledger;
    EXPECT_EQ(ledger.left_for_rows(1000), 1000U);
    ledger.streams = 300;
    EXPECT_EQ(ledger.left_for_rows(1000), 700U);
    ledger.streams = 900;
    EXPECT_EQ(ledger.left_for_rows(1000), 500U);
}

}  // namespace
}  // namespace skald::write

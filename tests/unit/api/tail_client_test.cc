// SPDX-License-Identifier: Apache-2.0
//
// Goal: what one tail sends, in which order, and what it does when its client is slow.
// Method: rows and frames by hand, on a clock that the test moves.
#include "tail_client.h"

#include "test_sink.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace skald::api {
namespace {

using namespace std::chrono_literals;
using Row = read::LiveQuery::Row;
using Kind = MessageSource::Kind;

class MovedClock final : public Clock {
public:
    TimePoint now() const override { return time; }
    std::int64_t wall_now() const override { return 0; }
    Task<> sleep_until(TimePoint) override { co_return; }

    TimePoint time{1h};
};

Row row(TimeNs time, const std::string& line) {
    return {Labels::from_pairs({{"app", "a"}}),
            {time, line, Labels::from_pairs({{"m", "1"}}), Labels::from_pairs({{"p", "2"}})}};
}

class TailClientTest : public ::testing::Test {
protected:
    std::shared_ptr<TailClient> make(TailClient::Options options = {}) {
        return std::make_shared<TailClient>(options, clock, [this] { ++ended; });
    }
    TailFrame::Ptr frame(const std::vector<Row>& rows, MemoryBudget* memory = nullptr) {
        return TailFrame::make(rows, {.keeps_rows = true, .made = clock.time, .memory = memory});
    }
    void push(TailClient& client, const std::vector<Row>& rows, MemoryBudget* memory = nullptr) {
        client.push(frame(rows, memory), rows);
    }
    /// The next message, or what else is to be done.
    static std::string next(TailClient& client) {
        const MessageSource::Next next = client.next();
        if (next.kind == Kind::kText) return std::string(next.frame->text());
        return next.kind == Kind::kWait ? "wait" : "close: " + next.reason;
    }

    MovedClock clock;
    int ended = 0;
};

TEST(TailJson, HasAStreamARow) {
    EXPECT_EQ(tail_json(std::vector<Row>{row(5, "x\"")}, TailShape::kPlain),
              R"({"streams":[{"stream":{"app":"a","m":"1","p":"2"},"values":[["5","x\""]]}]})");
    EXPECT_EQ(
        tail_json(std::vector<Row>{row(5, "x"), row(5, "y")}, TailShape::kCategorized),
        R"({"streams":[{"stream":{"app":"a"},"values":[["5","x",{"structuredMetadata":{"m":"1"},"parsed":{"p":"2"}}]]},)"
        R"({"stream":{"app":"a"},"values":[["5","y",{"structuredMetadata":{"m":"1"},"parsed":{"p":"2"}}]]}],)"
        R"("encodingFlags":["categorize-labels"]})");
    EXPECT_EQ(tail_json(std::vector<Row>{row(5, "x")}, TailShape::kLegacy),
              R"({"streams":[{"labels":"{app=\"a\", m=\"1\", p=\"2\"}","entries":)"
              R"([{"ts":"1970-01-01T00:00:00.000000005Z","line":"x"}]}],"dropped_entries":null})");
    EXPECT_EQ(tail_dropped_json({{7, Labels::from_pairs({{"app", "a"}})}}, TailShape::kPlain),
              R"({"streams":[],"dropped_entries":[{"timestamp":"7","labels":{"app":"a"}}]})");
    EXPECT_EQ(
        tail_dropped_json({{7, Labels::from_pairs({{"app", "a"}})}}, TailShape::kLegacy),
        R"({"streams":[],"dropped_entries":[{"Timestamp":"1970-01-01T00:00:00.000000007Z","Labels":"{app=\"a\"}"}]})");
}

TEST_F(TailClientTest, EndsWhenItsClientMayNotSeeItAnyMore) {
    const auto client = make();
    std::optional<std::string> why;
    int asked = 0;
    client->guard([&] {
        ++asked;
        return why;
    });
    push(*client, {row(1, "x")});
    push(*client, {row(2, "y")});
    EXPECT_NE(next(*client).find("\"x\""), std::string::npos);
    why = "revoked";
    EXPECT_NE(next(*client).find("\"y\""), std::string::npos);
    EXPECT_EQ(next(*client), "wait");
    EXPECT_EQ(asked, 1) << "once a second";
    push(*client, {row(3, "z")});
    clock.time += 1s;
    EXPECT_EQ(next(*client), "close: revoked");
    EXPECT_EQ(client->next().code, CloseCode::kPolicyViolation);
    why = std::nullopt;
    clock.time += 1s;
    EXPECT_EQ(next(*client), "close: revoked") << "that is the end";
    EXPECT_EQ(asked, 2);
}

TEST_F(TailClientTest, SendsNothingIfItsClientMayNotSeeItAnyMoreAtTheStart) {
    const auto client = make();
    client->set_history({row(1, "x")});
    client->guard([] { return std::optional<std::string>("revoked"); });
    EXPECT_EQ(next(*client), "close: revoked");
}

TEST_F(TailClientTest, SendsHistoryFirstAndLiveRowsOnce) {
    const auto client = make();
    push(*client, {row(1, "old"), row(2, "new")});
    push(*client, {row(1, "old"), row(3, "newer")});
    client->set_history({row(0, "oldest"), row(1, "old")});

    EXPECT_EQ(next(*client),
              tail_json(std::vector<Row>{row(0, "oldest"), row(1, "old")}, TailShape::kPlain));
    EXPECT_EQ(next(*client), tail_json(std::vector<Row>{row(2, "new")}, TailShape::kPlain));
    // The same row again is another one.
    EXPECT_EQ(next(*client),
              tail_json(std::vector<Row>{row(1, "old"), row(3, "newer")}, TailShape::kPlain));
    EXPECT_EQ(next(*client), "wait");
}

TEST_F(TailClientTest, AFrameOfNothingButHistoryIsNotSent) {
    const auto client = make();
    push(*client, {row(1, "old")});
    client->set_history({row(1, "old")});

    EXPECT_NE(next(*client), "wait");
    EXPECT_EQ(next(*client), "wait");
}

TEST_F(TailClientTest, LateFramesAreSentAsTheyAre) {
    const auto client = make();
    client->set_history({row(1, "old")});
    next(*client);
    clock.time += 1min;
    EXPECT_FALSE(client->wants_rows());
    const std::vector<Row> rows{row(1, "old")};
    const auto late = TailFrame::make(rows, {.made = clock.time});
    EXPECT_TRUE(late->rows().empty());
    client->push(late, rows);

    EXPECT_EQ(client->next().frame.get(), TailFrame::message_of(late).get());
}

TEST_F(TailClientTest, SendsHistoryInPieces) {
    const auto client = make();
    client->set_history(std::vector<Row>(2 * kTailMessageRows + 1, row(1, "x")));

    for (int i = 0; i < 3; ++i) EXPECT_EQ(client->next().kind, Kind::kText);
    EXPECT_EQ(next(*client), "wait");
}

TEST_F(TailClientTest, DelaysLiveRows) {
    const auto client = make({.delay = 3 * kNanosPerSecond});
    push(*client, {row(1, "x")});

    const MessageSource::Next first = client->next();
    EXPECT_EQ(first.kind, Kind::kWait);
    EXPECT_EQ(first.wait_until, clock.time + 3s);
    clock.time += 3s;
    EXPECT_EQ(client->next().kind, Kind::kText);
}

TEST_F(TailClientTest, ASlowClientIsToldWhatItMissed) {
    const auto client = make({.queued_rows_max = 3});
    push(*client, {row(1, "a"), row(2, "b")});
    push(*client, {row(3, "c"), row(4, "d")});
    push(*client, {row(5, "e")});
    client->push_dropped(std::vector<read::LiveQuery::Dropped>{{9, Labels()}});

    EXPECT_EQ(next(*client),
              R"({"streams":[],"dropped_entries":[{"timestamp":"3","labels":{"app":"a"}},)"
              R"({"timestamp":"4","labels":{"app":"a"}},{"timestamp":"9","labels":{}}]})");
    EXPECT_EQ(next(*client),
              tail_json(std::vector<Row>{row(1, "a"), row(2, "b")}, TailShape::kPlain));
    EXPECT_EQ(next(*client), tail_json(std::vector<Row>{row(5, "e")}, TailShape::kPlain));
    EXPECT_EQ(next(*client), "wait");
    push(*client, {row(6, "f"), row(7, "g"), row(8, "h")});
    EXPECT_NE(next(*client), "wait");
}

TEST_F(TailClientTest, RemembersOnlySoManyMissedRows) {
    const auto client = make({.queued_rows_max = 0});
    for (int i = 0; i < 30; ++i) push(*client, std::vector<Row>(100, row(1, "x")));
    client->push_dropped(std::vector<read::LiveQuery::Dropped>{{9, Labels()}});

    const std::string text = next(*client);

    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find("timestamp", at)) != std::string::npos; ++at) ++count;
    EXPECT_EQ(count, TailClient::kDroppedMax);
}

TEST_F(TailClientTest, ALongQueueIsBoundedInBytes) {
    const auto client = make({.queued_bytes_max = 5000});
    push(*client, {row(1, std::string(1000, 'a'))});
    push(*client, {row(2, std::string(4000, 'b'))});
    push(*client, {row(3, "c")});

    EXPECT_NE(next(*client).find(R"("dropped_entries":[{"timestamp":"2")"), std::string::npos);
    EXPECT_NE(next(*client).find("aaa"), std::string::npos);
    EXPECT_NE(next(*client).find("\"c\""), std::string::npos);
    EXPECT_EQ(next(*client), "wait");
    push(*client, {row(4, std::string(2000, 'd'))});
    EXPECT_NE(next(*client).find("ddd"), std::string::npos);
}

TEST_F(TailClientTest, LeavesRoomToOtherTails) {
    MemoryBudget memory(1000 * kKiB);
    const auto sleeping = make({.memory = &memory});
    for (int i = 0; i < 40; ++i) push(*sleeping, {row(i, std::string(50'000, 'a'))}, &memory);
    const auto awake = make({.memory = &memory});

    EXPECT_GT(memory.used(), 250 * kKiB);
    EXPECT_LT(memory.used(), 450 * kKiB);
    for (int i = 0; i < 40; ++i) {
        push(*awake, {row(i, std::string(50'000, 'b'))}, &memory);
        EXPECT_EQ(next(*awake).find("dropped"), std::string::npos);
    }
}

TEST_F(TailClientTest, GivesBackWhatItHeld) {
    MemoryBudget memory(kMiB);
    auto client = make({.memory = &memory});
    client->set_history(std::vector<Row>(300, row(1, std::string(10'000, 'h'))));
    for (int i = 0; i < 40; ++i) push(*client, {row(i, std::string(50'000, 'a'))}, &memory);
    EXPECT_GT(memory.used(), 200 * kKiB);

    // The message that a client takes slowly is held until it has it.
    auto first = client->next().frame;
    client.reset();
    EXPECT_GE(memory.used(), first->size());
    first = nullptr;
    EXPECT_EQ(memory.used(), 0U);
}

TEST_F(TailClientTest, SendsTheNewestHistoryThatFits) {
    MemoryBudget memory(kMiB);
    const auto client = make({.memory = &memory});
    std::vector<Row> rows;
    for (int i = 0; i < 100; ++i) rows.push_back(row(i, std::string(50'000, 'h')));

    client->set_history(rows);

    std::string all;
    for (std::string text = next(*client); text != "wait"; text = next(*client)) all += text;
    EXPECT_NE(all.find(R"("values":[["99",)"), std::string::npos);
    EXPECT_EQ(all.find(R"("values":[["0",)"), std::string::npos);
    EXPECT_NE(all.find(R"({"timestamp":"0",)"), std::string::npos);
    EXPECT_EQ(memory.used(), 0U);
}

TEST_F(TailClientTest, WithoutMemoryForAMessageItsRowsAreDropped) {
    MemoryBudget memory(1000);
    const auto client = make({.memory = &memory});
    const std::vector<Row> rows{row(7, std::string(2000, 'x'))};
    ASSERT_EQ(frame(rows, &memory), nullptr);
    push(*client, rows, &memory);

    EXPECT_EQ(next(*client),
              R"({"streams":[],"dropped_entries":[{"timestamp":"7","labels":{"app":"a"}}]})");
    EXPECT_EQ(memory.used(), 0U);
}

TEST(RowsOfMessage, AreBoundedByCountAndBytes) {
    const std::vector<Row> small(1000, row(1, "x"));
    const std::vector<Row> large(1000, row(1, std::string(100 * kKiB, 'x')));
    EXPECT_EQ(rows_of_message(small, 100), 100U);
    EXPECT_EQ(rows_of_message(small, 5000), 1000U);
    EXPECT_EQ(rows_of_message(large, 100), 3U);
    EXPECT_EQ(rows_of_message(std::vector<Row>{row(1, std::string(kMiB, 'x'))}, 100), 1U);
}

TEST_F(TailClientTest, EndsAfterItsTimeOrAFailure) {
    const auto client = make({.duration_max = kNanosPerHour});
    EXPECT_EQ(client->next().wait_until, clock.time + 1h);
    clock.time += 1h;
    EXPECT_EQ(next(*client), "close: reached tail max duration limit (querier.tail_max_duration)");

    auto failing = make();
    boost::asio::io_context loop;
    const auto sink = std::make_shared<TestSink>(loop.get_executor());
    failing->start(sink);
    failing->fail("oh");
    sink->wait();
    EXPECT_EQ(next(*failing), "close: oh");
    failing.reset();
    EXPECT_EQ(ended, 1);
}

}  // namespace
}  // namespace skald::api

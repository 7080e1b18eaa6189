// SPDX-License-Identifier: Apache-2.0
//
// Goal: what one tail sends, in which order, and what it does when its client is slow.
// Method: rows and frames by hand, on a clock that the test moves.
#include "tail_client.h"

#include <gtest/gtest.h>

#include <chrono>
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
    std::shared_ptr<const TailFrame> frame(std::vector<Row> rows) {
        auto made = std::make_shared<TailFrame>();
        made->rows = std::move(rows);
        made->message = WebSocketFrame::of_text(tail_json(made->rows, TailShape::kPlain));
        made->made = clock.time;
        return made;
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

TEST_F(TailClientTest, SendsHistoryFirstAndLiveRowsOnce) {
    const auto client = make();
    client->push(frame({row(1, "old"), row(2, "new")}));
    client->push(frame({row(1, "old"), row(3, "newer")}));
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
    client->push(frame({row(1, "old")}));
    client->set_history({row(1, "old")});

    EXPECT_NE(next(*client), "wait");
    EXPECT_EQ(next(*client), "wait");
}

TEST_F(TailClientTest, LateFramesAreSentAsTheyAre) {
    const auto client = make();
    client->set_history({row(1, "old")});
    next(*client);
    clock.time += 1min;
    const auto late = frame({row(1, "old")});
    client->push(late);

    EXPECT_EQ(client->next().frame, late->message);
}

TEST_F(TailClientTest, SendsHistoryInPieces) {
    const auto client = make();
    client->set_history(std::vector<Row>(2 * kTailMessageRows + 1, row(1, "x")));

    for (int i = 0; i < 3; ++i) EXPECT_EQ(client->next().kind, Kind::kText);
    EXPECT_EQ(next(*client), "wait");
}

TEST_F(TailClientTest, DelaysLiveRows) {
    const auto client = make({.delay = 3 * kNanosPerSecond});
    client->push(frame({row(1, "x")}));

    const MessageSource::Next first = client->next();
    EXPECT_EQ(first.kind, Kind::kWait);
    EXPECT_EQ(first.wait_until, clock.time + 3s);
    clock.time += 3s;
    EXPECT_EQ(client->next().kind, Kind::kText);
}

TEST_F(TailClientTest, ASlowClientIsToldWhatItMissed) {
    const auto client = make({.queued_rows_max = 3});
    client->push(frame({row(1, "a"), row(2, "b")}));
    client->push(frame({row(3, "c"), row(4, "d")}));
    client->push(frame({row(5, "e")}));
    client->push_dropped({{9, Labels()}});

    EXPECT_EQ(next(*client),
              R"({"streams":[],"dropped_entries":[{"timestamp":"3","labels":{"app":"a"}},)"
              R"({"timestamp":"4","labels":{"app":"a"}},{"timestamp":"9","labels":{}}]})");
    EXPECT_EQ(next(*client),
              tail_json(std::vector<Row>{row(1, "a"), row(2, "b")}, TailShape::kPlain));
    EXPECT_EQ(next(*client), tail_json(std::vector<Row>{row(5, "e")}, TailShape::kPlain));
    EXPECT_EQ(next(*client), "wait");
    client->push(frame({row(6, "f"), row(7, "g"), row(8, "h")}));
    EXPECT_NE(next(*client), "wait");
}

TEST_F(TailClientTest, RemembersOnlySoManyMissedRows) {
    const auto client = make({.queued_rows_max = 0});
    for (int i = 0; i < 30; ++i) client->push(frame(std::vector<Row>(100, row(1, "x"))));
    client->push_dropped({{9, Labels()}});

    const std::string text = next(*client);

    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find("timestamp", at)) != std::string::npos; ++at) ++count;
    EXPECT_EQ(count, TailClient::kDroppedMax);
}

TEST_F(TailClientTest, EndsAfterItsTimeOrAFailure) {
    const auto client = make({.duration_max = kNanosPerHour});
    EXPECT_EQ(client->next().wait_until, clock.time + 1h);
    clock.time += 1h;
    EXPECT_EQ(next(*client), "close: reached tail max duration limit");

    auto failing = make();
    failing->fail("oh");
    EXPECT_EQ(next(*failing), "close: oh");
    failing.reset();
    EXPECT_EQ(ended, 1);
}

}  // namespace
}  // namespace skald::api

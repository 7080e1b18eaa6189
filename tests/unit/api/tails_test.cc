// SPDX-License-Identifier: Apache-2.0
//
// Goal: tails of one query share its work; limits hold; nothing is left when they end.
// Method: real threads, rows fed by hand; waits are for what must happen, never for a time.
#include "support/fake_live_tail.h"
#include "support/result_assertions.h"
#include "tail_client.h"
#include "tail_json.h"
#include "test_sink.h"

#include <skald/api/tails.h>
#include <skald/foundation/runtime/io_threads.h>
#include <skald/read/logql/parser.h>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace skald::api {
namespace {

/// Reads a client as its connection would.
class Reader {
public:
    Reader(std::shared_ptr<TailClient> client, const Executor& executor)
        : client_(std::move(client)), sink_(std::make_shared<TestSink>(executor)) {
        client_->start(sink_);
    }
    ~Reader() { client_->start(nullptr); }

    /// Waits for the next message.
    std::shared_ptr<const WebSocketFrame> message() {
        while (true) {
            MessageSource::Next next = client_->next();
            if (next.kind == MessageSource::Kind::kText) return next.frame;
            sink_->wait();
        }
    }
    std::string text() { return std::string(message()->text()); }

private:
    std::shared_ptr<TailClient> client_;
    std::shared_ptr<TestSink> sink_;
};

class TailsTest : public ::testing::Test {
protected:
    static Limits small_limits() {
        Limits limits;
        limits.max_concurrent_tail_requests = 3;
        return limits;
    }
    Result<std::shared_ptr<TailClient>> join(const std::string& query,
                                             TailShape shape = TailShape::kPlain,
                                             const TenantId& tenant = TenantId::anonymous()) {
        SKALD_TRY(const read::ExprPtr expr, read::parse_query(query));
        return tails.join(io.at(0).get_executor(), tenant, *expr, shape, 0);
    }

    support::FakeLiveTail live;
    FixedLimits limits{small_limits()};
    SystemClock clock;
    MetricsRegistry metrics;
    IoThreads io{1};  // Before the workers, which resume tasks on it.
    WorkerPool workers{WorkerPool::Options{}};
    Tails tails{{.gather_min = kNanosPerMilli}, live, limits, clock, workers, metrics};
};

TEST_F(TailsTest, TailsOfOneQueryShareItsText) {
    const auto one = join(R"({app="a"} |= "x")");
    const auto two = join(R"({ app = "a" } |=   "x")");
    ASSERT_OK(one);
    ASSERT_OK(two);
    Reader first(*one, io.at(0).get_executor());
    Reader second(*two, io.at(0).get_executor());

    live.feed({{"app", "a"}}, {{5, "x", {}}, {6, "y", {}}});

    const auto message = first.message();
    EXPECT_EQ(message->text(), R"({"streams":[{"stream":{"app":"a"},"values":[["5","x"]]}]})");
    EXPECT_EQ(second.message(), message);
    EXPECT_EQ(live.subscribed(), 1U);
    EXPECT_EQ(metrics.gauge("loki_querier_tail_active", "", {}).value(), 2);
    EXPECT_EQ(metrics.gauge("skald_tail_queries", "", {}).value(), 1);
}

TEST_F(TailsTest, WhatComesTogetherIsOneMessageForAllTails) {
    const auto one = join(R"({app="a"})");
    const auto two = join(R"({app="a"})");
    ASSERT_OK(one);
    ASSERT_OK(two);
    Reader first(*one, io.at(0).get_executor());
    Reader second(*two, io.at(0).get_executor());
    std::vector<support::FakeLiveTail::Row> rows(kTailMessageRows, {5, "x", {}});

    live.feed({{"app", "a"}}, rows);

    const auto message = first.message();
    const std::string_view text = message->text();
    std::size_t lines = 0;
    for (std::size_t at = 0; (at = text.find("\"x\"", at)) != std::string_view::npos; ++at) ++lines;
    EXPECT_EQ(lines, kTailMessageRows);
    EXPECT_EQ(second.message(), message);
}

TEST(TailMessageRows, GrowWithTheTailsThatGetThem) {
    EXPECT_EQ(tail_message_rows(0), 100U);
    EXPECT_EQ(tail_message_rows(100), 100U);
    EXPECT_EQ(tail_message_rows(300), 300U);
    EXPECT_EQ(tail_message_rows(10'000), 500U);
}

TEST_F(TailsTest, OtherShapesAndTenantsAreOtherQueries) {
    const auto one = join(R"({app="a"})");
    const auto two = join(R"({app="a"})", TailShape::kCategorized);
    const auto three = join(R"({app="a"})", TailShape::kPlain, *TenantId::parse("other"));

    EXPECT_EQ(live.subscribed(), 3U);
}

TEST_F(TailsTest, TellsTheTailsWhatWasDropped) {
    const auto client = join(R"({app="a"})");
    ASSERT_OK(client);
    Reader reader(*client, io.at(0).get_executor());
    live.drop({{"app", "a"}}, 7);
    live.feed({{"app", "a"}}, {{5, "x", {}}});

    const std::string first = reader.text();
    const std::string both = first + reader.text();
    EXPECT_NE(both.find("dropped_entries"), std::string::npos) << both;
    EXPECT_NE(both.find("[\"5\",\"x\"]"), std::string::npos) << both;
}

TEST_F(TailsTest, ATenantHasOnlySoMany) {
    auto one = join(R"({app="a"})");
    const auto two = join(R"({app="a"})");
    const auto three = join(R"({app="b"})");
    const auto four = join(R"({app="a"})");

    ASSERT_FALSE(four);
    EXPECT_EQ(four.error().message,
              "max concurrent tail requests limit exceeded, count > limit (4 > 3) "
              "(limits_config.max_concurrent_tail_requests)");
    EXPECT_OK(join(R"({app="a"})", TailShape::kPlain, *TenantId::parse("other")));
    one->reset();
    EXPECT_OK(join(R"({app="a"})"));
}

TEST_F(TailsTest, TheLastTailEndsTheQuery) {
    auto one = join(R"({app="a"})");
    auto two = join(R"({app="a"})");
    one->reset();
    EXPECT_EQ(live.open(), 1U);
    two->reset();
    EXPECT_EQ(metrics.gauge("skald_tail_queries", "", {}).value(), 0);
    EXPECT_EQ(metrics.gauge("loki_querier_tail_active", "", {}).value(), 0);

    tails.stop();

    EXPECT_EQ(live.open(), 0U);
    EXPECT_FALSE(join(R"({app="a"})"));
}

TEST_F(TailsTest, StoppingWaitsForNoClient) {
    const auto client = join(R"({app="a"})");

    tails.stop();

    EXPECT_EQ(live.open(), 0U);
    live.feed({{"app", "a"}}, {{5, "x", {}}});
}

TEST_F(TailsTest, MetricQueriesAreRefused) {
    const auto client = join(R"(rate({app="a"}[1m]))");

    ASSERT_FALSE(client);
    EXPECT_EQ(client.error().message, "only log selector is supported");
    EXPECT_EQ(metrics.gauge("loki_querier_tail_active", "", {}).value(), 0);
}

}  // namespace
}  // namespace skald::api

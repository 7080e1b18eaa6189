// SPDX-License-Identifier: Apache-2.0
//
// Goal: what an ingester accepted is counted by pattern, kept over a restart, inside its bounds.
// Method: the store over a fake ingester and a temporary folder, with a clock that stands still.
#include "pattern_table.h"
#include "sample_rate.h"
#include "support/run_task.h"
#include "support/sim_clock.h"
#include "support/temporary_folder.h"

#include <skald/foundation/model/limits.h>
#include <skald/write/patterns/pattern_store.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>

namespace skald::write {
namespace {

class FakeIngester final : public cluster::IngesterClient {
public:
    Task<Result<void>> push(cluster::StreamBatch) override { co_return answer; }
    Result<void> answer;
};

class Patterns : public ::testing::Test {
protected:
    static constexpr TimeNs kNow = support::SimClock::kDefaultStart;

    Patterns() { open(); }

    void open() {
        store_.reset();
        auto created = PatternStore::create(options(), storage::posix_file_system(), limits_,
                                            clock_, metrics_);
        ASSERT_TRUE(created.has_value()) << created.error().message;
        store_ = *std::move(created);
        tap_ = store_->tap(ingester_);
    }
    PatternStore::Options options() {
        options_.directory = folder_.path() + "/patterns";
        return options_;
    }
    static Limits limits() {
        Limits limits;
        limits.pattern_ingester_tokenizable_json_fields_append = {"text"};
        limits.pattern_ingester_tokenizable_json_fields_delete = {"content"};
        return limits;
    }
    static StreamPtr stream(std::string app) {
        return std::make_shared<const Stream>(Labels::from_pairs({{"app", std::move(app)}}));
    }
    Result<void> push(const StreamPtr& stream, const std::vector<std::string>& lines,
                      TimeNs time = kNow, std::string_view level = "info") {
        cluster::StreamBatch batch{
            .tenant = TenantId::anonymous(),
            .streams = {{stream, 0, static_cast<std::uint32_t>(lines.size())}},
            .entries = {},
            .pairs = {},
            .owners = {}};
        for (const std::string& line : lines) {
            batch.entries.push_back({.time = time,
                                     .line = line,
                                     .level = level,
                                     .metadata_begin = 0,
                                     .metadata_count = 0});
        }
        return support::run_task(tap_->push(std::move(batch)));
    }
    PatternStore::Request request(DurationNs step = 0) const {
        return {.tenant = TenantId::anonymous(),
                .matchers = {},
                .start = kNow - kNanosPerHour,
                .end = kNow + kNanosPerHour,
                .step = step};
    }
    /// As `pattern level second:lines …`.
    std::vector<std::string> ask(PatternStore::Request asked) {
        store_->settle();
        std::vector<std::string> texts;
        for (const auto& each : store_->query(asked)) {
            std::string text = each.pattern + " " + each.level;
            for (const auto& [second, lines] : each.samples)
                text += " " + std::to_string(second - kNow / kNanosPerSecond) + ":" +
                        std::to_string(lines);
            texts.push_back(std::move(text));
        }
        return texts;
    }

    TemporaryFolder folder_;
    support::SimClock clock_;
    FixedLimits limits_{limits()};
    MetricsRegistry metrics_;
    PatternStore::Options options_;
    FakeIngester ingester_;
    std::unique_ptr<PatternStore> store_;
    std::unique_ptr<cluster::IngesterClient> tap_;
};

TEST_F(Patterns, TellsWordsApartInTheMessagesOfJsonThatTheLimitsName) {
    for (const char* name : {"msg", "text", "content"}) {
        const std::string begin = std::string("{\"") + name + "\": \"user ";
        ASSERT_TRUE(push(stream(name), {begin + "1 came\"}", begin + "2 came\"}"}));
    }
    EXPECT_THAT(ask(request()),
                testing::UnorderedElementsAre(R"({"msg": "user <_> came"} info 0:2)",
                                              R"({"text": "user <_> came"} info 0:2)",
                                              R"({"content": "<_>"} info 0:2)"));
}

TEST_F(Patterns, CountsLinesByPatternLevelAndTime) {
    ASSERT_EQ(kNow % kSlotWidth, 0);
    ASSERT_TRUE(push(stream("a"), {"user 1 came", "user 2 came"}));
    ASSERT_TRUE(push(stream("b"), {"user 3 came"}, kNow + 15 * kNanosPerSecond));
    ASSERT_TRUE(push(stream("b"), {"user 4 came"}, kNow, "warn"));

    EXPECT_EQ(ask(request()),
              (std::vector<std::string>{"user <_> came info 0:2", "user 3 came info 10:1",
                                        "user 4 came warn 0:1"}));
    ASSERT_TRUE(push(stream("b"), {"user 5 came"}, kNow + 25 * kNanosPerSecond));
    EXPECT_EQ(ask(request(kNanosPerMinute)),
              (std::vector<std::string>{"user <_> came info 0:4", "user 4 came warn 0:1"}));
}

TEST_F(Patterns, AnswersForTheStreamsAndTimesAskedFor) {
    ASSERT_TRUE(push(stream("a"), {"one thing"}));
    ASSERT_TRUE(push(stream("b"), {"other thing"}, kNow + kNanosPerMinute));

    PatternStore::Request only_b = request();
    only_b.matchers = {*Matcher::create(MatchOp::kEqual, "app", "b")};
    EXPECT_EQ(ask(only_b), std::vector<std::string>{"other thing info 60:1"});
    PatternStore::Request early = request();
    early.end = kNow + 5 * kNanosPerSecond;
    EXPECT_EQ(ask(early), std::vector<std::string>{"one thing info 0:1"});
    PatternStore::Request other = request();
    other.tenant = *TenantId::parse("other");
    EXPECT_EQ(ask(other), std::vector<std::string>{});
}

TEST_F(Patterns, LooksOnlyAtWhatWasAccepted) {
    ingester_.answer = Error{ErrorCode::kUnavailable, "no"};
    EXPECT_FALSE(push(stream("a"), {"refused line"}).has_value());
    EXPECT_EQ(ask(request()), std::vector<std::string>{});
}

TEST_F(Patterns, OutliveARestart) {
    ASSERT_TRUE(push(stream("a"), {"user 1 came", "user 2 came", "{\"k\":1}\n"}));
    const auto before = ask(request());
    ASSERT_EQ(before.size(), 2U);

    open();
    EXPECT_EQ(ask(request()), before);
    ASSERT_TRUE(push(stream("a"), {"user 3 came"}));
    EXPECT_EQ(ask(request()).front(), "user <_> came info 0:3");
}

TEST_F(Patterns, ForgetWhatIsTooOld) {
    ASSERT_TRUE(push(stream("a"), {"user 1 came"}));
    ASSERT_EQ(ask(request()).size(), 1U);

    clock_.advance(std::chrono::hours(25));
    store_->tick();

    EXPECT_EQ(ask(request()), std::vector<std::string>{});
}

TEST_F(Patterns, ADamagedFileIsLeftOut) {
    ASSERT_TRUE(push(stream("a"), {"user 1 came"}));
    store_->stop();
    const std::string path = folder_.path() + "/patterns/patterns.skpt";
    auto bytes = storage::posix_file_system().read_all(path);
    std::string damaged(bytes->view());
    damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
    {
        auto file = storage::posix_file_system().create(path);
        ASSERT_TRUE((*file)->append(damaged));
    }

    open();

    EXPECT_EQ(ask(request()), std::vector<std::string>{});
}

TEST_F(Patterns, AFullQueueDropsLinesInsteadOfWaiting) {
    options_.queue_bytes_max = 1;
    open();
    ASSERT_TRUE(push(stream("a"), {"user 1 came"}));
    EXPECT_EQ(ask(request()), std::vector<std::string>{});
    EXPECT_NE(
        metrics_.exposition().find("skald_pattern_lines_dropped_total{reason=\"queue_full\"} 1"),
        std::string::npos);
}

TEST_F(Patterns, ManyLinesAreSampledAndStillCounted) {
    options_.lines_per_second = 100;
    open();
    for (int i = 0; i < 200; ++i) {
        ASSERT_TRUE(push(stream("a"), std::vector<std::string>(50, "the same line")));
    }
    store_->settle();
    const auto found = store_->query(request());
    ASSERT_EQ(found.size(), 1U);
    EXPECT_NEAR(static_cast<double>(found[0].samples.at(0).second), 10'000, 600);
}

TEST(PatternTable, StaysInsideItsMemory) {
    PatternTable table(1 << 20);
    std::mt19937_64 random(5);
    for (std::uint32_t i = 0; i < 20'000; ++i) {
        const auto stream =
            std::make_shared<const Stream>(Labels::from_pairs({{"n", std::to_string(i)}}));
        const std::string line = "line " + std::to_string(random()) + " of stream";
        cluster::StreamBatch batch{.tenant = TenantId::anonymous(),
                                   .streams = {{stream, 0, 1}},
                                   .entries = {},
                                   .pairs = {},
                                   .owners = {}};
        batch.entries.push_back({.time = (1000 + i) * kSlotWidth,
                                 .line = line,
                                 .level = {},
                                 .metadata_begin = 0,
                                 .metadata_count = 0});
        table.add(SampledLines::of(batch, 1, 0), {});
        if (i % 1000 == 0) table.prune(0);
    }
    table.prune(0);
    EXPECT_LE(table.memory_bytes(), 1U << 20);
    EXPECT_GT(table.streams(), 100U);
}

TEST(PatternTable, RefusesDamagedBytesWithoutHarm) {
    PatternTable table(1 << 20);
    cluster::StreamBatch batch{
        .tenant = TenantId::anonymous(),
        .streams = {{std::make_shared<const Stream>(Labels::from_pairs({{"a", "b"}})), 0, 1}},
        .entries = {{.time = kSlotWidth,
                     .line = "user 1 came",
                     .level = "info",
                     .metadata_begin = 0,
                     .metadata_count = 0}},
        .pairs = {},
        .owners = {}};
    table.add(SampledLines::of(batch, 1, 0), {});
    const std::string bytes = table.encode();
    PatternTable copy(1 << 20);
    ASSERT_TRUE(copy.decode(bytes));
    EXPECT_EQ(copy.encode(), bytes);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(copy.decode(std::string_view(bytes).substr(0, size)).has_value());
    }
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        std::string damaged = bytes;
        damaged[i] = static_cast<char>(damaged[i] ^ 0x41);
        // With a right checksum the parser alone has to stand it.
        const std::string body = damaged.substr(0, damaged.size() - 8);
        const std::uint64_t sum = hash64(body);
        damaged = body + std::string(reinterpret_cast<const char*>(&sum), 8);
        static_cast<void>(copy.decode(damaged));
    }
}

TEST(SampleRate, TakesAllOfFewAndAShareOfMany) {
    SampleRate rate(100);
    const Clock::TimePoint start{};
    EXPECT_EQ(rate.choose(50, start + std::chrono::seconds(2)).weight, 1U);
    EXPECT_EQ(rate.choose(1000, start + std::chrono::seconds(2)).weight, 10U);
    EXPECT_EQ(rate.choose(1, start + std::chrono::seconds(4)).weight, 10U);
    EXPECT_EQ(rate.choose(1, start + std::chrono::seconds(6)).weight, 1U);
}

}  // namespace
}  // namespace skald::write

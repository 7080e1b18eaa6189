// SPDX-License-Identifier: Apache-2.0
//
// Goal: names, values and series come from memory and store together, sorted, each once.
#include "stream_lists.h"

#include "support/querier_fixture.h"
#include "support/result_assertions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace skald::read {
namespace {

using testing::ElementsAre;

class StreamLists : public support::QuerierFixture {
protected:
    void SetUp() override {
        store_run(stream({{"app", "web"}, {"env", "prod"}}), {{at(10), "a", "", {{"meta", "1"}}}});
        memory_run(stream({{"app", "web"}, {"env", "prod"}}), {{at(20), "b", "", {}}});
        memory_run(stream({{"app", "api"}, {"zone", "x"}}), {{at(30), "c", "", {}}});
        make_querier();
    }
    Querier::MetadataRequest request(double from, double to) const {
        return {.tenant = TenantId::anonymous(), .selectors = {}, .start = at(from), .end = at(to)};
    }
    static Matcher matcher(std::string name, std::string value) {
        return *Matcher::create(MatchOp::kEqual, std::move(name), std::move(value));
    }
};

TEST_F(StreamLists, NamesAreOfIndexLabels) {
    const auto all = support::run_task(context_, querier_->label_names(request(0, 100), {}));
    const auto early = support::run_task(context_, querier_->label_names(request(0, 15), {}));

    ASSERT_OK(all);
    EXPECT_THAT(*all, ElementsAre("app", "env", "zone"));
    ASSERT_OK(early);
    EXPECT_THAT(*early, ElementsAre("app", "env"));
}

TEST_F(StreamLists, ValuesOfMatchingStreams) {
    auto narrowed = request(0, 100);
    narrowed.selectors = {{matcher("env", "prod")}};

    const auto all =
        support::run_task(context_, querier_->label_values(request(0, 100), "app", {}));
    const auto some = support::run_task(context_, querier_->label_values(narrowed, "app", {}));
    const auto none =
        support::run_task(context_, querier_->label_values(request(0, 100), "meta", {}));

    ASSERT_OK(all);
    EXPECT_THAT(*all, ElementsAre("api", "web"));
    ASSERT_OK(some);
    EXPECT_THAT(*some, ElementsAre("web"));
    ASSERT_OK(none);
    EXPECT_TRUE(none->empty());
}

TEST_F(StreamLists, SeriesAreTheUnionOfSelectors) {
    auto both = request(0, 100);
    both.selectors = {{matcher("env", "prod")}, {matcher("app", "web")}, {matcher("zone", "x")}};

    const auto series = support::run_task(context_, querier_->series(both, {}));

    ASSERT_OK(series);
    ASSERT_EQ(series->size(), 2U);
    EXPECT_EQ((*series)[0]->labels.to_string(), R"({app="api", zone="x"})");
    EXPECT_EQ((*series)[1]->labels.to_string(), R"({app="web", env="prod"})");
}

TEST(SortUnique, GivesEachLabelSetOnceInLabelOrder) {
    std::mt19937 random(5);
    const auto text = [&random] {
        std::string made;
        for (std::size_t size = random() % 4; size > 0; --size)
            made.push_back("\0\1\2b"[random() % 4]);
        return made;
    };
    std::vector<StreamPtr> streams;
    for (int i = 0; i < 2000; ++i) {
        std::vector<Labels::Pair> pairs;
        for (std::size_t count = random() % 4; count > 0; --count)
            pairs.emplace_back(text(), text());
        streams.push_back(std::make_shared<Stream>(Labels::from_pairs(std::move(pairs))));
    }
    std::set<Labels> expected;
    for (const StreamPtr& stream : streams) expected.insert(stream->labels);

    SystemClock clock;
    Allowance allowance(nullptr, StopSign({}, clock));
    ASSERT_OK(sort_unique(streams, allowance));

    ASSERT_EQ(streams.size(), expected.size());
    auto next = expected.begin();
    for (const StreamPtr& stream : streams) ASSERT_EQ(stream->labels, *next++);
}

class StreamListMemory : public testing::Test {
protected:
    static constexpr std::size_t kStreams = 100'000;
    static constexpr std::uint64_t kMiB = 1 << 20;

    void SetUp() override {
        for (std::size_t i = 0; i < kStreams; ++i)
            streams_.push_back(std::make_shared<Stream>(
                Labels::from_pairs({{"app", "one of a few"}, {"pod", std::to_string(i)}})));
    }
    /// What `list` says with so much memory.
    template <class List>
    static std::string refusal(std::uint64_t bytes, List list) {
        MemoryBudget budget(bytes);
        SystemClock clock;
        Allowance allowance(&budget, StopSign({}, clock));
        const auto result = list(allowance);
        return result ? "" : result.error().message;
    }

    std::vector<StreamPtr> streams_;
};

TEST_F(StreamListMemory, IsWhatManyValuesTake) {
    const auto pods = [&](Allowance& allowance) { return values_of(streams_, "pod", allowance); };
    const auto apps = [&](Allowance& allowance) { return values_of(streams_, "app", allowance); };
    const auto names = [&](Allowance& allowance) { return names_of(streams_, allowance); };

    EXPECT_EQ(refusal(16 * kMiB, pods), "");
    EXPECT_THAT(refusal(2 * kMiB, pods), testing::HasSubstr("memory.queries"));
    EXPECT_EQ(refusal(2 * kMiB, apps), "");
    EXPECT_EQ(refusal(2 * kMiB, names), "");
}

TEST_F(StreamListMemory, IsWhatSortingTakes) {
    const auto sort = [&](Allowance& allowance) {
        std::vector<StreamPtr> streams = streams_;
        return sort_unique(streams, allowance);
    };
    EXPECT_EQ(refusal(64 * kMiB, sort), "");
    EXPECT_THAT(refusal(4 * kMiB, sort), testing::HasSubstr("memory.queries"));
}

TEST_F(StreamListMemory, IsWhatGatheringTakes) {
    support::FakeMemtables memtables;
    support::FakeRunStore store;
    const auto block =
        std::make_shared<support::MemoryBlock>(std::vector<support::MemoryRow>{{1, "x", "", {}}});
    for (const StreamPtr& stream : streams_)
        store.list.runs.push_back({support::run_of(block, stream, 1, 0), {"store", 1}});
    const auto gather = [&](Allowance& allowance) {
        return matching_streams(
            memtables, store,
            {.tenant = TenantId::anonymous(), .selectors = {}, .start = 0, .end = 2}, allowance);
    };
    EXPECT_EQ(refusal(8 * kMiB, gather), "");
    EXPECT_THAT(refusal(2 * kMiB, gather), testing::HasSubstr("memory.queries"));
}

}  // namespace
}  // namespace skald::read

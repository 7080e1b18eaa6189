// SPDX-License-Identifier: Apache-2.0
//
// Goal: known label texts are not parsed again, whoever else pushes and however many there are.
#include "label_cache.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace skald::write {
namespace {

class LabelCacheTest : public testing::Test {
protected:
    TenantRules rules(const char* tenant, std::uint64_t version) {
        return TenantRules(*TenantId::parse(tenant), std::make_shared<const Limits>(), version,
                           metrics_);
    }
    static std::string text(int i) { return "{app=\"" + std::to_string(i) + "\"}"; }

    MetricsRegistry metrics_;
};

TEST_F(LabelCacheTest, ResolvesATextOnce) {
    LabelCache cache(100);
    const TenantRules rules1 = rules("t", 1);

    const auto first = cache.resolve("{app=\"x\"}", rules1);
    const auto second = cache.resolve("{app=\"x\"}", rules1);

    EXPECT_EQ(first, second);
    EXPECT_EQ(first->stream->labels.to_string(), "{app=\"x\", service_name=\"x\"}");
    EXPECT_EQ(cache.size(), 1U);
}

TEST_F(LabelCacheTest, RemembersRefusalsToo) {
    LabelCache cache(100);
    const TenantRules rules1 = rules("t", 1);

    EXPECT_EQ(cache.resolve("{a-b=\"x\"}", rules1), cache.resolve("{a-b=\"x\"}", rules1));
    EXPECT_EQ(cache.resolve("{a-b=\"x\"}", rules1)->outcome, ResolvedStream::Outcome::kUnparsable);
}

TEST_F(LabelCacheTest, KeepsTenantsApart) {
    LabelCache cache(100);
    const TenantRules a = rules("a", 1);
    const TenantRules b = rules("b", 2);

    const auto of_a = cache.resolve("{app=\"x\"}", a);
    const auto of_b = cache.resolve("{app=\"x\"}", b);

    EXPECT_NE(of_a, of_b);
    EXPECT_NE(of_a->token, of_b->token);
}

TEST_F(LabelCacheTest, KeepsAllOfItsEntriesWhenTheyAreUsedInTurn) {
    constexpr int kEntries = 4000;
    LabelCache cache(kEntries * 5 / 4);  // Shards are not filled evenly.
    const TenantRules rules1 = rules("t", 1);
    std::vector<std::shared_ptr<const ResolvedStream>> first;
    for (int i = 0; i < kEntries; ++i) first.push_back(cache.resolve(text(i), rules1));

    for (int round = 0; round < 5; ++round)
        for (int i = 0; i < kEntries; ++i)
            ASSERT_EQ(cache.resolve(text(i), rules1), first[static_cast<std::size_t>(i)]);
}

TEST_F(LabelCacheTest, ForgetsWhatIsNotUsed) {
    LabelCache cache(1000);
    const TenantRules rules1 = rules("t", 1);
    const auto old = cache.resolve("{app=\"old\"}", rules1);
    for (int i = 0; i < 20'000; ++i) cache.resolve(text(i), rules1);

    EXPECT_LE(cache.size(), 2100U);
    EXPECT_NE(cache.resolve("{app=\"old\"}", rules1), old);
}

TEST_F(LabelCacheTest, BoundsTheMemoryOfLongTexts) {
    LabelCache cache(100'000, 1024 * 1024);
    const TenantRules rules1 = rules("t", 1);
    const std::string value(2000, 'v');
    for (int i = 0; i < 2000; ++i)
        cache.resolve("{a=\"" + value + "\",n=\"" + std::to_string(i) + "\"}", rules1);

    EXPECT_GT(cache.size(), 100U);
    EXPECT_LT(cache.size(), 1100 * 1024 / value.size());
    EXPECT_EQ(cache.resolve("{a=\"" + std::string(70'000, 'v') + "\"}", rules1)->outcome,
              ResolvedStream::Outcome::kRefused);
}

TEST_F(LabelCacheTest, MayBeUsedByManyThreads) {
    LabelCache cache(200);
    const TenantRules rules1 = rules("t", 1);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 5000; ++i) {
                const int n = i * 7 % 500;
                const auto resolved = cache.resolve(text(n), rules1);
                ASSERT_EQ(resolved->stream->labels.value_or_empty("app"), std::to_string(n));
            }
        });
    for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace skald::write

// SPDX-License-Identifier: Apache-2.0
#include "memory_shares.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/config/config.h>

#include <gtest/gtest.h>

namespace skald {
namespace {

std::uint64_t sum(const Config::Memory& memory) {
    return memory.ingest + memory.cache + memory.requests + memory.catalog + memory.queries +
           memory.tails + memory.results;
}

TEST(MemoryShares, AreTheUsualOnesOnAUsualMachine) {
    for (const std::uint64_t machine : {std::uint64_t{0}, 4 * kGiB, 1024 * kGiB}) {
        const LoadedConfig loaded = load_config("", {}, machine);
        ASSERT_TRUE(loaded.problems.empty());
        const Config::Memory& memory = loaded.config.memory;
        EXPECT_EQ(memory.limit, 512 * kMiB);
        EXPECT_EQ(memory.ingest, 160 * kMiB);
        EXPECT_EQ(memory.cache, 48 * kMiB);
        EXPECT_EQ(memory.requests, 56 * kMiB);
        EXPECT_EQ(memory.catalog, 16 * kMiB);
        EXPECT_EQ(memory.queries, 132 * kMiB);
        EXPECT_EQ(memory.tails, 32 * kMiB);
        EXPECT_EQ(memory.results, 20 * kMiB);
        EXPECT_EQ(loaded.config.ingester.generation_memory_bytes, 96 * kMiB);
    }
}

TEST(MemoryShares, FitIntoASmallMachine) {
    const LoadedConfig loaded = load_config("", {}, 256 * kMiB);
    ASSERT_TRUE(loaded.problems.empty());
    const Config::Memory& memory = loaded.config.memory;
    EXPECT_NEAR(static_cast<double>(memory.limit), 0.8 * 256 * kMiB, 10);
    EXPECT_LE(sum(memory) + 40 * kMiB, memory.limit);
    EXPECT_LT(loaded.config.ingester.generation_memory_bytes, memory.ingest);
}

TEST(MemoryShares, GrowWithTheSetting) {
    const LoadedConfig loaded = load_config("memory: {limit: 4GB}", {}, 256 * kMiB);
    ASSERT_TRUE(loaded.problems.empty());
    EXPECT_EQ(loaded.config.memory.limit, 4 * kGiB);
    EXPECT_GT(loaded.config.memory.ingest, kGiB);
    EXPECT_LE(sum(loaded.config.memory) + 40 * kMiB, 4 * kGiB);
}

TEST(MemoryShares, ThatAreSetAreTakenAsTheyAre) {
    const LoadedConfig loaded = load_config("memory: {ingest: 1GB, requests: 10MB}", {}, 0);
    ASSERT_TRUE(loaded.problems.empty());
    EXPECT_EQ(loaded.config.memory.ingest, kGiB);
    EXPECT_EQ(loaded.config.memory.requests, 10 * kMiB);
    EXPECT_EQ(loaded.config.memory.cache, 48 * kMiB);
    EXPECT_GE(loaded.config.memory.limit, sum(loaded.config.memory) + 40 * kMiB);
}

TEST(MemoryShares, ResultsMayBeGivenInMegabytes) {
    const char* const path = "query_range: {results_cache: {cache: {embedded_cache: {max_size_mb: ";
    const LoadedConfig some = load_config(std::string(path) + "7}}}}", {}, 0);
    ASSERT_TRUE(some.problems.empty());
    EXPECT_EQ(some.config.memory.results, 7 * kMiB);
    const LoadedConfig none = load_config(std::string(path) + "0}}}}", {}, 0);
    EXPECT_EQ(none.config.memory.results, 0U);
    EXPECT_GT(none.config.memory.limit, 0U);
    const LoadedConfig both =
        load_config(std::string(path) + "7}}}}\nmemory: {results: 9MB}", {}, 0);
    EXPECT_EQ(both.config.memory.results, 9 * kMiB);
    EXPECT_EQ(both.config.query_range.results_cache_mb, 9U);
    EXPECT_LE(sum(some.config.memory) + 40 * kMiB, some.config.memory.limit);
}

TEST(MemoryShares, ThatDoNotFitAreAProblem) {
    const auto problem_of = [](const char* yaml) {
        const LoadedConfig loaded = load_config(yaml, {}, 0);
        return loaded.problems.empty() ? std::string() : loaded.problems[0].text;
    };
    EXPECT_NE(problem_of("memory: {limit: 512MB, ingest: 512MB}").find("memory.limit: the shares"),
              std::string::npos);
    EXPECT_EQ(problem_of("memory: {limit: 100MB}"), "memory.limit: must be 128MB or more");
}

}  // namespace
}  // namespace skald

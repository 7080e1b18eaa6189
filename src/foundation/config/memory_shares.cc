// SPDX-License-Identifier: Apache-2.0
#include "memory_shares.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/text.h>

#include <algorithm>
#include <array>

namespace skald {

namespace {

constexpr std::uint64_t kUsualLimit = 512 * kMiB;
constexpr std::uint64_t kLimitMin = 128 * kMiB;
constexpr std::uint64_t kBase = 40 * kMiB;  // Code, threads, what grows with nothing.
constexpr std::uint64_t kBaseShare = 64;    // And a part of the limit: fragments of the heap.

struct Share {
    const char* key;
    std::uint64_t Config::Memory::*value;
    std::uint64_t parts;  ///< MiB at the usual limit.
};

constexpr std::array<Share, 7> kShares = {{
    {"memory.ingest", &Config::Memory::ingest, 160},
    {"memory.cache", &Config::Memory::cache, 48},
    {"memory.requests", &Config::Memory::requests, 56},
    {"memory.catalog", &Config::Memory::catalog, 16},
    {"memory.queries", &Config::Memory::queries, 132},
    {"memory.tails", &Config::Memory::tails, 32},
    {"memory.results", &Config::Memory::results, 20},
}};
constexpr std::uint64_t kParts = 160 + 48 + 56 + 16 + 132 + 32 + 20;
constexpr const char* kResultsInMegabytes =
    "query_range.results_cache.cache.embedded_cache.max_size_mb";
static_assert(kUsualLimit - kBase - kUsualLimit / kBaseShare == kParts * kMiB);

std::uint64_t base_of(std::uint64_t limit) {
    return kBase + limit / kBaseShare;
}

}  // namespace

std::optional<std::string> divide_memory(Config& config, std::set<std::string> set,
                                         std::uint64_t machine) {
    Config::Memory& memory = config.memory;
    if (set.contains(kResultsInMegabytes) && set.insert("memory.results").second)
        memory.results = config.query_range.results_cache_mb * kMiB;
    const bool is_set = set.contains("memory.limit") && memory.limit > 0;
    if (!is_set) {
        memory.limit = machine == 0 ? kUsualLimit : std::min(kUsualLimit, machine / 5 * 4);
        memory.limit = std::max(memory.limit, kLimitMin);
    }
    if (memory.limit < kLimitMin) return "memory.limit: must be 128MB or more";
    const std::uint64_t divided = memory.limit - base_of(memory.limit);
    std::uint64_t sum = 0;
    for (const Share& share : kShares) {
        std::uint64_t& value = memory.*share.value;
        if (!set.contains(share.key)) value = divided / kParts * share.parts;
        sum += value;
    }
    config.query_range.results_cache_mb = memory.results / kMiB;
    if (!set.contains("ingester.generation.memory_bytes"))
        config.ingester.generation_memory_bytes =
            std::min(config.ingester.generation_memory_bytes, memory.ingest / 5 * 3);
    if (sum <= divided) return std::nullopt;
    if (!is_set) {
        // Shares that somebody set are what is wanted: the limit is what they come to.
        memory.limit = (sum + kBase) / (kBaseShare - 1) * kBaseShare;
        return std::nullopt;
    }
    return "memory.limit: the shares come to " + format_byte_size(sum) + ", but of " +
           format_byte_size(memory.limit) + " there are " + format_byte_size(divided) +
           " to be divided (the rest is for the program itself); set fewer or smaller ones of "
           "memory.ingest, memory.cache, memory.requests, memory.catalog, memory.queries, "
           "memory.tails, memory.results";
}

}  // namespace skald

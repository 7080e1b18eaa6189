// SPDX-License-Identifier: Apache-2.0
#include "index_stats.h"

#include "label_fingerprint.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <unordered_map>

namespace skald::read {
namespace {

/// Counted with fractions, rounded once.
struct Sums {
    std::uint64_t chunks = 0;
    double rows = 0;
    double bytes = 0;

    void add(const RunShare& share) {
        ++chunks;
        rows += share.rows;
        bytes += share.bytes;
    }
};

Result<std::unordered_map<StreamId, std::pair<StreamPtr, Sums>>> sums_of(
    std::vector<storage::Run>& runs, const IndexRequest& request, const CancelToken& cancel) {
    std::unordered_map<StreamId, std::pair<StreamPtr, Sums>> streams;
    RunMeter meter(TimeBuckets(request.start, request.end, 0));
    SKALD_CHECK(meter.measure(runs, cancel,
                              [&](const storage::Run& run, std::size_t, const RunShare& share) {
                                  auto& [stream, sums] = streams[run.stream->id];
                                  stream = run.stream;
                                  sums.add(share);
                              }));
    return streams;
}

void add(IndexStats& stats, const Sums& sums) {
    ++stats.streams;
    stats.chunks += sums.chunks;
    stats.bytes += static_cast<std::uint64_t>(std::llround(sums.bytes));
    stats.entries += static_cast<std::uint64_t>(std::llround(sums.rows));
}

}  // namespace

Result<IndexStats> sum_runs(std::vector<storage::Run>& runs, const IndexRequest& request,
                            const CancelToken& cancel) {
    SKALD_TRY(const auto streams, sums_of(runs, request, cancel));
    IndexStats stats;
    for (const auto& [id, entry] : streams) add(stats, entry.second);
    return stats;
}

Result<ShardPlan> plan_shards(std::vector<storage::Run>& runs, const IndexRequest& request,
                              std::uint64_t bytes, const CancelToken& cancel) {
    SKALD_TRY(const auto streams, sums_of(runs, request, cancel));
    struct Placed {
        std::uint64_t fingerprint;
        Sums sums;
    };
    std::vector<Placed> placed;
    placed.reserve(streams.size());
    std::string scratch;
    ShardPlan plan;
    for (const auto& [id, entry] : streams) {
        placed.push_back({fingerprint(entry.first->labels, scratch), entry.second});
        add(plan.total, entry.second);
    }
    std::sort(placed.begin(), placed.end(),
              [](const Placed& a, const Placed& b) { return a.fingerprint < b.fingerprint; });

    const std::uint64_t target = std::max(bytes, plan.total.bytes / kShardsMax + 1);
    plan.shards.emplace_back();
    for (std::size_t i = 0; i < placed.size(); ++i) {
        // Streams with one fingerprint cannot be told apart by bounds.
        const bool splits = i == 0 || placed[i].fingerprint != placed[i - 1].fingerprint;
        if (splits && plan.shards.back().stats.bytes >= target) {
            plan.shards.back().max = placed[i].fingerprint - 1;
            plan.shards.push_back({.min = placed[i].fingerprint, .max = 0, .stats = {}});
        }
        add(plan.shards.back().stats, placed[i].sums);
    }
    plan.shards.back().max = std::numeric_limits<std::uint64_t>::max();
    return plan;
}

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#include "index_stats.h"

#include "label_fingerprint.h"

#include <skald/foundation/base/number_table.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

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

/// The streams of runs and what they have in the range.
struct StreamSums {
    std::vector<const Stream*> streams;  ///< Alive as long as the runs.
    std::vector<Sums> sums;
};

Result<StreamSums> sums_of(SelectedRuns& runs, const IndexRequest& request, const StopSign& stop) {
    StreamSums found;
    NumberTable numbers(runs.in_memory.size() + runs.stored.size());
    const Stream* last = nullptr;
    std::uint32_t number = 0;
    RunMeter meter(TimeBuckets(request.start, request.end, 0));
    SKALD_CHECK(
        meter.measure(runs, stop, [&](const storage::Run& run, std::size_t, const RunShare& share) {
            // Runs of a stream are often neighbours.
            if (last != run.stream.get()) {
                last = run.stream.get();
                const auto [known, added] = numbers.insert(last->id);
                number = known;
                if (added) {
                    found.streams.push_back(last);
                    found.sums.emplace_back();
                }
            }
            found.sums[number].add(share);
        }));
    return found;
}

void add(IndexStats& stats, const Sums& sums) {
    ++stats.streams;
    stats.chunks += sums.chunks;
    stats.bytes += static_cast<std::uint64_t>(std::llround(sums.bytes));
    stats.entries += static_cast<std::uint64_t>(std::llround(sums.rows));
}

}  // namespace

Result<IndexStats> sum_runs(SelectedRuns& runs, const IndexRequest& request, const StopSign& stop) {
    SKALD_TRY(const StreamSums found, sums_of(runs, request, stop));
    IndexStats stats;
    for (const Sums& sums : found.sums) add(stats, sums);
    return stats;
}

Result<ShardPlan> plan_shards(SelectedRuns& runs, const IndexRequest& request, std::uint64_t bytes,
                              const StopSign& stop) {
    SKALD_TRY(const StreamSums found, sums_of(runs, request, stop));
    struct Placed {
        std::uint64_t fingerprint;
        Sums sums;
    };
    std::vector<Placed> placed;
    placed.reserve(found.streams.size());
    std::string scratch;
    ShardPlan plan;
    for (std::size_t i = 0; i < found.streams.size(); ++i) {
        placed.push_back({fingerprint(found.streams[i]->labels, scratch), found.sums[i]});
        add(plan.total, found.sums[i]);
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

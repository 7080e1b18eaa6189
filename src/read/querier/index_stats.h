// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "run_meter.h"

#include <skald/read/querier/index_querier.h>

#include <cstdint>

namespace skald::read {

/// The sums of runs in a range. Reorders `runs`. Errors: those of `stop`.
Result<IndexStats> sum_runs(SelectedRuns& runs, const IndexRequest& request, const StopSign& stop);

/// Cuts the streams of the runs, by fingerprint, into shards of about `bytes` each, kShardsMax of
/// them at most. Reorders `runs`. Errors: those of `stop`.
Result<ShardPlan> plan_shards(SelectedRuns& runs, const IndexRequest& request, std::uint64_t bytes,
                              const StopSign& stop);

inline constexpr std::uint64_t kShardsMax = 512;

}  // namespace skald::read

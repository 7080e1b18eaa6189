// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "run_meter.h"

#include <skald/read/querier/index_querier.h>

#include <cstdint>
#include <vector>

namespace skald::read {

/// The sums of runs in a range. Reorders `runs`. Errors: kCancelled.
Result<IndexStats> sum_runs(std::vector<storage::Run>& runs, const IndexRequest& request,
                            const CancelToken& cancel);

/// Cuts the streams of the runs, by fingerprint, into shards of about `bytes` each, kShardsMax of
/// them at most. Reorders `runs`. Errors: kCancelled.
Result<ShardPlan> plan_shards(std::vector<storage::Run>& runs, const IndexRequest& request,
                              std::uint64_t bytes, const CancelToken& cancel);

inline constexpr std::uint64_t kShardsMax = 512;

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/read/querier/index_querier.h>

#include <string>
#include <vector>

// The JSON of the endpoints that no line is read for (http-api sections 10 and 11). Pure.
namespace skald::api {

/// `{"streams":…,"chunks":…,"bytes":…,"entries":…}`.
std::string index_stats_json(const read::IndexStats& stats);
/// `{"shards":[…],"statistics":{…},"chunkGroups":null}`.
std::string shard_plan_json(const read::ShardPlan& plan);
/// `{"detectedLabels":[…]}`, or `{}` without labels.
std::string detected_labels_json(const std::vector<read::DetectedLabel>& labels);

}  // namespace skald::api

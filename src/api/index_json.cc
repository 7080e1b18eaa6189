// SPDX-License-Identifier: Apache-2.0
#include "index_json.h"

#include <skald/foundation/model/json_string.h>

namespace skald::api {

namespace {

void append_stats_object(std::string& out, const read::IndexStats& stats) {
    out += "{\"streams\":" + std::to_string(stats.streams);
    out += ",\"chunks\":" + std::to_string(stats.chunks);
    out += ",\"bytes\":" + std::to_string(stats.bytes);
    out += ",\"entries\":" + std::to_string(stats.entries) + "}";
}

}  // namespace

std::string index_stats_json(const read::IndexStats& stats) {
    std::string out;
    append_stats_object(out, stats);
    return out + "\n";
}

std::string shard_plan_json(const read::ShardPlan& plan) {
    std::string out = "{\"shards\":[";
    bool first = true;
    for (const read::IndexShard& shard : plan.shards) {
        if (!first) out.push_back(',');
        first = false;
        out += "{\"bounds\":{\"min\":" + std::to_string(shard.min);
        out += ",\"max\":" + std::to_string(shard.max) + "},\"stats\":";
        append_stats_object(out, shard.stats);
        out.push_back('}');
    }
    out += "],\"statistics\":";
    append_stats_object(out, plan.total);
    return out + ",\"chunkGroups\":null}\n";
}

std::string detected_labels_json(const std::vector<read::DetectedLabel>& labels) {
    if (labels.empty()) return "{}\n";
    std::string out = "{\"detectedLabels\":[";
    bool first = true;
    for (const read::DetectedLabel& label : labels) {
        out += first ? "{\"label\":" : ",{\"label\":";
        first = false;
        append_json_string(out, label.name);
        out += ",\"cardinality\":" + std::to_string(label.cardinality) + "}";
    }
    return out + "]}\n";
}

}  // namespace skald::api

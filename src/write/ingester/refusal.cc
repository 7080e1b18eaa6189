// SPDX-License-Identifier: Apache-2.0
#include "refusal.h"

#include <skald/foundation/model/split.h>
#include <skald/foundation/model/text.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace skald::write {
namespace {

/// Which key sets the limit that refuses streams, and its value.
std::string stream_limit_key(const Limits& limits) {
    const std::uint32_t local = limits.max_streams_per_user;
    const std::uint32_t global = limits.max_global_streams_per_user;
    if (local != 0 && (global == 0 || local < global))
        return "limits_config.max_streams_per_user: " + std::to_string(local);
    return "limits_config.max_global_streams_per_user: " + std::to_string(global);
}

std::string stream_limit_text(const std::string& labels, const TenantId& tenant,
                              const Limits& limits, const WidestLabel& widest) {
    std::string why = " (" + stream_limit_key(limits);
    if (!widest.name.empty())
        why += "; the label with the most values is '" + widest.name + "' with " +
               std::to_string(widest.values);
    why += ")";
    return "maximum active stream limit exceeded when trying to create stream " + labels +
           ", reduce the number of active streams (reduce labels or reduce label values), or "
           "contact "
           "your Loki administrator to see if the limit can be increased, user: '" +
           tenant.text() + "'" + why;
}

std::string reason_text(const RefusedEntry& entry, const std::string& labels,
                        const Limits& limits) {
    switch (entry.reason) {
        case RefusalReason::kStreamRate:
            return "Per stream rate limit exceeded (limit: " +
                   format_byte_size(limits.per_stream_rate_limit) +
                   "/sec) while attempting to ingest for stream '" + labels + "' totaling " +
                   format_byte_size(entry.line_bytes) +
                   ", consider splitting a stream via additional labels or contact your Loki "
                   "administrator to see if the limit can be increased";
        case RefusalReason::kTooFarBehind:
            return "entry too far behind, entry timestamp is: " + format_rfc3339(entry.time) +
                   ", oldest acceptable timestamp is: " + format_rfc3339(entry.oldest_acceptable);
        case RefusalReason::kOutOfOrder: return "entry out of order";
        case RefusalReason::kStreamLimit: break;
    }
    return {};
}

std::string_view key_of(RefusalReason reason) {
    switch (reason) {
        case RefusalReason::kStreamRate: return "limits_config.per_stream_rate_limit";
        case RefusalReason::kTooFarBehind: return "ingester.max_chunk_age";
        case RefusalReason::kOutOfOrder: return "limits_config.unordered_writes";
        case RefusalReason::kStreamLimit: break;
    }
    return {};
}

/// ` (limits_config.per_stream_rate_limit, ingester.max_chunk_age)`: what sets the limits that
/// `entries` ran into, each once.
std::string keys_of(const std::vector<RefusedEntry>& entries, const Limits& limits) {
    std::vector<std::string_view> keys;
    for (const RefusedEntry& entry : entries) {
        const bool never = entry.reason == RefusalReason::kStreamRate &&
                           entry.line_bytes > limits.per_stream_rate_limit_burst;
        const std::string_view key =
            never ? "limits_config.per_stream_rate_limit_burst" : key_of(entry.reason);
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    }
    return " (" + joined(keys, ", ") + ")";
}

bool is_limit(RefusalReason reason) {
    return reason == RefusalReason::kStreamLimit || reason == RefusalReason::kStreamRate;
}

}  // namespace

std::string_view to_string(RefusalReason reason) noexcept {
    switch (reason) {
        case RefusalReason::kStreamLimit: return "stream_limit";
        case RefusalReason::kStreamRate: return "per_stream_rate_limit";
        case RefusalReason::kTooFarBehind: return "too_far_behind";
        case RefusalReason::kOutOfOrder: return "out_of_order";
    }
    return "unknown";
}

Error RefusedStream::error(const TenantId& tenant, const Limits& limits) const {
    const std::string labels = stream->labels.to_string();
    if (last == RefusalReason::kStreamLimit) {
        return {ErrorCode::kLimitExceeded, stream_limit_text(labels, tenant, limits, widest)};
    }
    std::string text;
    for (const RefusedEntry& entry : entries) {
        text += "entry with timestamp " + format_go_time(entry.time) + " ignored, reason: '" +
                reason_text(entry, labels, limits) + "',\n";
    }
    text += "user '" + tenant.text() + "', total ignored: " + std::to_string(refused) + " out of " +
            std::to_string(total) + " for stream: " + labels + keys_of(entries, limits);
    return {is_limit(last) ? ErrorCode::kLimitExceeded : ErrorCode::kInvalidArgument, text};
}

}  // namespace skald::write

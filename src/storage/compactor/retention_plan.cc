// SPDX-License-Identifier: Apache-2.0
#include "retention_plan.h"

#include <skald/foundation/model/retention.h>

#include <algorithm>
#include <map>
#include <string>

namespace skald::storage {

namespace {

TimeNs newest_time(const StoredSegment& segment) {
    TimeNs newest = kTimeMin;
    for (const RegionSummary& region : segment.regions) newest = std::max(newest, region.max_time);
    return newest;
}

TimeNs plus(TimeNs time, DurationNs period) {
    return time > kTimeMax - period ? kTimeMax : time + period;
}

}  // namespace

std::optional<TimeNs> expiry_of(const StoredSegment& segment, const LimitsSource& limits) {
    TimeNs last = kTimeMin;
    for (const RegionSummary& region : segment.regions) {
        const DurationNs period = longest_retention(*limits.of(region.tenant));
        if (period <= 0) return std::nullopt;
        last = std::max(last, plus(region.max_time, period));
    }
    return last;
}

bool may_hold_expired(const StoredSegment& segment, const LimitsSource& limits, TimeNs now) {
    return std::any_of(segment.regions.begin(), segment.regions.end(),
                       [&](const RegionSummary& region) {
                           const DurationNs period = shortest_retention(*limits.of(region.tenant));
                           return period > 0 && region.min_time < kept_from(period, now);
                       });
}

bool is_superseded(const StoredSegment& segment, const std::vector<StoredSegment>& all) {
    std::map<std::string, std::uint64_t> highest;
    for (const StoredSegment& other : all) {
        if (other.id == segment.id) continue;
        for (const GenerationId& generation : other.generations) {
            std::uint64_t& number = highest[generation.instance];
            number = std::max(number, generation.number);
        }
    }
    return std::all_of(segment.generations.begin(), segment.generations.end(),
                       [&](const GenerationId& generation) {
                           const auto at = highest.find(generation.instance);
                           return at != highest.end() && at->second >= generation.number;
                       });
}

void add_share(const RegionTable& table, const Limits& limits, TimeNs now, ExpiredShare& share) {
    std::vector<DurationNs> periods;
    periods.reserve(table.streams.size());
    for (const StreamPtr& stream : table.streams)
        periods.push_back(retention_of(limits, stream->labels));
    for (const RunEntry& run : table.runs) {
        share.line_bytes += run.line_bytes;
        const DurationNs period = periods[run.stream];
        if (period <= 0 || run.max_time >= kept_from(period, now)) continue;
        share.expired_bytes += run.line_bytes;
        share.oldest_expiry = std::min(share.oldest_expiry, plus(run.max_time, period));
    }
}

bool is_worth_rewriting(const ExpiredShare& share, TimeNs now) {
    if (share.oldest_expiry == kTimeMax) return false;
    return share.expired_bytes >= share.line_bytes / 4 || share.oldest_expiry < now - kNanosPerDay;
}

std::vector<StoredSegment> oldest_segments(const std::vector<StoredSegment>& all,
                                           std::uint64_t bytes) {
    std::vector<StoredSegment> oldest;
    for (const StoredSegment& segment : all) {
        if (segment.is_settled && !segment.regions.empty() && is_superseded(segment, all))
            oldest.push_back(segment);
    }
    std::sort(oldest.begin(), oldest.end(), [](const StoredSegment& a, const StoredSegment& b) {
        return newest_time(a) < newest_time(b);
    });
    std::uint64_t freed = 0;
    std::size_t count = 0;
    while (count < oldest.size() && freed < bytes) freed += oldest[count++].stored_bytes;
    oldest.resize(count);
    return oldest;
}

}  // namespace skald::storage

// SPDX-License-Identifier: Apache-2.0
#include "retention_plan.h"

#include <skald/foundation/model/retention.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace skald::storage {

namespace {

TimeNs newest_time(const StoredSegment& segment) {
    TimeNs newest = kTimeMin;
    for (const RegionSummary& region : segment.regions) newest = std::max(newest, region.max_time);
    return newest;
}

/// The highest number of each instance.
std::map<std::string, std::uint64_t> highest_of(const StoredSegment& segment) {
    std::map<std::string, std::uint64_t> highest;
    for (const GenerationId& generation : segment.generations) {
        std::uint64_t& number = highest[generation.instance];
        number = std::max(number, generation.number);
    }
    return highest;
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

std::optional<TimeNs> first_expiry_of(const StoredSegment& segment, const LimitsSource& limits) {
    std::optional<TimeNs> first;
    for (const RegionSummary& region : segment.regions) {
        const DurationNs period = shortest_retention(*limits.of(region.tenant));
        if (period <= 0) continue;
        first = std::min(first.value_or(kTimeMax), plus(region.min_time, period));
    }
    return first;
}

bool may_hold_expired(const StoredSegment& segment, const LimitsSource& limits, TimeNs now) {
    return std::any_of(segment.regions.begin(), segment.regions.end(),
                       [&](const RegionSummary& region) {
                           const DurationNs period = shortest_retention(*limits.of(region.tenant));
                           return period > 0 && region.min_time < kept_from(period, now);
                       });
}

NamedGenerations::NamedGenerations(const std::vector<StoredSegment>& all) {
    for (const StoredSegment& segment : all) {
        for (const auto& [instance, number] : highest_of(segment))
            highest_[instance].insert(number);
    }
}

bool NamedGenerations::supersede(const StoredSegment& segment) const {
    const std::map<std::string, std::uint64_t> own = highest_of(segment);
    return std::all_of(own.begin(), own.end(), [&](const auto& item) {
        const auto at = highest_.find(item.first);
        if (at == highest_.end()) return false;
        // One of those is its own.
        const auto from = at->second.lower_bound(item.second);
        return from != at->second.end() && std::next(from) != at->second.end();
    });
}

void NamedGenerations::forget(const StoredSegment& dropped) {
    for (const auto& [instance, number] : highest_of(dropped)) {
        std::multiset<std::uint64_t>& numbers = highest_[instance];
        const auto at = numbers.find(number);
        if (at != numbers.end()) numbers.erase(at);
    }
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
    std::vector<StoredSegment> candidates;
    for (const StoredSegment& segment : all) {
        if (segment.is_settled && !segment.regions.empty()) candidates.push_back(segment);
    }
    std::sort(candidates.begin(), candidates.end(),
              [](const StoredSegment& a, const StoredSegment& b) {
                  return newest_time(a) < newest_time(b);
              });
    NamedGenerations named(all);
    std::vector<StoredSegment> oldest;
    std::uint64_t freed = 0;
    for (StoredSegment& segment : candidates) {
        if (freed >= bytes) break;
        if (!named.supersede(segment)) continue;
        named.forget(segment);
        freed += segment.stored_bytes;
        oldest.push_back(std::move(segment));
    }
    return oldest;
}

}  // namespace skald::storage

// SPDX-License-Identifier: Apache-2.0
#include "upcoming.h"

#include "retention_plan.h"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace skald::storage {

namespace {

constexpr std::size_t kByAgeShown = 20;
constexpr std::size_t kBySizeShown = 5;

/// A rewrite takes expired lines out after a day at the latest; what is older was taken out, or is
/// of streams that are kept for longer.
constexpr DurationNs kRewriteDelay = kNanosPerDay;

}  // namespace

std::vector<Upcoming> upcoming_removals(const std::vector<StoredSegment>& segments,
                                        const LimitsSource& limits, TimeNs now,
                                        bool has_size_limits) {
    std::vector<Upcoming> next;
    for (const StoredSegment& segment : segments) {
        if (segment.regions.empty()) continue;
        const std::optional<TimeNs> whole = expiry_of(segment, limits);
        if (whole) next.push_back({segment.id.text, "expired", *whole, segment.stored_bytes});
        const std::optional<TimeNs> first = first_expiry_of(segment, limits);
        if (first && *first > now - kRewriteDelay && (!whole || *first < *whole))
            next.push_back({segment.id.text, "partly expired", *first, segment.stored_bytes});
    }
    std::stable_sort(next.begin(), next.end(),
                     [](const Upcoming& a, const Upcoming& b) { return a.expires < b.expires; });
    if (next.size() > kByAgeShown) next.resize(kByAgeShown);
    if (!has_size_limits) return next;
    std::vector<StoredSegment> oldest = oldest_segments(segments, UINT64_MAX);
    if (oldest.size() > kBySizeShown) oldest.resize(kBySizeShown);
    for (const StoredSegment& segment : oldest)
        next.push_back({segment.id.text, "size", 0, segment.stored_bytes});
    return next;
}

}  // namespace skald::storage

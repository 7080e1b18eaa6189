// SPDX-License-Identifier: Apache-2.0
#include "merge_plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

namespace skald::storage {

namespace {

using Segments = std::vector<const StoredSegment*>;

std::uint64_t streams_of(const StoredSegment& segment) {
    std::uint64_t streams = 0;
    for (const RegionSummary& region : segment.regions) streams += region.streams;
    return streams;
}

bool overlaps(const StoredSegment& left, const StoredSegment& right) {
    for (const RegionSummary& a : left.regions) {
        for (const RegionSummary& b : right.regions) {
            if (a.tenant == b.tenant && a.period == b.period && a.min_time <= b.max_time &&
                b.min_time <= a.max_time)
                return true;
        }
    }
    return false;
}

/// Segments that may be merged with each other: of one level, and above level 0 of one region;
/// those of several small regions are among themselves.
using GroupKey = std::tuple<std::uint32_t, std::string, std::int32_t>;

GroupKey group_of(const StoredSegment& segment) {
    if (segment.level == 0 || segment.regions.size() != 1) return {segment.level, {}, 0};
    return {segment.level, segment.regions.front().tenant.text(), segment.regions.front().period};
}

/// Makes groups of neighbours that stay inside the limits.
class Group {
public:
    Group(const Segments& all, const MergeRules& rules) : all_(all), rules_(rules) {}

    bool fits(const StoredSegment& next) const {
        return members_.empty() || (bytes_ + line_bytes_of(next) <= rules_.segment_bytes_max &&
                                    streams_ + streams_of(next) <= rules_.streams_max &&
                                    members_.size() < rules_.inputs_max && keeps_order(next));
    }
    void add(const StoredSegment& next) {
        members_.push_back(&next);
        bytes_ += line_bytes_of(next);
        streams_ += streams_of(next);
    }
    void clear() {
        members_.clear();
        bytes_ = streams_ = 0;
    }
    const Segments& members() const { return members_; }
    std::uint64_t bytes() const { return bytes_; }

private:
    /// No other segment between the first and `next` has rows of the time of one of them.
    bool keeps_order(const StoredSegment& next) const {
        const std::uint64_t low = lowest_generation(*members_.front());
        const std::uint64_t high = lowest_generation(next);
        return std::none_of(all_.begin(), all_.end(), [&](const StoredSegment* other) {
            const std::uint64_t at = lowest_generation(*other);
            if (at <= low || at >= high || std::ranges::count(members_, other) > 0) return false;
            return overlaps(*other, next) ||
                   std::ranges::any_of(members_, [&](const StoredSegment* member) {
                       return overlaps(*other, *member);
                   });
        });
    }

    const Segments& all_;
    const MergeRules& rules_;
    Segments members_;
    std::uint64_t bytes_ = 0;
    std::uint64_t streams_ = 0;
};

MergeJob job_of(const Segments& members) {
    MergeJob job;
    for (const StoredSegment* member : members) {
        job.inputs.push_back(*member);
        job.level = std::max(job.level, member->level + 1);
    }
    return job;
}

bool has_generation_order(const StoredSegment* left, const StoredSegment* right) {
    return std::tuple(lowest_generation(*left), left->id) <
           std::tuple(lowest_generation(*right), right->id);
}

}  // namespace

std::uint64_t lowest_generation(const StoredSegment& segment) {
    std::uint64_t lowest = UINT64_MAX;
    for (const GenerationId& generation : segment.generations)
        lowest = std::min(lowest, generation.number);
    return segment.generations.empty() ? 0 : lowest;
}

std::uint64_t line_bytes_of(const StoredSegment& segment) {
    std::uint64_t bytes = 0;
    for (const RegionSummary& region : segment.regions) bytes += region.line_bytes;
    return bytes;
}

std::optional<MergeJob> next_merge(const std::vector<StoredSegment>& segments,
                                   const MergeRules& rules,
                                   const std::function<bool(const SegmentId&)>& may_use,
                                   const std::function<bool(const SegmentId&)>& must_merge) {
    Segments all;
    std::map<GroupKey, Segments> groups;
    for (const StoredSegment& segment : segments) {
        all.push_back(&segment);
        if (segment.regions.empty()) continue;
        groups[group_of(segment)].push_back(&segment);
    }
    for (auto& [key, members] : groups) {
        std::sort(members.begin(), members.end(), has_generation_order);
        const bool is_level0 = std::get<0>(key) == 0;
        const auto is_due = [&](const Group& group) {
            if (group.members().size() >= rules.segments) return true;
            return is_level0 && !group.members().empty() &&
                   (group.bytes() >= rules.level0_bytes ||
                    std::ranges::any_of(group.members(), [&](const StoredSegment* member) {
                        return must_merge(member->id);
                    }));
        };
        Group group(all, rules);
        for (const StoredSegment* next : members) {
            const bool is_usable =
                next->is_settled && may_use(next->id) &&
                (is_level0 || line_bytes_of(*next) <= rules.segment_bytes_max / 2);
            if (!is_usable || !group.fits(*next)) {
                if (is_due(group)) return job_of(group.members());
                group.clear();
            }
            if (is_usable) group.add(*next);
        }
        if (is_due(group)) return job_of(group.members());
    }
    return std::nullopt;
}

}  // namespace skald::storage

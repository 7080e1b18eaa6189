// SPDX-License-Identifier: Apache-2.0
#include "windows.h"

#include "query_context.h"

#include <algorithm>
#include <utility>

namespace skald::read {
namespace {

/// Loki's bound on points of a range query, and the two that alignment may add.
constexpr std::int64_t kPointsMax = 11'000 + 2;
/// Buckets looked at one after the other before a binary search.
constexpr std::size_t kNearBuckets = 8;

TimeNs floor_to(TimeNs time, DurationNs step) {
    const TimeNs rest = time % step;
    return subtract_times(time, rest < 0 ? rest + step : rest);
}

}  // namespace

Result<Steps> steps_of(const QueryRequest& request, bool align) {
    if (request.instant) return Steps{request.end, 1, 1};
    if (request.step <= 0) {
        return Error{ErrorCode::kInvalidArgument,
                     "zero or negative query resolution step widths are not accepted. Try a "
                     "positive integer"};
    }
    TimeNs start = request.start;
    TimeNs end = request.end;
    if (align) {
        start = floor_to(start, request.step);
        const TimeNs down = floor_to(end, request.step);
        end = down == end ? end : add_times(down, request.step);
    }
    if (end < start) return Steps{start, request.step, 0};
    const std::int64_t points = subtract_times(end, start) / request.step;
    if (points > kPointsMax) {
        return Error{ErrorCode::kInvalidArgument,
                     "exceeded maximum resolution of 11,000 points per time series. Try increasing "
                     "the value of the step parameter"};
    }
    return Steps{start, request.step, static_cast<std::size_t>(points) + 1};
}

Windows::Windows(const Steps& steps, DurationNs range, DurationNs offset) {
    std::vector<std::pair<TimeNs, TimeNs>> windows;
    for (std::size_t i = 0; i < steps.count; ++i) {
        const TimeNs last = subtract_times(steps.time(i), offset);
        windows.emplace_back(subtract_times(last, range), last);
        edges_.push_back(windows.back().first);
        edges_.push_back(last);
    }
    if (edges_.empty()) edges_.push_back(steps.start);
    std::sort(edges_.begin(), edges_.end());
    edges_.erase(std::unique(edges_.begin(), edges_.end()), edges_.end());
    const auto index = [&](TimeNs edge) {
        return static_cast<std::uint32_t>(std::lower_bound(edges_.begin(), edges_.end(), edge) -
                                          edges_.begin());
    };
    for (const auto& [begin, end] : windows) spans_.push_back({index(begin), index(end)});
}

std::size_t Windows::bucket_of(TimeNs time) const {
    const auto edge = std::lower_bound(edges_.begin() + 1, edges_.end(), time);
    return static_cast<std::size_t>(edge - edges_.begin()) - 1;
}

std::size_t Windows::bucket_from(std::size_t hint, TimeNs time) const {
    for (std::size_t i = hint; i < hint + kNearBuckets && i < buckets(); ++i) {
        if (time <= edges_[i + 1]) return i;
    }
    return bucket_of(time);
}

void Windows::sum_windows(std::span<const std::uint64_t> buckets,
                          std::vector<std::uint64_t>& prefix,
                          std::vector<std::uint64_t>& sums) const {
    prefix.assign(buckets.size() + 1, 0);
    for (std::size_t i = 0; i < buckets.size(); ++i) prefix[i + 1] = prefix[i] + buckets[i];
    sums.resize(spans_.size());
    for (std::size_t k = 0; k < spans_.size(); ++k) {
        sums[k] = prefix[spans_[k].end] - prefix[spans_[k].begin];
    }
}

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#include "metric_split.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/calendar.h>

#include <algorithm>
#include <utility>

namespace skald::read {
namespace {

/// An interval has at least so many steps, or more would be spent on extents than on samples.
constexpr std::int64_t kStepsMin = 32;
/// A gap is asked for in at most about so many parts.
constexpr std::int64_t kPartsMax = 8;
/// How much longer a part is than what it looks back.
constexpr std::int64_t kLengthOverLookback = 4;

std::int64_t ceil_div(std::int64_t number, std::int64_t by) {
    return -floor_div(-number, by);
}

std::int64_t length_of(MetricSplit::Range range) {
    return std::max<std::int64_t>(0, range.last - range.first + 1);
}

}  // namespace

MetricSplit::MetricSplit(Plan plan, ExtentCache* cache, const Validity* validity)
    : plan_(std::move(plan)),
      query_(std::make_shared<const std::string>(plan_.query)),
      hash_(hash128(*query_)),
      cache_(cache),
      validity_(validity),
      interval_steps_(std::max(kStepsMin, ceil_div(plan_.interval, plan_.steps.step))) {
    asked_.first = plan_.steps.start / plan_.steps.step;
    asked_.last = asked_.first + static_cast<std::int64_t>(plan_.steps.count) - 1;
}

bool MetricSplit::is_possible(const Steps& steps) {
    // Far from the ends of time, where sums would run over.
    constexpr TimeNs kFar = kTimeMax / 4;
    return steps.count > 0 && steps.step % kNanosPerMilli == 0 && steps.start % steps.step == 0 &&
           steps.start > -kFar && steps.start < kFar &&
           steps.step < kFar / static_cast<DurationNs>(steps.count);
}

std::int64_t MetricSplit::interval_of(std::int64_t step) const {
    return floor_div(step, interval_steps_);
}

/// The steps of the range whose rows are neither too new nor too old.
MetricSplit::Range MetricSplit::keepable(Range range) const {
    while (length_of(range) > 0 && plan_.times.last(time_of(range.last)) > validity_->newest()) {
        --range.last;
    }
    while (length_of(range) > 0 && plan_.times.first(time_of(range.first)) < validity_->oldest()) {
        ++range.first;
    }
    return range;
}

void MetricSplit::look_up(QueryStats& stats) {
    if (cache_ == nullptr) return;
    for (std::int64_t interval = interval_of(asked_.first); interval <= interval_of(asked_.last);
         ++interval) {
        const std::int64_t begin = interval * interval_steps_;
        const Range whole{std::max(asked_.first, begin),
                          std::min(asked_.last, begin + interval_steps_ - 1)};
        const Range wanted = keepable(whole);
        if (length_of(wanted) > 0) look_up_interval(interval, wanted, stats);
    }
}

void MetricSplit::look_up_interval(std::int64_t interval, Range wanted, QueryStats& stats) {
    ++stats.cache_requests;
    const ExtentPtr extent = cache_->find(key_of(interval), *query_);
    if (extent == nullptr) return;
    const TimeNs min = plan_.times.first(time_of(extent->first));
    const TimeNs max = plan_.times.last(time_of(extent->last));
    if (!validity_->unchanged(min, max, extent->version)) {
        cache_->erase(key_of(interval));
        return;
    }
    const Range known{std::max(wanted.first, extent->first), std::min(wanted.last, extent->last)};
    if (length_of(known) == 0) return;
    ++stats.cache_hits;
    stats.cache_bytes += extent->bytes();
    pieces_.emplace(known.first, Piece{known, extent});
}

std::vector<MetricSplit::Range> MetricSplit::gaps() const {
    std::vector<Range> missing;
    std::int64_t next = asked_.first;
    for (const auto& [first, piece] : pieces_) {
        if (first > next) missing.push_back({next, first - 1});
        next = piece.range.last + 1;
    }
    if (next <= asked_.last) missing.push_back({next, asked_.last});

    const DurationNs back = std::max<DurationNs>(0, plan_.times.oldest - plan_.times.newest);
    const std::int64_t steps_back = ceil_div(back, plan_.steps.step);
    std::vector<Range> parts;
    for (Range gap : missing) {
        const std::int64_t length =
            std::max({interval_steps_, ceil_div(length_of(gap), kPartsMax),
                      std::min<std::int64_t>(steps_back, length_of(gap)) * kLengthOverLookback});
        while (length_of(gap) > 0) {
            // Up to the end of an interval, so that the next part begins with one.
            const std::int64_t end = (interval_of(gap.first + length - 1) + 1) * interval_steps_;
            const std::int64_t last = std::min(gap.last, end - 1);
            parts.push_back({gap.first, last});
            gap.first = last + 1;
        }
    }
    return parts;
}

bool MetricSplit::take(Range gap, const MatrixResult& answer) {
    std::map<std::int64_t, Extent> extents;
    for (std::int64_t interval = interval_of(gap.first); interval <= interval_of(gap.last);
         ++interval) {
        Extent& extent = extents[interval];
        extent.first = std::max(gap.first, interval * interval_steps_);
        extent.last = std::min(gap.last, (interval + 1) * interval_steps_ - 1);
        extent.version = validity_ == nullptr ? 0 : validity_->version();
        extent.query = query_;
    }
    const Labels* before = nullptr;
    for (const Series& series : answer.series) {
        if (before != nullptr && !(*before < series.labels)) return false;
        before = &series.labels;
        Extent* extent = nullptr;
        for (const Sample& sample : series.samples) {
            const std::int64_t step = sample.time_ms * kNanosPerMilli / plan_.steps.step;
            if (extent == nullptr || step > extent->last) {
                extent = &extents.at(interval_of(step));
                extent->series.push_back({series.labels, {}, {}});
            }
            extent->series.back().steps.push_back(step);
            extent->series.back().values.push_back(sample.value);
        }
    }
    for (auto& [interval, extent] : extents) {
        const Range range{extent.first, extent.last};
        pieces_.emplace(range.first,
                        Piece{range, std::make_shared<const Extent>(std::move(extent)), true});
    }
    return true;
}

void MetricSplit::keep(QueryStats& stats) {
    if (cache_ == nullptr) return;
    std::map<std::int64_t, std::vector<const Piece*>> intervals;
    for (const auto& [first, piece] : pieces_) intervals[interval_of(first)].push_back(&piece);
    for (const auto& [interval, pieces] : intervals) {
        const bool any_new = std::any_of(pieces.begin(), pieces.end(),
                                         [](const Piece* each) { return each->is_new; });
        if (any_new) keep_interval(pieces, stats);
    }
}

/// The pieces of one interval as one extent. They follow each other without a gap, because all that
/// was asked for is there.
void MetricSplit::keep_interval(const std::vector<const Piece*>& pieces, QueryStats& stats) {
    std::vector<Range> ranges;
    for (const Piece* piece : pieces) ranges.push_back(piece->range);
    // What was known may reach beyond what was asked for.
    if (!pieces.front()->is_new) ranges.front().first = pieces.front()->extent->first;
    if (!pieces.back()->is_new) ranges.back().last = pieces.back()->extent->last;
    const Range whole = keepable({ranges.front().first, ranges.back().last});
    if (length_of(whole) == 0) return;
    auto merged = std::make_shared<Extent>();
    merged->first = whole.first;
    merged->last = whole.last;
    merged->version = validity_->version();
    merged->query = query_;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        append_extent(merged->series, *pieces[i]->extent, std::max(whole.first, ranges[i].first),
                      std::min(whole.last, ranges[i].last));
    }
    cache_->put(key_of(interval_of(whole.first)), std::move(merged));
    ++stats.cache_stored;
}

std::vector<Series> MetricSplit::finish() {
    std::vector<ExtentSeries> merged;
    for (const auto& [first, piece] : pieces_) {
        append_extent(merged, *piece.extent, piece.range.first, piece.range.last);
    }
    std::vector<Series> result;
    result.reserve(merged.size());
    for (ExtentSeries& each : merged) {
        Series& series = result.emplace_back(Series{std::move(each.labels), {}});
        series.samples.reserve(each.steps.size());
        for (std::size_t i = 0; i < each.steps.size(); ++i) {
            series.samples.push_back({time_of(each.steps[i]) / kNanosPerMilli, each.values[i]});
        }
    }
    return result;
}

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#include "log_split.h"

#include <skald/foundation/model/calendar.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace skald::read {
namespace {

constexpr TimeNs kFar = kTimeMax / 4;  ///< From the ends of time, where sums would run over.
/// Intervals that the cache is asked for; a query over more of them asks for the newest ones.
constexpr std::size_t kIntervalsMax = 11'000;

}  // namespace

LogSplit::LogSplit(Plan plan, ExtentCache* cache, const Validity* validity)
    : plan_(std::move(plan)),
      query_(std::make_shared<const std::string>(plan_.query)),
      hash_(hash128(*query_)),
      cache_(cache),
      validity_(validity),
      cursor_(is_backward() ? plan_.end : plan_.start),
      length_(plan_.interval) {}

bool LogSplit::is_possible(const Plan& plan) {
    return plan.start < plan.end && plan.start > -kFar && plan.end < kFar && plan.limit > 0 &&
           plan.interval > 0 && plan.interval < kFar;
}

/// The begin of the interval that the time lies in.
TimeNs LogSplit::interval_begin(TimeNs time) const {
    return floor_div(time, plan_.interval) * plan_.interval;
}

void LogSplit::look_up(QueryStats& stats) {
    if (cache_ == nullptr) return;
    TimeNs begin = interval_begin(plan_.end - 1);
    for (std::size_t i = 0; i < kIntervalsMax && begin > plan_.start - plan_.interval;
         ++i, begin -= plan_.interval) {
        // What would not be kept is not known.
        if (begin > validity_->newest()) continue;
        ++stats.cache_requests;
        const ExtentPtr extent = cache_->find(key_of(begin), *query_);
        if (extent == nullptr) continue;
        if (!validity_->unchanged(extent->first, extent->last, extent->version)) {
            cache_->erase(key_of(begin));
            continue;
        }
        known_[begin] = {extent->first, extent->last + 1};
        const Range known{std::max(extent->first, plan_.start),
                          std::min(extent->last + 1, plan_.end)};
        if (known.start >= known.end) continue;
        ++stats.cache_hits;
        stats.cache_bytes += extent->bytes();
        empty_.emplace(known.start, known.end);
    }
}

/// What is not known to be empty and begins at the cursor, seen from the direction; of no length if
/// something empty does.
LogSplit::Range LogSplit::around(TimeNs cursor) const {
    const auto after = empty_.upper_bound(is_backward() ? cursor - 1 : cursor);
    if (is_backward()) {
        TimeNs start = plan_.start;
        if (after != empty_.begin()) start = std::max(start, std::prev(after)->second);
        return {std::min(start, cursor), cursor};
    }
    if (after != empty_.begin() && std::prev(after)->second > cursor) return {cursor, cursor};
    return {cursor, after == empty_.end() ? plan_.end : std::min(plan_.end, after->first)};
}

std::optional<LogSplit::Part> LogSplit::next() {
    if (rows_ >= plan_.limit) return std::nullopt;
    const auto limit = static_cast<std::uint32_t>(plan_.limit - rows_);
    while (is_backward() ? cursor_ > plan_.start : cursor_ < plan_.end) {
        const Range free = around(cursor_);
        if (free.start == free.end) {
            const auto after = empty_.upper_bound(is_backward() ? cursor_ - 1 : cursor_);
            cursor_ = is_backward() ? std::prev(after)->first : std::prev(after)->second;
            continue;
        }
        Part part{free.start, free.end, limit};
        // Up to the edge of an interval, so that the next part begins with one.
        if (is_backward()) {
            part.start =
                std::max(part.start, interval_begin(cursor_ - 1) - length_ + plan_.interval);
            cursor_ = part.start;
        } else {
            part.end = std::min(part.end, interval_begin(cursor_) + length_);
            cursor_ = part.end;
        }
        length_ = std::min(length_ * 2, kFar / 4);
        return part;
    }
    return std::nullopt;
}

void LogSplit::take(const Part& part, StreamsResult answer) {
    std::size_t count = 0;
    TimeNs last = 0;
    for (LogStream& stream : answer.streams) {
        if (stream.rows.empty()) continue;
        const TimeNs time = stream.rows.back().time;
        const bool is_later = count == 0 || (is_backward() ? time < last : time > last);
        if (is_later) last = time;
        count += stream.rows.size();
        for (const LogRow& row : stream.rows) row_times_.push_back(row.time);
        std::vector<LogRow>& rows = streams_[std::move(stream.labels)];
        std::move(stream.rows.begin(), stream.rows.end(), std::back_inserter(rows));
    }
    rows_ += count;
    // Past its limit a part doesn't tell about the rest.
    Range known{part.start, part.end};
    if (count >= part.limit) (is_backward() ? known.start : known.end) = last;
    if (known.start < known.end) searched_.push_back(known);
}

void LogSplit::keep(QueryStats& stats) {
    if (cache_ == nullptr) return;
    std::sort(row_times_.begin(), row_times_.end());
    for (const Range& range : searched_) {
        TimeNs begin = interval_begin(range.end - 1);
        for (std::size_t i = 0; i < kIntervalsMax && begin > range.start - plan_.interval; ++i) {
            keep_interval(begin, range, stats);
            begin -= plan_.interval;
        }
    }
}

void LogSplit::keep_interval(TimeNs begin, Range searched, QueryStats& stats) {
    Range empty{std::max({searched.start, begin, validity_->oldest()}),
                std::min({searched.end, begin + plan_.interval, validity_->newest()})};
    if (empty.start >= empty.end) return;
    const auto row = std::lower_bound(row_times_.begin(), row_times_.end(), empty.start);
    if (row != row_times_.end() && *row < empty.end) return;
    // What was known beside it still holds.
    if (const auto known = known_.find(begin); known != known_.end()) {
        if (known->second.end == empty.start) empty.start = known->second.start;
        if (known->second.start == empty.end) empty.end = known->second.end;
    }
    known_[begin] = empty;
    auto extent = std::make_shared<Extent>();
    extent->first = empty.start;
    extent->last = empty.end - 1;
    extent->version = validity_->version();
    extent->query = query_;
    cache_->put(key_of(begin), std::move(extent));
    ++stats.cache_stored;
}

StreamsResult LogSplit::finish() {
    StreamsResult result;
    for (auto& [labels, rows] : streams_) result.streams.push_back({labels, std::move(rows)});
    return result;
}

}  // namespace skald::read

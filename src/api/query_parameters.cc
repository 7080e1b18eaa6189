// SPDX-License-Identifier: Apache-2.0
#include "query_parameters.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/calendar.h>
#include <skald/foundation/model/split.h>
#include <skald/foundation/model/text.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace skald::api {

namespace {

constexpr std::int64_t kPointsMax = 11'000;
constexpr std::size_t kSecondsDigitsMax = 10;
constexpr DurationNs kDefaultSince = kNanosPerHour;

Error invalid(std::string message) {
    return Error{ErrorCode::kInvalidArgument, std::move(message)};
}

/// `seconds` and `nanos` as one time, held inside what fits.
TimeNs time_from(std::int64_t seconds, std::int64_t nanos) noexcept {
    TimeNs time = 0;
    if (__builtin_mul_overflow(seconds, kNanosPerSecond, &time) ||
        __builtin_add_overflow(time, nanos, &time)) {
        return seconds < 0 ? kTimeMin : kTimeMax;
    }
    return time;
}

TimeNs time_from_float(double seconds) noexcept {
    constexpr double kSecondsMax = static_cast<double>(kTimeMax / kNanosPerSecond);
    if (std::isnan(seconds)) return 0;
    if (seconds >= kSecondsMax) return kTimeMax;
    if (seconds <= -kSecondsMax) return kTimeMin;
    double whole = 0;
    const double fraction = std::modf(seconds, &whole);
    const auto millis = static_cast<std::int64_t>(std::round(fraction * 1000));
    return time_from(static_cast<std::int64_t>(whole), millis * kNanosPerMilli);
}

Result<TimeNs> parse_bound(const Form& form, std::string_view name, TimeNs fallback) {
    const std::string_view text = form.value(name);
    if (text.empty()) return fallback;
    auto time = parse_timestamp(text);
    if (time) return *time;
    return invalid("could not parse '" + std::string(name) +
                   "' parameter: " + time.error().message);
}

constexpr std::uint32_t kDefaultLimit = 100;
constexpr std::int64_t kDelaySecondsMax = 5;

/// A whole number, as Go's Atoi reads it, inside what fits; `fallback` if there is none.
Result<std::int64_t> parse_count(const Form& form, std::string_view name, std::int64_t fallback) {
    const std::string_view text = form.value(name);
    if (text.empty()) return fallback;
    auto limit = parse_int(text);
    if (!limit) {
        // Go reads limits by another function than times and names it in the text.
        std::string message = limit.error().message;
        constexpr std::string_view kParseInt = "strconv.ParseInt";
        if (message.starts_with(kParseInt)) message.replace(0, kParseInt.size(), "strconv.Atoi");
        return invalid(std::move(message));
    }
    return std::min<std::int64_t>(*limit, std::numeric_limits<std::uint32_t>::max());
}

Result<std::uint32_t> parse_positive(const Form& form, std::string_view name,
                                     std::uint32_t fallback) {
    SKALD_TRY(const std::int64_t limit, parse_count(form, name, fallback));
    if (limit <= 0) return invalid("limit must be a positive value");
    return static_cast<std::uint32_t>(limit);
}

Result<std::uint32_t> parse_limit(const Form& form) {
    return parse_positive(form, "limit", kDefaultLimit);
}

Result<read::Direction> parse_direction(const Form& form) {
    const std::string_view text = form.value("direction");
    if (text.empty() || equal_ignoring_case(text, "backward")) return read::Direction::kBackward;
    if (equal_ignoring_case(text, "forward")) return read::Direction::kForward;
    return invalid("invalid direction '" + std::string(text) + "'");
}

/// The length of a range, at most what fits.
DurationNs length_of(const TimeRange& range) noexcept {
    DurationNs length = 0;
    if (__builtin_sub_overflow(range.end, range.start, &length))
        return std::numeric_limits<DurationNs>::max();
    return length;
}

Result<DurationNs> parse_step(const Form& form, DurationNs length) {
    const std::string_view text = form.value("step");
    if (text.empty()) {
        return std::max<std::int64_t>(length / kNanosPerSecond / 250, 1) * kNanosPerSecond;
    }
    SKALD_TRY(const DurationNs step, parse_seconds_or_duration(text));
    if (step <= 0) {
        return invalid(
            "zero or negative query resolution step widths are not accepted. Try a positive "
            "integer");
    }
    return step;
}

Result<void> check_points(DurationNs length, DurationNs step) {
    if (length / step <= kPointsMax) return {};
    return invalid(
        "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of "
        "the step parameter");
}

Result<DurationNs> parse_interval(const Form& form) {
    const std::string_view text = form.value("interval");
    if (text.empty()) return DurationNs{0};
    SKALD_TRY(const DurationNs interval, parse_seconds_or_duration(text));
    if (interval < 0) return invalid("interval must be >= 0");
    return interval;
}

}  // namespace

Result<TimeNs> parse_timestamp(std::string_view text) {
    if (text.find('.') != std::string_view::npos) {
        const auto seconds = parse_float(text);
        if (seconds) return time_from_float(*seconds);
    }
    auto number = parse_int(text);
    if (!number) {
        const auto time = parse_rfc3339(text);
        if (time) return *time;
        return std::move(number).error();
    }
    return text.size() <= kSecondsDigitsMax ? time_from(*number, 0) : *number;
}

Result<DurationNs> parse_seconds_or_duration(std::string_view text) {
    const auto refused = [text](std::string_view why) {
        return invalid("cannot parse " + go_quote(text) + " to a valid duration" +
                       std::string(why));
    };
    const auto seconds = parse_float(text);
    if (seconds) {
        const double nanos = *seconds * static_cast<double>(kNanosPerSecond);
        if (std::isnan(nanos) ||
            std::abs(nanos) >= static_cast<double>(std::numeric_limits<DurationNs>::max())) {
            return refused(". It overflows int64");
        }
        return static_cast<DurationNs>(nanos);
    }
    const auto duration = parse_prometheus_duration(text);
    if (!duration) return refused("");
    return *duration;
}

Result<TimeRange> parse_range(const Form& form, TimeNs now) {
    DurationNs since = kDefaultSince;
    if (const std::string_view text = form.value("since"); !text.empty()) {
        auto parsed = parse_prometheus_duration(text);
        if (!parsed) return invalid("could not parse 'since' parameter: " + parsed.error().message);
        since = *parsed;
    }
    TimeRange range;
    SKALD_TRY(range.end, parse_bound(form, "end", now));
    TimeNs start = 0;
    if (__builtin_sub_overflow(std::min(range.end, now), since, &start)) start = kTimeMin;
    SKALD_TRY(range.start, parse_bound(form, "start", start));
    return range;
}

Result<TimeRange> parse_ordered_range(const Form& form, TimeNs now) {
    SKALD_TRY(const TimeRange range, parse_range(form, now));
    if (range.end < range.start)
        return invalid("end timestamp must not be before or equal to start time");
    return range;
}

Result<TimeRange> parse_listing_range(const Form& form, TimeNs now) {
    SKALD_TRY(TimeRange range, parse_ordered_range(form, now));
    const auto begin_of = [](TimeNs time) {
        if (time < kTimeMin + kNanosPerMilli) return kTimeMin;
        return floor_div(time, kNanosPerMilli) * kNanosPerMilli;
    };
    range.start = begin_of(range.start);
    if (range.end <= kTimeMax - kNanosPerMilli)
        range.end = begin_of(range.end) + kNanosPerMilli - 1;
    return range;
}

Result<read::QueryRequest> parse_range_query(const Form& form, TimeNs now) {
    SKALD_TRY(const TimeRange range, parse_ordered_range(form, now));
    read::QueryRequest request{.tenant = TenantId::anonymous(),
                               .query = std::string(form.value("query"))};
    request.start = range.start;
    request.end = range.end;
    SKALD_TRY(request.limit, parse_limit(form));
    SKALD_TRY(request.direction, parse_direction(form));
    SKALD_TRY(request.step, parse_step(form, length_of(range)));
    SKALD_CHECK(check_points(length_of(range), request.step));
    SKALD_TRY(request.interval, parse_interval(form));
    return request;
}

Result<read::QueryRequest> parse_instant_query(const Form& form, TimeNs now) {
    read::QueryRequest request{.tenant = TenantId::anonymous(),
                               .query = std::string(form.value("query"))};
    request.instant = true;
    SKALD_TRY(request.limit, parse_limit(form));
    if (const std::string_view text = form.value("time"); text.empty()) {
        request.end = now;
    } else {
        SKALD_TRY(request.end, parse_timestamp(text));
    }
    request.start = request.end;
    SKALD_TRY(request.direction, parse_direction(form));
    return request;
}

Result<read::QueryRequest> parse_tail_query(const Form& form, TimeNs now) {
    SKALD_TRY(const TimeRange range, parse_range(form, now));
    read::QueryRequest request{.tenant = TenantId::anonymous(),
                               .query = std::string(form.value("query"))};
    request.start = range.start;
    request.end = now;
    SKALD_TRY(request.limit, parse_limit(form));
    add_legacy_regexp(form, request.query);
    return request;
}

Result<DurationNs> parse_tail_delay(const Form& form) {
    SKALD_TRY(const std::int64_t seconds, parse_count(form, "delay_for", 0));
    // Loki takes the number as unsigned: one below zero is a large one.
    if (seconds < 0 || seconds > kDelaySecondsMax)
        return invalid("delay_for can't be greater than 5");
    return seconds * kNanosPerSecond;
}

void add_legacy_regexp(const Form& form, std::string& query) {
    const std::string_view regexp = form.value("regexp");
    // On a line of its own: the query may end with a comment.
    if (!regexp.empty()) query += "\n|~ " + go_quote(regexp);
}

Result<VolumeParameters> parse_volume(const Form& form, TimeNs now, VolumeKind kind) {
    VolumeParameters volume;
    SKALD_TRY(volume.range, parse_ordered_range(form, now));
    SKALD_TRY(const std::int64_t limit, parse_count(form, "limit", 0));
    if (limit < 0) return invalid("limit must be a positive value");
    volume.limit = limit == 0 ? kDefaultLimit : static_cast<std::uint32_t>(limit);
    for (std::string_view rest = form.value("targetLabels"); !rest.empty();) {
        const std::string_view label = take_part(rest, ',');
        if (!label.empty()) volume.target_labels.emplace_back(label);
    }
    const std::string_view aggregate = form.value("aggregateBy");
    if (!aggregate.empty() && aggregate != "series" && aggregate != "labels")
        return invalid("invalid aggregation option");
    volume.by_label_names = aggregate == "labels";
    if (kind == VolumeKind::kInstant) return volume;
    SKALD_TRY(volume.step, parse_step(form, length_of(volume.range)));
    SKALD_CHECK(check_points(length_of(volume.range), volume.step));
    return volume;
}

Result<FieldParameters> parse_fields(const Form& form, TimeNs now) {
    FieldParameters fields;
    SKALD_TRY(fields.range, parse_ordered_range(form, now));
    SKALD_TRY(fields.lines, parse_positive(form, "line_limit", fields.lines));
    SKALD_TRY(fields.limit, parse_positive(form, "field_limit", fields.limit));
    SKALD_TRY(fields.limit, parse_positive(form, "limit", fields.limit));
    SKALD_CHECK(parse_step(form, length_of(fields.range)));
    return fields;
}

}  // namespace skald::api

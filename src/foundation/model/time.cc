// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/calendar.h>
#include <skald/foundation/model/text.h>
#include <skald/foundation/model/time.h>

#include <array>
#include <cstdio>

namespace skald {

namespace {

struct CivilTime {
    std::int64_t year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    std::int64_t nanos = 0;
};

CivilTime to_civil(TimeNs time) {
    CivilTime civil;
    const std::int64_t days = floor_div(time, kNanosPerDay);
    // Not by a product: the first day of all begins before the first time.
    std::int64_t rest = time % kNanosPerDay;
    if (rest < 0) rest += kNanosPerDay;
    civil.nanos = rest % kNanosPerSecond;
    rest /= kNanosPerSecond;
    civil.second = static_cast<int>(rest % 60);
    civil.minute = static_cast<int>(rest / 60 % 60);
    civil.hour = static_cast<int>(rest / 3600);
    const CalendarDay day = calendar_day(days);
    civil.year = day.year;
    civil.month = day.month;
    civil.day = day.day;
    return civil;
}

/// ".123" without trailing zeros; nothing for whole seconds.
std::string fraction_text(std::int64_t nanos) {
    if (nanos == 0) return {};
    char text[16];
    std::snprintf(text, sizeof text, ".%09d", static_cast<int>(nanos));
    std::string fraction(text);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    return fraction;
}

std::string date_and_time(const CivilTime& civil, char separator) {
    char text[48];
    std::snprintf(text, sizeof text, "%04lld-%02d-%02d%c%02d:%02d:%02d",
                  static_cast<long long>(civil.year), civil.month, civil.day, separator, civil.hour,
                  civil.minute, civil.second);
    return text;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Exactly `count` digits off the front of `text`.
bool take_digits(std::string_view& text, std::size_t count, int& value) {
    if (text.size() < count) return false;
    value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (!is_digit(text[i])) return false;
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(count);
    return true;
}

bool take_char(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
}

int days_in_month(std::int64_t year, int month) {
    constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

bool take_date(std::string_view& text, CivilTime& civil) {
    int year = 0;
    const bool read = take_digits(text, 4, year) && take_char(text, '-') &&
                      take_digits(text, 2, civil.month) && take_char(text, '-') &&
                      take_digits(text, 2, civil.day);
    civil.year = year;
    return read && civil.month >= 1 && civil.month <= 12 && civil.day >= 1 &&
           civil.day <= days_in_month(civil.year, civil.month);
}

bool take_clock(std::string_view& text, CivilTime& civil) {
    if (!take_digits(text, 2, civil.hour) || !take_char(text, ':') ||
        !take_digits(text, 2, civil.minute) || !take_char(text, ':') ||
        !take_digits(text, 2, civil.second))
        return false;
    if (civil.hour > 23 || civil.minute > 59 || civil.second > 59) return false;
    if (!text.empty() && (text.front() == '.' || text.front() == ',')) {
        text.remove_prefix(1);
        if (text.empty() || !is_digit(text.front())) return false;
        std::int64_t unit = kNanosPerSecond / 10;
        for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), unit /= 10)
            civil.nanos += unit * (text.front() - '0');
    }
    return true;
}

bool take_zone(std::string_view& text, std::int64_t& offset_seconds) {
    if (take_char(text, 'Z')) return true;
    if (text.empty() || (text.front() != '+' && text.front() != '-')) return false;
    const std::int64_t sign = text.front() == '-' ? -1 : 1;
    text.remove_prefix(1);
    int hours = 0;
    int minutes = 0;
    if (!take_digits(text, 2, hours) || !take_char(text, ':') || !take_digits(text, 2, minutes) ||
        hours > 24 || minutes > 60)
        return false;
    offset_seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

}  // namespace

std::int32_t period_of(TimeNs time) noexcept {
    return static_cast<std::int32_t>(floor_div(time, kNanosPerDay));
}

std::string format_rfc3339(TimeNs time) {
    return date_and_time(to_civil(time), 'T') + "Z";
}

std::string format_rfc3339_nano(TimeNs time) {
    const CivilTime civil = to_civil(time);
    return date_and_time(civil, 'T') + fraction_text(civil.nanos) + "Z";
}

std::string format_go_time(TimeNs time) {
    const CivilTime civil = to_civil(time);
    return date_and_time(civil, ' ') + fraction_text(civil.nanos) + " +0000 UTC";
}

Result<TimeNs> parse_rfc3339(std::string_view text) {
    const std::string quoted = go_quote(text);
    const Error error{ErrorCode::kInvalidArgument, "parsing time " + quoted +
                                                       " as \"2006-01-02T15:04:05Z07:00\": cannot "
                                                       "parse " +
                                                       quoted + " as RFC 3339"};
    CivilTime civil;
    std::int64_t offset_seconds = 0;
    std::string_view rest = text;
    const bool read = take_date(rest, civil) && take_char(rest, 'T') && take_clock(rest, civil) &&
                      take_zone(rest, offset_seconds) && rest.empty();
    if (!read) return error;
    const std::int64_t seconds = days_of(civil.year, civil.month, civil.day) * 86400 +
                                 civil.hour * 3600 + civil.minute * 60 + civil.second -
                                 offset_seconds;
    TimeNs time = 0;
    if (__builtin_mul_overflow(seconds, kNanosPerSecond, &time) ||
        __builtin_add_overflow(time, civil.nanos, &time))
        return Error{ErrorCode::kInvalidArgument,
                     "time " + quoted + " is outside the years 1678 to 2262"};
    return time;
}

}  // namespace skald

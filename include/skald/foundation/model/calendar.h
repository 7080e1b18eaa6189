// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// The Gregorian calendar of all years, by day numbers. Source: Howard Hinnant, "chrono-Compatible
// Low-Level Date Algorithms".
namespace skald {

/// The quotient rounded down. Requires: b > 0.
constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) noexcept {
    const std::int64_t quotient = a / b;
    return a % b < 0 ? quotient - 1 : quotient;
}

/// A day by name.
struct CalendarDay {
    std::int64_t year = 1970;
    int month = 1;  ///< 1 is January.
    int day = 1;
};

/// Days since 1970-01-01; month and day may be out of their range and carry over.
constexpr std::int64_t days_of(std::int64_t year, std::int64_t month, std::int64_t day) noexcept {
    year += floor_div(month - 1, 12);
    month = month - 12 * floor_div(month - 1, 12);
    year -= month <= 2 ? 1 : 0;
    const std::int64_t era = floor_div(year, 400);
    const std::int64_t year_of_era = year - era * 400;
    const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5;
    const std::int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468 + day - 1;
}

/// The day that is so many days after 1970-01-01.
constexpr CalendarDay calendar_day(std::int64_t days) noexcept {
    const std::int64_t z = days + 719468;
    const std::int64_t era = floor_div(z, 146097);
    const std::int64_t day_of_era = z - era * 146097;
    const std::int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const std::int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
    CalendarDay day;
    day.day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
    day.month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
    day.year = year_of_era + era * 400 + (day.month <= 2 ? 1 : 0);
    return day;
}

}  // namespace skald

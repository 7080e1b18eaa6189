// SPDX-License-Identifier: Apache-2.0
#include "template_time.h"

#include <skald/foundation/model/calendar.h>

#include <algorithm>
#include <array>

namespace skald::read {

namespace {

constexpr std::int64_t kSecondsPerDay = 86400;
constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kWeekdays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};

}  // namespace

std::int64_t GoTime::unix_nanos() const noexcept {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(seconds) * kNanosPerSecond +
                                     static_cast<std::uint64_t>(nanos));
}

GoTime GoTime::from_unix(std::int64_t seconds, std::int64_t nanos, const ZoneOfTime& zone) {
    const std::int64_t carried = floor_div(nanos, kNanosPerSecond);
    const std::int64_t bounded = std::clamp(seconds, -kSecondsMax, kSecondsMax);
    return {std::clamp(bounded + carried, -kSecondsMax, kSecondsMax),
            static_cast<std::int32_t>(nanos - carried * kNanosPerSecond), zone};
}

int days_in_month(std::int64_t year, int month) {
    return static_cast<int>(days_of(year, month + 1, 1) - days_of(year, month, 1));
}

CivilTime civil_of(const GoTime& time) {
    CivilTime civil;
    civil.offset = time.zone.offset;
    civil.zone_name = time.zone.name;
    if (time.zone.rules != nullptr) {
        const TimeZone::Period period = time.zone.rules->at(time.seconds);
        civil.offset = period.offset;
        civil.zone_name = period.name;
    }
    const std::int64_t shown = time.seconds + civil.offset;
    const std::int64_t days = floor_div(shown, kSecondsPerDay);
    const std::int64_t rest = shown - days * kSecondsPerDay;
    civil.hour = static_cast<int>(rest / 3600);
    civil.minute = static_cast<int>(rest / 60 % 60);
    civil.second = static_cast<int>(rest % 60);
    civil.weekday = static_cast<int>(((days + 4) % 7 + 7) % 7);
    const CalendarDay day = calendar_day(days);
    civil.year = day.year;
    civil.month = day.month;
    civil.day = day.day;
    civil.year_day = static_cast<int>(days - days_of(civil.year, 1, 1)) + 1;
    return civil;
}

std::int64_t unix_of_local(std::int64_t local_seconds, const ZoneOfTime& zone) {
    if (zone.rules == nullptr) return local_seconds - zone.offset;
    // The offset in force at the same number in UTC is right unless a change lies between.
    const TimeZone::Period near = zone.rules->at(local_seconds);
    if (near.offset == 0) return local_seconds;
    const std::int64_t utc = local_seconds - near.offset;
    if (utc >= near.start && utc < near.end) return utc;
    return local_seconds - zone.rules->at(utc).offset;
}

ZoneOfTime local_zone() {
    return {TimeZone::local(), 0, "UTC"};
}

std::optional<ZoneOfTime> load_zone(std::string_view name) {
    if (name.empty() || name == "UTC") return ZoneOfTime{};
    if (name == "Local") return local_zone();
    const TimeZone* zone = TimeZone::find(name);
    if (zone == nullptr) return std::nullopt;
    return ZoneOfTime{zone, 0, {}};
}

std::string_view month_name(int month) {
    return kMonths[static_cast<std::size_t>(month - 1)];
}

std::string_view weekday_name(int weekday) {
    return kWeekdays[static_cast<std::size_t>(weekday)];
}

}  // namespace skald::read

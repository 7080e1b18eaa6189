// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "template_zone.h"

#include <skald/foundation/model/calendar.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace skald::read {

/// The zone that a time is shown in: the rules of a place, or a fixed offset.
struct ZoneOfTime {
    const TimeZone* rules = nullptr;  ///< Lives for ever; null for a fixed offset.
    std::int32_t offset = 0;          ///< Seconds east of UTC.
    std::string_view name = "UTC";
};

/// Go's time.Time: an instant of any year and a zone.
struct GoTime {
    std::int64_t seconds = 0;  ///< Since 1970, within ±kSecondsMax.
    std::int32_t nanos = 0;    ///< 0 to 999'999'999.
    ZoneOfTime zone;

    /// Far enough from overflow that a zone's offset or a day may be added: a billion years.
    static constexpr std::int64_t kSecondsMax = std::int64_t{1} << 55;

    /// Nanoseconds since 1970; wraps around for years that they do not reach, as in Go.
    std::int64_t unix_nanos() const noexcept;
    GoTime in(const ZoneOfTime& other) const noexcept { return {seconds, nanos, other}; }
    static GoTime from_unix(std::int64_t seconds, std::int64_t nanos, const ZoneOfTime& zone);
};

/// Go's zero time, 0001-01-01T00:00:00Z.
inline constexpr std::int64_t kGoZeroSeconds = -62135596800;

/// A time as its zone's clock and calendar show it.
struct CivilTime {
    std::int64_t year = 1;
    int month = 1;
    int day = 1;
    int hour = 0;
    int minute = 0;
    int second = 0;
    int weekday = 0;   ///< 0 is Sunday.
    int year_day = 1;  ///< 1 is January 1st.
    std::int32_t offset = 0;
    std::string_view zone_name;
};

CivilTime civil_of(const GoTime& time);
int days_in_month(std::int64_t year, int month);
/// The instant at which a clock in `zone` shows these seconds since 1970 (Go's time.Date).
std::int64_t unix_of_local(std::int64_t local_seconds, const ZoneOfTime& zone);
/// Go's time.Local.
ZoneOfTime local_zone();
/// Go's time.LoadLocation; nothing for names that it does not know.
std::optional<ZoneOfTime> load_zone(std::string_view name);

std::string_view month_name(int month);      ///< 1 is "January".
std::string_view weekday_name(int weekday);  ///< 0 is "Sunday".

/// Go's Time.Format. Layouts: https://pkg.go.dev/time#pkg-constants
std::string format_time(const GoTime& time, std::string_view layout);
/// Go's Time.String.
std::string format_time(const GoTime& time);
/// Go's time.ParseInLocation. Nothing if `text` does not match. `name_storage` keeps the zone
/// abbreviation of the text, which the result's zone refers to.
std::optional<GoTime> parse_time(std::string_view layout, std::string_view text,
                                 const ZoneOfTime& zone, std::string& name_storage);

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skald::read {

/// The offsets from UTC of one place, from a TZif file (RFC 8536).
/// Threading: immutable, thread-safe.
class TimeZone {
public:
    struct Period {
        std::string_view name;    ///< "CET"; lives as long as the zone.
        std::int32_t offset = 0;  ///< Seconds east of UTC.
        std::int64_t start = 0;   ///< Seconds since 1970; valid in [start, end).
        std::int64_t end = 0;
    };

    /// Nothing if `bytes` is not a TZif file.
    static std::unique_ptr<const TimeZone> parse(std::string_view bytes);
    /// The zone called `name` in the system's database; kept for ever once read. Null if there is
    /// none.
    static const TimeZone* find(std::string_view name);
    /// The zone of the host: TZ, else /etc/localtime. Null for UTC.
    static const TimeZone* local();

    Period at(std::int64_t unix_seconds) const;
    /// The offset that an abbreviation stands for, preferably the one in force at that local time.
    std::optional<std::int32_t> offset_of(std::string_view abbreviation,
                                          std::int64_t local_seconds) const;

private:
    struct Kind {
        std::int32_t offset = 0;
        bool dst = false;
        std::string name;
    };
    /// A day of the year on which clocks change, as a POSIX TZ string tells it.
    struct ChangeDay {
        enum class Form { kJulian, kDayOfYear, kWeekday };
        Form form = Form::kWeekday;
        int day = 0;
        int week = 0;
        int month = 1;
        int seconds = 7200;
    };
    /// What holds after the last transition of the file.
    struct Rule {
        Kind standard;
        Kind summer;
        bool has_summer = false;
        ChangeDay summer_starts;
        ChangeDay summer_ends;
    };

    static std::optional<Rule> parse_rule(std::string_view text);
    static bool take_name(std::string_view& text, std::string& name);
    static bool take_offset(std::string_view& text, int hours_max, std::int32_t& seconds);
    static bool take_change(std::string_view& text, ChangeDay& change);
    static std::int64_t change_in(std::int64_t year, const ChangeDay& change, std::int32_t offset);

    Period at_rule(std::int64_t unix_seconds, std::int64_t since) const;
    const Kind& first_kind() const;

    std::vector<Kind> kinds_;
    std::vector<std::int64_t> changes_;     ///< Ascending.
    std::vector<std::uint8_t> kind_after_;  ///< One a change, an index of kinds_.
    std::optional<Rule> rule_;
};

}  // namespace skald::read

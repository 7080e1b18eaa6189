// SPDX-License-Identifier: Apache-2.0
//
// Go's time layouts: a layout is how the reference time, Mon Jan 2 15:04:05 MST 2006, would look.
// Written from https://pkg.go.dev/time#pkg-constants.
#include "template_layout.h"

#include "template_time.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace skald::read {

namespace {

struct Spelling {
    std::string_view text;
    LayoutField field;
};

/// Where one spelling begins another, the longer comes first.
constexpr std::array kSpellings = {
    Spelling{"January", LayoutField::kMonthLong},
    Spelling{"Jan", LayoutField::kMonthShort},
    Spelling{"Monday", LayoutField::kWeekdayLong},
    Spelling{"Mon", LayoutField::kWeekdayShort},
    Spelling{"MST", LayoutField::kZoneName},
    Spelling{"01", LayoutField::kMonthZero},
    Spelling{"002", LayoutField::kYearDayZero},
    Spelling{"02", LayoutField::kDayZero},
    Spelling{"03", LayoutField::kHour12Zero},
    Spelling{"04", LayoutField::kMinuteZero},
    Spelling{"05", LayoutField::kSecondZero},
    Spelling{"06", LayoutField::kYearShort},
    Spelling{"15", LayoutField::kHour},
    Spelling{"1", LayoutField::kMonth},
    Spelling{"2006", LayoutField::kYearLong},
    Spelling{"2", LayoutField::kDay},
    Spelling{"__2", LayoutField::kYearDaySpace},
    Spelling{"_2", LayoutField::kDaySpace},
    Spelling{"3", LayoutField::kHour12},
    Spelling{"4", LayoutField::kMinute},
    Spelling{"5", LayoutField::kSecond},
    Spelling{"PM", LayoutField::kUpperPm},
    Spelling{"pm", LayoutField::kLowerPm},
};

struct OffsetSpelling {
    std::string_view text;  ///< After the '-' or 'Z'.
    bool colons;
    int parts;
};

constexpr std::array kOffsetSpellings = {
    OffsetSpelling{"070000", false, 3}, OffsetSpelling{"07:00:00", true, 3},
    OffsetSpelling{"0700", false, 2},   OffsetSpelling{"07:00", true, 2},
    OffsetSpelling{"07", false, 1},
};

bool is_digit(std::string_view text, std::size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

bool is_lower_case(std::string_view text, std::size_t at) {
    return at < text.size() && text[at] >= 'a' && text[at] <= 'z';
}

std::size_t match_offset(std::string_view layout, LayoutPiece& piece) {
    if (layout.front() != '-' && layout.front() != 'Z') return 0;
    for (const OffsetSpelling& spelling : kOffsetSpellings) {
        if (!layout.substr(1).starts_with(spelling.text)) continue;
        piece.field = LayoutField::kZoneOffset;
        piece.iso = layout.front() == 'Z';
        piece.colons = spelling.colons;
        piece.parts = spelling.parts;
        return spelling.text.size() + 1;
    }
    return 0;
}

/// ".000" or ",999", with no other digit behind.
std::size_t match_fraction(std::string_view layout, LayoutPiece& piece) {
    if (layout.front() != '.' && layout.front() != ',') return 0;
    if (layout.size() < 2 || (layout[1] != '0' && layout[1] != '9')) return 0;
    const std::size_t end = std::min(layout.find_first_not_of(layout[1], 1), layout.size());
    if (is_digit(layout, end)) return 0;
    piece.field = layout[1] == '0' ? LayoutField::kFractionZeros : LayoutField::kFractionNines;
    piece.digits = end - 1;
    piece.separator = layout.front();
    return end;
}

std::size_t match_field(std::string_view layout, LayoutPiece& piece) {
    constexpr std::string_view kFirstCharacters = "012345JM_PpZ-.,";
    if (kFirstCharacters.find(layout.front()) == std::string_view::npos) return 0;
    if (const std::size_t length = match_offset(layout, piece)) return length;
    if (const std::size_t length = match_fraction(layout, piece)) return length;
    // In "_2006" the underscore is text.
    if (layout.starts_with("_2006")) return 0;
    for (const Spelling& spelling : kSpellings) {
        if (layout.front() != spelling.text.front() || !layout.starts_with(spelling.text)) continue;
        const bool short_name = spelling.field == LayoutField::kMonthShort ||
                                spelling.field == LayoutField::kWeekdayShort;
        if (short_name && is_lower_case(layout, 3)) continue;
        piece.field = spelling.field;
        return spelling.text.size();
    }
    return 0;
}

void append_padded(std::string& out, std::int64_t value, std::size_t width, char pad = '0') {
    std::array<char, 24> digits{};
    const auto magnitude =
        value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    if (value < 0) out.push_back('-');
    const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), magnitude).ptr;
    const auto length = static_cast<std::size_t>(end - digits.data());
    if (length < width) out.append(width - length, pad);
    out.append(digits.data(), length);
}

void append_offset(std::string& out, const LayoutPiece& piece, std::int32_t offset) {
    if (piece.iso && offset == 0) {
        out.push_back('Z');
        return;
    }
    const int seconds = offset < 0 ? -offset : offset;
    // Go looks at whole minutes for the sign.
    out.push_back(offset / 60 < 0 ? '-' : '+');
    append_padded(out, seconds / 3600, 2);
    if (piece.parts >= 2) {
        if (piece.colons) out.push_back(':');
        append_padded(out, seconds / 60 % 60, 2);
    }
    if (piece.parts == 3) {
        if (piece.colons) out.push_back(':');
        append_padded(out, seconds % 60, 2);
    }
}

void append_fraction(std::string& out, const LayoutPiece& piece, std::int32_t nanos) {
    char digits[16];
    std::snprintf(digits, sizeof digits, "%09d", nanos);
    std::string_view text(digits, std::min<std::size_t>(piece.digits, 9));
    if (piece.field == LayoutField::kFractionNines) {
        text = text.substr(0, text.find_last_not_of('0') + 1);
        if (text.empty()) return;
    }
    out.push_back(piece.separator);
    out.append(text);
}

void append_zone_name(std::string& out, const CivilTime& civil) {
    if (!civil.zone_name.empty()) {
        out.append(civil.zone_name);
        return;
    }
    const int minutes = civil.offset / 60;
    out.push_back(minutes < 0 ? '-' : '+');
    append_padded(out, std::abs(minutes) / 60, 2);
    append_padded(out, std::abs(minutes) % 60, 2);
}

void append_field(std::string& out, const LayoutPiece& piece, const CivilTime& civil,
                  std::int32_t nanos) {
    const int hour12 = civil.hour % 12 == 0 ? 12 : civil.hour % 12;
    switch (piece.field) {
        case LayoutField::kNone: return;
        case LayoutField::kMonthLong: out.append(month_name(civil.month)); return;
        case LayoutField::kMonthShort: out.append(month_name(civil.month).substr(0, 3)); return;
        case LayoutField::kMonth: return append_padded(out, civil.month, 0);
        case LayoutField::kMonthZero: return append_padded(out, civil.month, 2);
        case LayoutField::kWeekdayLong: out.append(weekday_name(civil.weekday)); return;
        case LayoutField::kWeekdayShort:
            out.append(weekday_name(civil.weekday).substr(0, 3));
            return;
        case LayoutField::kDay: return append_padded(out, civil.day, 0);
        case LayoutField::kDaySpace: return append_padded(out, civil.day, 2, ' ');
        case LayoutField::kDayZero: return append_padded(out, civil.day, 2);
        case LayoutField::kYearDaySpace: return append_padded(out, civil.year_day, 3, ' ');
        case LayoutField::kYearDayZero: return append_padded(out, civil.year_day, 3);
        case LayoutField::kHour: return append_padded(out, civil.hour, 2);
        case LayoutField::kHour12: return append_padded(out, hour12, 0);
        case LayoutField::kHour12Zero: return append_padded(out, hour12, 2);
        case LayoutField::kMinute: return append_padded(out, civil.minute, 0);
        case LayoutField::kMinuteZero: return append_padded(out, civil.minute, 2);
        case LayoutField::kSecond: return append_padded(out, civil.second, 0);
        case LayoutField::kSecondZero: return append_padded(out, civil.second, 2);
        case LayoutField::kYearLong: return append_padded(out, civil.year, 4);
        case LayoutField::kYearShort:
            return append_padded(out, (civil.year < 0 ? 0 : civil.year) % 100, 2);
        case LayoutField::kUpperPm: out.append(civil.hour >= 12 ? "PM" : "AM"); return;
        case LayoutField::kLowerPm: out.append(civil.hour >= 12 ? "pm" : "am"); return;
        case LayoutField::kZoneName: return append_zone_name(out, civil);
        case LayoutField::kZoneOffset: return append_offset(out, piece, civil.offset);
        case LayoutField::kFractionZeros:
        case LayoutField::kFractionNines: return append_fraction(out, piece, nanos);
    }
}

}  // namespace

LayoutPiece next_layout_piece(std::string_view layout) {
    LayoutPiece piece;
    for (std::size_t i = 0; i < layout.size(); ++i) {
        const std::size_t length = match_field(layout.substr(i), piece);
        if (length == 0) continue;
        piece.text = layout.substr(0, i);
        piece.rest = layout.substr(i + length);
        return piece;
    }
    piece.text = layout;
    return piece;
}

std::string format_time(const GoTime& time, std::string_view layout) {
    const CivilTime civil = civil_of(time);
    std::string out;
    while (!layout.empty()) {
        const LayoutPiece piece = next_layout_piece(layout);
        out.append(piece.text);
        append_field(out, piece, civil, time.nanos);
        layout = piece.rest;
    }
    return out;
}

std::string format_time(const GoTime& time) {
    return format_time(time, "2006-01-02 15:04:05.999999999 -0700 MST");
}

}  // namespace skald::read

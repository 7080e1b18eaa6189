// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace skald::read {

/// What a piece of a Go time layout stands for.
enum class LayoutField {
    kNone,
    kMonthLong,
    kMonthShort,
    kMonth,
    kMonthZero,
    kWeekdayLong,
    kWeekdayShort,
    kDay,
    kDaySpace,
    kDayZero,
    kYearDaySpace,
    kYearDayZero,
    kHour,
    kHour12,
    kHour12Zero,
    kMinute,
    kMinuteZero,
    kSecond,
    kSecondZero,
    kYearLong,
    kYearShort,
    kUpperPm,
    kLowerPm,
    kZoneName,
    kZoneOffset,     ///< -0700 and its kin, see `LayoutPiece`.
    kFractionZeros,  ///< .000
    kFractionNines,  ///< .999
};

/// The next field of a layout and the plain text before it.
struct LayoutPiece {
    std::string_view text;
    LayoutField field = LayoutField::kNone;
    std::string_view rest;
    std::size_t digits = 0;  ///< Of a fraction.
    char separator = '.';    ///< Of a fraction: '.' or ','.
    bool iso = false;        ///< Of an offset: "Z" stands for UTC.
    bool colons = false;     ///< Of an offset.
    int parts = 2;           ///< Of an offset: hours, minutes, seconds.
};

LayoutPiece next_layout_piece(std::string_view layout);

}  // namespace skald::read

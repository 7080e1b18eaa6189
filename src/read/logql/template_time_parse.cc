// SPDX-License-Identifier: Apache-2.0
//
// Reading a time by a Go layout: the rules of time.Parse, https://pkg.go.dev/time#Parse.
#include "template_layout.h"
#include "template_time.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace skald::read {

namespace {

bool is_digit(std::string_view text, std::size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

bool starts_fraction(std::string_view text) {
    return text.size() >= 2 && (text[0] == '.' || text[0] == ',') && is_digit(text, 1);
}

std::size_t digits_from(std::string_view text, std::size_t at) {
    std::size_t end = at;
    while (is_digit(text, end)) ++end;
    return end - at;
}

std::string_view without_spaces(std::string_view text) {
    return text.substr(std::min(text.find_first_not_of(' '), text.size()));
}

/// Reads the fields of a layout off the front of a text. Every `take` is false if the text is not
/// as it has to be.
class TimeReader {
public:
    TimeReader(std::string_view text, const ZoneOfTime& zone) : text_(text), zone_(zone) {}

    bool read(std::string_view layout) {
        while (true) {
            const LayoutPiece piece = next_layout_piece(layout);
            if (!take_text(piece.text)) return false;
            if (piece.field == LayoutField::kNone) return text_.empty();
            if (!take_field(piece)) return false;
            layout = piece.rest;
        }
    }

    std::optional<GoTime> result(std::string& name_storage) {
        if (pm_ && hour_ < 12) hour_ += 12;
        if (am_ && hour_ == 12) hour_ = 0;
        if (!resolve_day()) return std::nullopt;
        const std::int64_t local =
            days_of(year_, month_, day_) * 86400 + hour_ * 3600 + minute_ * 60 + second_;
        if (utc_) return GoTime{local, nanos_, {}};
        if (offset_) return with_offset(local, name_storage);
        if (!zone_name_.empty()) return with_name(local, name_storage);
        return GoTime{unix_of_local(local, zone_), nanos_, zone_};
    }

private:
    /// The plain text of a layout; a space in it stands for any number of them.
    bool take_text(std::string_view expected) {
        while (!expected.empty()) {
            if (expected.front() == ' ') {
                if (!text_.empty() && text_.front() != ' ') return false;
                expected = without_spaces(expected);
                text_ = without_spaces(text_);
                continue;
            }
            if (text_.empty() || text_.front() != expected.front()) return false;
            expected.remove_prefix(1);
            text_.remove_prefix(1);
        }
        return true;
    }

    bool take_field(const LayoutPiece& piece) {
        switch (piece.field) {
            case LayoutField::kNone: return true;
            case LayoutField::kMonthLong: return take_month(false);
            case LayoutField::kMonthShort: return take_month(true);
            case LayoutField::kMonth: return take_number(false, 1, 12, month_);
            case LayoutField::kMonthZero: return take_number(true, 1, 12, month_);
            case LayoutField::kWeekdayLong: return take_weekday(false);
            case LayoutField::kWeekdayShort: return take_weekday(true);
            case LayoutField::kDaySpace: skip_space(); return take_number(false, 0, 99, day_);
            case LayoutField::kDay: return take_number(false, 0, 99, day_);
            case LayoutField::kDayZero: return take_number(true, 0, 99, day_);
            case LayoutField::kYearDaySpace:
                skip_space();
                skip_space();
                return take_year_day(false);
            case LayoutField::kYearDayZero: return take_year_day(true);
            case LayoutField::kHour: return take_number(false, 0, 23, hour_);
            case LayoutField::kHour12: return take_number(false, 0, 12, hour_);
            case LayoutField::kHour12Zero: return take_number(true, 0, 12, hour_);
            case LayoutField::kMinute: return take_number(false, 0, 59, minute_);
            case LayoutField::kMinuteZero: return take_number(true, 0, 59, minute_);
            case LayoutField::kSecond: return take_second(false, piece.rest);
            case LayoutField::kSecondZero: return take_second(true, piece.rest);
            case LayoutField::kYearLong: return take_year(4);
            case LayoutField::kYearShort: return take_year(2);
            case LayoutField::kUpperPm: return take_pm("AM", "PM");
            case LayoutField::kLowerPm: return take_pm("am", "pm");
            case LayoutField::kZoneName: return take_zone_name();
            case LayoutField::kZoneOffset: return take_offset(piece);
            case LayoutField::kFractionZeros: return take_fraction(piece.digits);
            case LayoutField::kFractionNines:
                return !starts_fraction(text_) || take_fraction(digits_from(text_, 1));
        }
        return false;
    }

    void skip_space() {
        if (!text_.empty() && text_.front() == ' ') text_.remove_prefix(1);
    }

    /// One or two digits, two if `fixed`.
    bool take_number(bool fixed, int low, int high, int& value) {
        if (!is_digit(text_, 0) || (fixed && !is_digit(text_, 1))) return false;
        const std::size_t length = is_digit(text_, 1) ? 2 : 1;
        return take_digits(length, value) && value >= low && value <= high;
    }

    bool take_digits(std::size_t count, int& value) {
        if (digits_from(text_, 0) < count) return false;
        value = 0;
        for (std::size_t i = 0; i < count; ++i) value = value * 10 + (text_[i] - '0');
        text_.remove_prefix(count);
        return true;
    }

    template <class NameOf>
    bool take_name(int first, int count, bool is_short, int& value, NameOf name_of) {
        for (int i = first; i < first + count; ++i) {
            std::string_view name = name_of(i);
            if (is_short) name = name.substr(0, 3);
            const auto same = [](char a, char b) {
                return std::tolower(static_cast<unsigned char>(a)) ==
                       std::tolower(static_cast<unsigned char>(b));
            };
            if (text_.size() < name.size() ||
                !std::equal(name.begin(), name.end(), text_.begin(), same)) {
                continue;
            }
            text_.remove_prefix(name.size());
            value = i;
            return true;
        }
        return false;
    }
    bool take_month(bool is_short) { return take_name(1, 12, is_short, month_, month_name); }
    bool take_weekday(bool is_short) {
        int ignored = 0;
        return take_name(0, 7, is_short, ignored, weekday_name);
    }

    bool take_year(std::size_t digits) {
        if (!take_digits(digits, year_)) return false;
        if (digits == 2) year_ += year_ >= 69 ? 1900 : 2000;
        return true;
    }

    bool take_year_day(bool fixed) {
        const std::size_t digits = std::min<std::size_t>(digits_from(text_, 0), 3);
        if (digits == 0 || (fixed && digits != 3)) return false;
        return take_digits(digits, year_day_) && year_day_ >= 1 && year_day_ <= 366;
    }

    /// A fraction may follow the seconds even if the layout has none.
    bool take_second(bool fixed, std::string_view rest) {
        if (!take_number(fixed, 0, 59, second_)) return false;
        if (!starts_fraction(text_)) return true;
        const LayoutPiece next = next_layout_piece(rest);
        if (next.text.empty() && (next.field == LayoutField::kFractionZeros ||
                                  next.field == LayoutField::kFractionNines)) {
            return true;
        }
        return take_fraction(digits_from(text_, 1));
    }

    bool take_fraction(std::size_t digits) {
        if (!starts_fraction(text_) || digits_from(text_, 1) < digits) return false;
        nanos_ = 0;
        for (std::size_t i = 0; i < 9; ++i) {
            nanos_ = nanos_ * 10 + (i < digits ? text_[1 + i] - '0' : 0);
        }
        text_.remove_prefix(1 + digits);
        return true;
    }

    bool take_pm(std::string_view am, std::string_view pm) {
        pm_ = text_.starts_with(pm);
        am_ = text_.starts_with(am);
        if (!pm_ && !am_) return false;
        text_.remove_prefix(2);
        return true;
    }

    bool take_offset(const LayoutPiece& piece) {
        if (piece.iso && text_.starts_with('Z')) {
            text_.remove_prefix(1);
            utc_ = true;
            return true;
        }
        if (text_.empty() || (text_.front() != '+' && text_.front() != '-')) return false;
        const int sign = text_.front() == '-' ? -1 : 1;
        text_.remove_prefix(1);
        std::array<int, 3> values{};
        for (int i = 0; i < piece.parts; ++i) {
            if (i > 0 && piece.colons) {
                if (!text_.starts_with(':')) return false;
                text_.remove_prefix(1);
            }
            const int high = i == 0 ? 24 : 60;
            if (!take_number(true, 0, high, values[static_cast<std::size_t>(i)])) return false;
        }
        offset_ = sign * (values[0] * 3600 + values[1] * 60 + values[2]);
        return true;
    }

    bool take_zone_name() {
        if (text_.starts_with("UTC")) {
            utc_ = true;
            text_.remove_prefix(3);
            return true;
        }
        const std::size_t length = zone_name_length();
        zone_name_ = text_.substr(0, length);
        text_.remove_prefix(length);
        return length > 0;
    }

    /// Bytes of an hour's offset such as "+03" at `at`; 0 if there is none.
    std::size_t signed_hour_length(std::size_t at) const {
        if (at >= text_.size() || (text_[at] != '+' && text_[at] != '-')) return 0;
        const std::size_t digits = digits_from(text_, at + 1);
        int value = 24;
        if (digits > 0 && digits < 9) {
            value = 0;
            for (std::size_t i = 0; i < digits; ++i) value = value * 10 + (text_[at + 1 + i] - '0');
        }
        return value < 24 ? digits + 1 : 0;
    }

    /// Bytes of an abbreviation that may name a zone: three to five capitals and some exceptions.
    std::size_t zone_name_length() const {
        if (text_.size() < 3) return 0;
        if (text_.starts_with("ChST") || text_.starts_with("MeST")) return 4;
        if (text_.starts_with("GMT")) return 3 + signed_hour_length(3);
        if (text_.front() == '+' || text_.front() == '-') return signed_hour_length(0);
        std::size_t capitals = 0;
        while (capitals < std::min<std::size_t>(6, text_.size()) && text_[capitals] >= 'A' &&
               text_[capitals] <= 'Z') {
            ++capitals;
        }
        switch (capitals) {
            case 3: return 3;
            case 4: return text_[3] == 'T' || text_.starts_with("WITA") ? 4 : 0;
            case 5: return text_[4] == 'T' ? 5 : 0;
            default: return 0;
        }
    }

    bool resolve_day() {
        if (year_day_ > 0) {
            const int year_days = days_in_month(year_, 2) == 29 ? 366 : 365;
            if (year_day_ > year_days) return false;
            const CivilTime civil =
                civil_of(GoTime{(days_of(year_, 1, 1) + year_day_ - 1) * 86400, 0, {}});
            if ((month_ >= 0 && month_ != civil.month) || (day_ >= 0 && day_ != civil.day)) {
                return false;
            }
            month_ = civil.month;
            day_ = civil.day;
        }
        if (month_ < 0) month_ = 1;
        if (day_ < 0) day_ = 1;
        return day_ >= 1 && day_ <= days_in_month(year_, month_);
    }

    std::optional<GoTime> with_offset(std::int64_t local, std::string& name_storage) const {
        const std::int64_t unix_seconds = local - *offset_;
        const GoTime in_zone{unix_seconds, nanos_, zone_};
        const CivilTime civil = civil_of(in_zone);
        if (civil.offset == *offset_ && (zone_name_.empty() || civil.zone_name == zone_name_)) {
            return in_zone;
        }
        name_storage = zone_name_;
        return GoTime{unix_seconds, nanos_, {nullptr, *offset_, name_storage}};
    }

    std::optional<GoTime> with_name(std::int64_t local, std::string& name_storage) const {
        std::optional<std::int32_t> known;
        if (zone_.rules != nullptr) known = zone_.rules->offset_of(zone_name_, local);
        if (zone_.rules == nullptr && zone_.name == zone_name_) known = zone_.offset;
        if (known) return GoTime{local - *known, nanos_, zone_};
        int hours = 0;
        if (zone_name_.size() > 3) {
            for (std::size_t i = 4; i < zone_name_.size() && zone_name_.starts_with("GMT"); ++i) {
                hours = hours * 10 + (zone_name_[i] - '0');
            }
            if (zone_name_[3] == '-') hours = -hours;
        }
        name_storage = zone_name_;
        return GoTime{local - hours * 3600, nanos_, {nullptr, hours * 3600, name_storage}};
    }

    std::string_view text_;
    const ZoneOfTime& zone_;
    int year_ = 0;
    int month_ = -1;
    int day_ = -1;
    int year_day_ = -1;
    int hour_ = 0;
    int minute_ = 0;
    int second_ = 0;
    std::int32_t nanos_ = 0;
    bool pm_ = false;
    bool am_ = false;
    bool utc_ = false;
    std::optional<std::int32_t> offset_;
    std::string_view zone_name_;
};

}  // namespace

std::optional<GoTime> parse_time(std::string_view layout, std::string_view text,
                                 const ZoneOfTime& zone, std::string& name_storage) {
    TimeReader reader(text, zone);
    if (!reader.read(layout)) return std::nullopt;
    return reader.result(name_storage);
}

}  // namespace skald::read

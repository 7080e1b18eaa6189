// SPDX-License-Identifier: Apache-2.0
//
// TZif files as RFC 8536 describes them, with the TZ string of POSIX.1-2017 (8.3) in their footer.
// The C library's own conversion follows only one zone a process, that of the variable TZ.
#include "template_zone.h"

#include "template_time.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <map>
#include <mutex>
#include <utility>

namespace skald::read {

namespace {

constexpr std::int64_t kBegin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kFileBytesMax = 256 * 1024;
constexpr std::size_t kZonesMax = 2048;
constexpr std::string_view kDatabase = "/usr/share/zoneinfo/";
constexpr std::int64_t kDay = 86400;

/// Big-endian numbers off the front of a file; zeros and `failed` past its end.
class Reader {
public:
    explicit Reader(std::string_view bytes) : rest_(bytes) {}

    std::string_view take(std::size_t count) {
        if (count > rest_.size()) {
            failed_ = true;
            return {};
        }
        const std::string_view taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }
    std::uint64_t number(std::size_t bytes) {
        std::uint64_t value = 0;
        for (const char c : take(bytes)) value = value << 8 | static_cast<unsigned char>(c);
        return value;
    }
    std::string_view rest() const { return rest_; }
    bool failed() const { return failed_; }

private:
    std::string_view rest_;
    bool failed_ = false;
};

struct Header {
    char version = 0;
    std::size_t utc_marks = 0;
    std::size_t standard_marks = 0;
    std::size_t leaps = 0;
    std::size_t changes = 0;
    std::size_t kinds = 0;
    std::size_t name_bytes = 0;

    bool read(Reader& reader) {
        if (reader.take(4) != "TZif") return false;
        version = static_cast<char>(reader.number(1));
        reader.take(15);
        for (std::size_t* count :
             {&utc_marks, &standard_marks, &leaps, &changes, &kinds, &name_bytes}) {
            *count = reader.number(4);
            if (*count > kFileBytesMax) return false;
        }
        return !reader.failed() && kinds > 0 && kinds < 256;
    }
    std::size_t body_bytes(std::size_t time_bytes) const {
        return changes * time_bytes + changes + kinds * 6 + name_bytes + leaps * (time_bytes + 4) +
               standard_marks + utc_marks;
    }
};

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string bytes(kFileBytesMax, '\0');
    if (!file) return {};
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    return bytes;
}

/// A name that can only lead into the database.
bool is_zone_name(std::string_view name) {
    if (name.empty() || name.size() > 64 || name.front() == '/') return false;
    if (name.find("..") != std::string_view::npos) return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '/' || c == '_' || c == '-' || c == '+';
    });
}

bool take_number(std::string_view& text, int low, int high, int& value) {
    value = 0;
    std::size_t digits = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
        if (digits == 4) return false;
        value = value * 10 + (text[digits] - '0');
    }
    text.remove_prefix(digits);
    return digits > 0 && value >= low && value <= high;
}

bool take_char(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
}

std::int64_t year_of(std::int64_t unix_seconds) {
    return civil_of(GoTime{unix_seconds, 0, {}}).year;
}

}  // namespace

std::unique_ptr<const TimeZone> TimeZone::parse(std::string_view bytes) {
    Reader reader(bytes);
    Header header;
    if (!header.read(reader)) return nullptr;
    std::size_t time_bytes = 4;
    if (header.version >= '2') {
        // The first body repeats the second with 32-bit times.
        reader.take(header.body_bytes(4));
        time_bytes = 8;
        if (!header.read(reader)) return nullptr;
    }
    auto zone = std::make_unique<TimeZone>();
    for (std::size_t i = 0; i < header.changes && !reader.failed(); ++i) {
        const std::uint64_t time = reader.number(time_bytes);
        zone->changes_.push_back(time_bytes == 8 ? static_cast<std::int64_t>(time)
                                                 : static_cast<std::int32_t>(time));
    }
    for (std::size_t i = 0; i < header.changes && !reader.failed(); ++i) {
        zone->kind_after_.push_back(static_cast<std::uint8_t>(reader.number(1)));
        if (zone->kind_after_.back() >= header.kinds) return nullptr;
    }
    std::vector<std::size_t> name_at;
    for (std::size_t i = 0; i < header.kinds; ++i) {
        Kind kind;
        kind.offset = static_cast<std::int32_t>(reader.number(4));
        kind.dst = reader.number(1) != 0;
        name_at.push_back(reader.number(1));
        if (kind.offset < -kDay * 2 || kind.offset > kDay * 2) return nullptr;
        zone->kinds_.push_back(std::move(kind));
    }
    const std::string_view names = reader.take(header.name_bytes);
    for (std::size_t i = 0; i < header.kinds; ++i) {
        if (name_at[i] >= names.size()) return nullptr;
        const std::string_view name = names.substr(name_at[i]);
        zone->kinds_[i].name = name.substr(0, name.find('\0'));
    }
    reader.take(header.leaps * (time_bytes + 4) + header.standard_marks + header.utc_marks);
    if (reader.failed() || !std::is_sorted(zone->changes_.begin(), zone->changes_.end())) {
        return nullptr;
    }
    std::string_view footer = reader.rest();
    if (time_bytes == 8 && take_char(footer, '\n')) {
        zone->rule_ = parse_rule(footer.substr(0, footer.find('\n')));
    }
    return zone;
}

const TimeZone* TimeZone::find(std::string_view name) {
    static std::mutex mutex;
    static std::map<std::string, std::unique_ptr<const TimeZone>, std::less<>> zones;
    if (!is_zone_name(name)) return nullptr;
    {
        const std::lock_guard lock(mutex);
        const auto found = zones.find(name);
        if (found != zones.end()) return found->second.get();
        if (zones.size() >= kZonesMax) return nullptr;
    }
    std::unique_ptr<const TimeZone> zone = parse(read_file(std::string(kDatabase).append(name)));
    // Names that are not there stay unremembered: there are too many of them.
    if (zone == nullptr) return nullptr;
    const std::lock_guard lock(mutex);
    return zones.try_emplace(std::string(name), std::move(zone)).first->second.get();
}

const TimeZone* TimeZone::local() {
    static const std::unique_ptr<const TimeZone> zone = [] {
        const char* variable = std::getenv("TZ");
        std::string path = "/etc/localtime";
        if (variable != nullptr) {
            std::string_view name = variable;
            take_char(name, ':');
            if (name.empty()) return std::unique_ptr<const TimeZone>();
            if (name.front() == '/') path = name;
            if (name.front() != '/') {
                path = is_zone_name(name) ? std::string(kDatabase).append(name) : "";
            }
        }
        return parse(read_file(path));
    }();
    return zone.get();
}

bool TimeZone::take_name(std::string_view& text, std::string& name) {
    const bool quoted = take_char(text, '<');
    std::size_t length = 0;
    const auto letter = [&](char c) {
        return quoted ? c != '>' : (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    while (length < text.size() && letter(text[length])) ++length;
    name = text.substr(0, length);
    text.remove_prefix(length);
    return length >= 3 && (!quoted || take_char(text, '>'));
}

bool TimeZone::take_offset(std::string_view& text, int hours_max, std::int32_t& seconds) {
    const bool negative = take_char(text, '-');
    if (!negative) take_char(text, '+');
    int hours = 0;
    int minutes = 0;
    int rest = 0;
    if (!take_number(text, 0, hours_max, hours)) return false;
    if (take_char(text, ':') && !take_number(text, 0, 59, minutes)) return false;
    if (take_char(text, ':') && !take_number(text, 0, 59, rest)) return false;
    seconds = (hours * 3600 + minutes * 60 + rest) * (negative ? -1 : 1);
    return true;
}

bool TimeZone::take_change(std::string_view& text, ChangeDay& change) {
    if (take_char(text, 'J')) {
        change.form = ChangeDay::Form::kJulian;
        if (!take_number(text, 1, 365, change.day)) return false;
    } else if (take_char(text, 'M')) {
        change.form = ChangeDay::Form::kWeekday;
        if (!take_number(text, 1, 12, change.month) || !take_char(text, '.') ||
            !take_number(text, 1, 5, change.week) || !take_char(text, '.') ||
            !take_number(text, 0, 6, change.day)) {
            return false;
        }
    } else {
        change.form = ChangeDay::Form::kDayOfYear;
        if (!take_number(text, 0, 365, change.day)) return false;
    }
    if (!take_char(text, '/')) return true;
    return take_offset(text, 24 * 7, change.seconds);
}

std::optional<TimeZone::Rule> TimeZone::parse_rule(std::string_view text) {
    Rule rule;
    std::int32_t west = 0;
    if (!take_name(text, rule.standard.name) || !take_offset(text, 24, west)) return std::nullopt;
    rule.standard.offset = -west;
    if (text.empty()) return rule;
    if (!take_name(text, rule.summer.name)) return std::nullopt;
    rule.has_summer = true;
    rule.summer.dst = true;
    rule.summer.offset = rule.standard.offset + 3600;
    if (!text.empty() && text.front() != ',') {
        if (!take_offset(text, 24, west)) return std::nullopt;
        rule.summer.offset = -west;
    }
    if (text.empty()) text = ",M3.2.0,M11.1.0";
    if (!take_char(text, ',') || !take_change(text, rule.summer_starts) || !take_char(text, ',') ||
        !take_change(text, rule.summer_ends) || !text.empty()) {
        return std::nullopt;
    }
    return rule;
}

/// When clocks change in `year`; `offset` is in force until then.
std::int64_t TimeZone::change_in(std::int64_t year, const ChangeDay& change, std::int32_t offset) {
    std::int64_t day = 0;
    switch (change.form) {
        case ChangeDay::Form::kJulian: {
            const bool after_leap_day = days_in_month(year, 2) == 29 && change.day >= 60;
            day = days_of(year, 1, 1) + change.day - 1 + (after_leap_day ? 1 : 0);
            break;
        }
        case ChangeDay::Form::kDayOfYear: day = days_of(year, 1, 1) + change.day; break;
        case ChangeDay::Form::kWeekday: {
            const std::int64_t first = days_of(year, change.month, 1);
            // 1970-01-01 was a Thursday.
            const std::int64_t weekday = ((first + 4) % 7 + 7) % 7;
            std::int64_t of_month = (change.day - weekday + 7) % 7 + (change.week - 1) * 7;
            while (of_month >= days_in_month(year, change.month)) of_month -= 7;
            day = first + of_month;
            break;
        }
    }
    return day * kDay + change.seconds - offset;
}

TimeZone::Period TimeZone::at_rule(std::int64_t unix_seconds, std::int64_t since) const {
    const auto period = [&](const Kind& kind, std::int64_t start, std::int64_t end) {
        return Period{kind.name, kind.offset, std::max(start, since), end};
    };
    if (!rule_->has_summer) return period(rule_->standard, since, kEnd);
    const std::int64_t year = year_of(unix_seconds + rule_->standard.offset);
    struct Change {
        std::int64_t time;
        const Kind* after;
    };
    std::array<Change, 6> changes{};
    for (std::size_t i = 0; i < 3; ++i) {
        const std::int64_t of_year = year - 1 + static_cast<std::int64_t>(i);
        changes[2 * i] = {change_in(of_year, rule_->summer_starts, rule_->standard.offset),
                          &rule_->summer};
        changes[2 * i + 1] = {change_in(of_year, rule_->summer_ends, rule_->summer.offset),
                              &rule_->standard};
    }
    std::sort(changes.begin(), changes.end(),
              [](const Change& a, const Change& b) { return a.time < b.time; });
    for (std::size_t i = changes.size() - 1; i > 0; --i) {
        if (changes[i - 1].time <= unix_seconds && unix_seconds < changes[i].time) {
            return period(*changes[i - 1].after, changes[i - 1].time, changes[i].time);
        }
    }
    return period(rule_->standard, since, kEnd);
}

/// What holds before the first change: the first kind that is not summer time.
const TimeZone::Kind& TimeZone::first_kind() const {
    const auto standard =
        std::find_if(kinds_.begin(), kinds_.end(), [](const Kind& kind) { return !kind.dst; });
    return standard == kinds_.end() ? kinds_.front() : *standard;
}

TimeZone::Period TimeZone::at(std::int64_t unix_seconds) const {
    const auto next = std::upper_bound(changes_.begin(), changes_.end(), unix_seconds);
    const auto index = static_cast<std::size_t>(next - changes_.begin());
    if (next == changes_.end() && rule_) {
        return at_rule(unix_seconds, index == 0 ? kBegin : changes_[index - 1]);
    }
    const std::int64_t end = next == changes_.end() ? kEnd : *next;
    if (index == 0) {
        const Kind& kind = first_kind();
        return {kind.name, kind.offset, kBegin, end};
    }
    const Kind& kind = kinds_[kind_after_[index - 1]];
    return {kind.name, kind.offset, changes_[index - 1], end};
}

std::optional<std::int32_t> TimeZone::offset_of(std::string_view abbreviation,
                                                std::int64_t local_seconds) const {
    for (const Kind& kind : kinds_) {
        if (kind.name != abbreviation) continue;
        const Period period = at(local_seconds - kind.offset);
        if (period.name == abbreviation) return period.offset;
    }
    for (const Kind& kind : kinds_) {
        if (kind.name == abbreviation) return kind.offset;
    }
    return std::nullopt;
}

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/text.h>
#include <skald/foundation/model/time.h>

#include <array>
#include <cmath>

namespace skald {

namespace {

struct Unit {
    std::string_view name;
    std::int64_t nanos;
};

/// Units of Go's time.ParseDuration; the two micro signs are different code points.
constexpr std::array<Unit, 8> kGoUnits = {{{"ns", 1},
                                           {"us", kNanosPerMicro},
                                           {"µs", kNanosPerMicro},
                                           {"μs", kNanosPerMicro},
                                           {"ms", kNanosPerMilli},
                                           {"s", kNanosPerSecond},
                                           {"m", kNanosPerMinute},
                                           {"h", kNanosPerHour}}};

/// Units of Prometheus durations, largest first: the order in which they must be written.
constexpr std::array<Unit, 7> kPrometheusUnits = {{{"y", 365 * kNanosPerDay},
                                                   {"w", 7 * kNanosPerDay},
                                                   {"d", kNanosPerDay},
                                                   {"h", kNanosPerHour},
                                                   {"m", kNanosPerMinute},
                                                   {"s", kNanosPerSecond},
                                                   {"ms", kNanosPerMilli}}};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

Error invalid_go_duration(std::string_view text) {
    return {ErrorCode::kInvalidArgument, "time: invalid duration " + go_quote(text)};
}

Error not_a_duration(std::string_view text) {
    return {ErrorCode::kInvalidArgument, "not a valid duration string: " + go_quote(text)};
}

/// `value` (at least 0) without trailing zeros after the point.
std::string decimal(std::uint64_t whole, std::uint64_t fraction, int digits) {
    std::string text = std::to_string(whole);
    if (fraction == 0) return text;
    std::string tail = std::to_string(fraction);
    tail.insert(0, static_cast<std::size_t>(digits) - tail.size(), '0');
    tail.erase(tail.find_last_not_of('0') + 1);
    return text + "." + tail;
}

/// Digits with an optional fraction, then a unit, off the front of `rest`, in nanoseconds. `text`
/// is the whole.
Result<std::uint64_t> take_go_term(std::string_view& rest, std::string_view text) {
    constexpr std::uint64_t kMax = std::uint64_t{1} << 63;
    std::uint64_t whole = 0;
    std::size_t digits = 0;
    for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1), ++digits) {
        if (whole > kMax / 10) return invalid_go_duration(text);
        whole = whole * 10 + static_cast<std::uint64_t>(rest.front() - '0');
    }
    double fraction = 0;
    if (!rest.empty() && rest.front() == '.') {
        rest.remove_prefix(1);
        double unit = 0.1;
        for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1), ++digits, unit /= 10)
            fraction += unit * (rest.front() - '0');
    }
    if (digits == 0) return invalid_go_duration(text);
    std::size_t length = 0;
    while (length < rest.size() && rest[length] != '.' && !is_digit(rest[length])) ++length;
    const std::string_view name = rest.substr(0, length);
    if (name.empty()) {
        return Error{ErrorCode::kInvalidArgument,
                     "time: missing unit in duration " + go_quote(text)};
    }
    rest.remove_prefix(length);
    for (const Unit& unit : kGoUnits) {
        if (unit.name != name) continue;
        const auto scale = static_cast<std::uint64_t>(unit.nanos);
        if (whole > kMax / scale) return invalid_go_duration(text);
        return whole * scale +
               static_cast<std::uint64_t>(fraction * static_cast<double>(scale) + 1e-6);
    }
    return Error{ErrorCode::kInvalidArgument,
                 "time: unknown unit " + go_quote(name) + " in duration " + go_quote(text)};
}

}  // namespace

std::string format_go_duration(DurationNs duration) {
    if (duration == 0) return "0s";
    const bool negative = duration < 0;
    const std::uint64_t nanos =
        negative ? 0 - static_cast<std::uint64_t>(duration) : static_cast<std::uint64_t>(duration);
    std::string text = negative ? "-" : "";
    if (nanos < 1000) return text + std::to_string(nanos) + "ns";
    if (nanos < 1'000'000) return text + decimal(nanos / 1000, nanos % 1000, 3) + "µs";
    if (nanos < 1'000'000'000)
        return text + decimal(nanos / 1'000'000, nanos % 1'000'000, 6) + "ms";
    const std::uint64_t seconds = nanos / 1'000'000'000;
    if (seconds >= 3600) text += std::to_string(seconds / 3600) + "h";
    if (seconds >= 60) text += std::to_string(seconds / 60 % 60) + "m";
    return text + decimal(seconds % 60, nanos % 1'000'000'000, 9) + "s";
}

std::string format_prometheus_duration(DurationNs duration) {
    std::int64_t millis = duration / kNanosPerMilli;
    if (millis == 0) return "0s";
    std::string text;
    if (millis < 0) {
        text = "-";
        millis = -millis;
    }
    for (const Unit& unit : kPrometheusUnits) {
        const std::int64_t scale = unit.nanos / kNanosPerMilli;
        // Years and weeks only where nothing would be left over: "30d", not "4w2d".
        const bool exact_only = unit.name == "y" || unit.name == "w";
        if (exact_only && millis % scale != 0) continue;
        if (millis / scale == 0) continue;
        text += std::to_string(millis / scale) + std::string(unit.name);
        millis %= scale;
    }
    return text;
}

Result<DurationNs> parse_go_duration(std::string_view text) {
    std::string_view rest = text;
    bool negative = false;
    if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) {
        negative = rest.front() == '-';
        rest.remove_prefix(1);
    }
    if (rest == "0") return DurationNs{0};
    if (rest.empty()) return invalid_go_duration(text);
    std::uint64_t total = 0;
    while (!rest.empty()) {
        SKALD_TRY(const std::uint64_t term, take_go_term(rest, text));
        total += term;
        if (total > std::uint64_t{1} << 63) return invalid_go_duration(text);
    }
    if (negative) return static_cast<DurationNs>(0 - total);
    if (total == std::uint64_t{1} << 63) return invalid_go_duration(text);
    return static_cast<DurationNs>(total);
}

Result<DurationNs> parse_prometheus_duration(std::string_view text) {
    if (text.empty()) return Error{ErrorCode::kInvalidArgument, "empty duration string"};
    if (text == "0") return DurationNs{0};
    std::string_view rest = text;
    std::size_t next_unit = 0;
    std::int64_t total = 0;
    while (!rest.empty()) {
        std::int64_t count = 0;
        std::size_t digits = 0;
        for (; digits < rest.size() && is_digit(rest[digits]); ++digits)
            if (__builtin_mul_overflow(count, 10, &count) ||
                __builtin_add_overflow(count, rest[digits] - '0', &count))
                return not_a_duration(text);
        rest.remove_prefix(digits);
        std::size_t length = 0;
        while (length < rest.size() && !is_digit(rest[length])) ++length;
        if (digits == 0 || length == 0) return not_a_duration(text);
        const std::string_view name = rest.substr(0, length);
        rest.remove_prefix(length);
        std::size_t unit = 0;
        while (unit < kPrometheusUnits.size() && kPrometheusUnits[unit].name != name) ++unit;
        if (unit == kPrometheusUnits.size())
            return Error{ErrorCode::kInvalidArgument,
                         "unknown unit " + go_quote(name) + " in duration " + go_quote(text)};
        if (unit < next_unit) return not_a_duration(text);
        next_unit = unit + 1;
        if (__builtin_mul_overflow(count, kPrometheusUnits[unit].nanos, &count) ||
            __builtin_add_overflow(total, count, &total))
            return Error{ErrorCode::kInvalidArgument, "duration out of range"};
    }
    return total;
}

}  // namespace skald

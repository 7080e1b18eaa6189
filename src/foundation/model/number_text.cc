// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/model/text.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>

namespace skald {

namespace {

Error number_error(std::string_view function, std::string_view text, std::string_view what) {
    return {ErrorCode::kInvalidArgument, "strconv." + std::string(function) + ": parsing " +
                                             go_quote(text) + ": " + std::string(what)};
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// "inf", "+Inf", "-infinity", "nan" in any case.
bool parse_special(std::string_view text, double& value) {
    std::string word = lower(text);
    const bool negative = word.starts_with('-');
    if (negative || word.starts_with('+')) word.erase(0, 1);
    if (word == "inf" || word == "infinity") {
        value = negative ? -std::numeric_limits<double>::infinity()
                         : std::numeric_limits<double>::infinity();
        return true;
    }
    if (word != "nan" || word.size() != text.size()) return false;
    value = std::numeric_limits<double>::quiet_NaN();
    return true;
}

/// Takes '_' out where Go allows it: between digits.
bool strip_underscores(std::string& text) {
    if (text.find('_') == std::string::npos) return true;
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '_') {
            out.push_back(text[i]);
            continue;
        }
        const bool between = i > 0 && i + 1 < text.size() &&
                             std::isxdigit(static_cast<unsigned char>(text[i - 1])) != 0 &&
                             std::isxdigit(static_cast<unsigned char>(text[i + 1])) != 0;
        if (!between) return false;
    }
    text = std::move(out);
    return true;
}

struct SizeUnit {
    std::string_view name;
    double scale;
};

constexpr double kKilo = 1000.0;
constexpr double kKibi = 1024.0;

/// Names in lower case, as go-humanize compares them.
constexpr std::array<SizeUnit, 26> kHumanUnits = {{
    {"", 1},
    {"b", 1},
    {"k", kKilo},
    {"kb", kKilo},
    {"ki", kKibi},
    {"kib", kKibi},
    {"m", kKilo* kKilo},
    {"mb", kKilo* kKilo},
    {"mi", kKibi* kKibi},
    {"mib", kKibi* kKibi},
    {"g", 1e9},
    {"gb", 1e9},
    {"gi", kKibi* kKibi* kKibi},
    {"gib", kKibi* kKibi* kKibi},
    {"t", 1e12},
    {"tb", 1e12},
    {"ti", 1099511627776.0},
    {"tib", 1099511627776.0},
    {"p", 1e15},
    {"pb", 1e15},
    {"pi", 1125899906842624.0},
    {"pib", 1125899906842624.0},
    {"e", 1e18},
    {"eb", 1e18},
    {"ei", 1152921504606846976.0},
    {"eib", 1152921504606846976.0},
}};

/// What a size begins with, without commas. `at`: behind it.
std::string take_digits(std::string_view text, std::size_t& at) {
    std::string digits;
    for (; at < text.size() && (is_digit(text[at]) || text[at] == '.' || text[at] == ','); ++at)
        if (text[at] != ',') digits.push_back(text[at]);
    return digits;
}

/// A decimal number with its unit, the unit in lower case.
bool split_size(std::string_view text, double& number, std::string& unit) {
    std::size_t at = 0;
    const std::string digits = take_digits(text, at);
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (digits.empty() || parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size())
        return false;
    while (at < text.size() && text[at] == ' ') ++at;
    unit = lower(text.substr(at));
    while (!unit.empty() && unit.back() == ' ') unit.pop_back();
    return true;
}

}  // namespace

std::string format_float(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    // Shortest digits come from the scientific form; the fixed form of the library would print all
    // exact digits of large numbers, where Go pads with zeros.
    std::array<char, 40> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                   std::chars_format::scientific)
                         .ptr;
    std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
    std::string out;
    if (text.front() == '-') {
        out.push_back('-');
        text.remove_prefix(1);
    }
    const std::size_t e = text.find('e');
    int exponent = 0;
    const std::size_t exponent_at = e + (text[e + 1] == '+' ? 2 : 1);
    std::from_chars(text.data() + exponent_at, text.data() + text.size(), exponent);
    std::string digits;
    for (const char c : text.substr(0, e))
        if (c != '.') digits.push_back(c);
    if (exponent < 0) {
        out += "0.";
        out.append(static_cast<std::size_t>(-exponent - 1), '0');
        return out + digits;
    }
    const auto whole = static_cast<std::size_t>(exponent) + 1;
    if (digits.size() <= whole) {
        out += digits;
        out.append(whole - digits.size(), '0');
        return out;
    }
    return out + digits.substr(0, whole) + "." + digits.substr(whole);
}

Result<double> parse_float(std::string_view text) {
    double value = 0;
    if (parse_special(text, value)) return value;
    std::string digits(text);
    if (!strip_underscores(digits)) return number_error("ParseFloat", text, "invalid syntax");
    std::string_view rest = digits;
    bool negative = false;
    if (!rest.empty() && (rest.front() == '+' || rest.front() == '-')) {
        negative = rest.front() == '-';
        rest.remove_prefix(1);
    }
    auto format = std::chars_format::general;
    if (rest.size() > 2 && rest[0] == '0' && (rest[1] == 'x' || rest[1] == 'X')) {
        // Go demands the exponent of a hexadecimal mantissa.
        if (rest.find_first_of("pP") == std::string_view::npos)
            return number_error("ParseFloat", text, "invalid syntax");
        rest.remove_prefix(2);
        format = std::chars_format::hex;
    }
    if (rest.empty() ||
        !(is_digit(rest.front()) || rest.front() == '.' || format == std::chars_format::hex))
        return number_error("ParseFloat", text, "invalid syntax");
    const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), value, format);
    if (parsed.ptr != rest.data() + rest.size() || parsed.ec == std::errc::invalid_argument)
        return number_error("ParseFloat", text, "invalid syntax");
    if (parsed.ec == std::errc::result_out_of_range) {
        // Too small is zero for Go, too large an error.
        const std::size_t e = rest.find_first_of("eE");
        const bool tiny = e != std::string_view::npos && rest.substr(e + 1).starts_with('-');
        if (!tiny) return number_error("ParseFloat", text, "value out of range");
        value = 0;
    }
    return negative ? -value : value;
}

Result<std::int64_t> parse_int(std::string_view text) {
    std::string_view rest = text;
    if (rest.starts_with('+')) rest.remove_prefix(1);
    std::int64_t value = 0;
    const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    const bool double_sign = text.starts_with('+') && rest.starts_with('-');
    if (double_sign || parsed.ec == std::errc::invalid_argument ||
        parsed.ptr != rest.data() + rest.size())
        return number_error("ParseInt", text, "invalid syntax");
    if (parsed.ec == std::errc::result_out_of_range)
        return number_error("ParseInt", text, "value out of range");
    return value;
}

Result<std::uint64_t> parse_humanized_bytes(std::string_view text) {
    double number = 0;
    std::string unit;
    if (!split_size(text, number, unit)) {
        std::size_t at = 0;
        return number_error("ParseFloat", take_digits(text, at), "invalid syntax");
    }
    for (const SizeUnit& candidate : kHumanUnits) {
        if (candidate.name != unit) continue;
        const double bytes = number * candidate.scale;
        if (bytes >= 18446744073709551615.0)
            return Error{ErrorCode::kInvalidArgument, "too large: " + std::string(text)};
        return static_cast<std::uint64_t>(bytes);
    }
    return Error{ErrorCode::kInvalidArgument, "unhandled size name: " + unit};
}

Result<std::uint64_t> parse_byte_size(std::string_view text) {
    double number = 0;
    std::string unit;
    if (!split_size(text, number, unit))
        return Error{ErrorCode::kInvalidArgument, "not a size: " + go_quote(text)};
    if (!unit.empty() && unit.back() == 'b') unit.pop_back();
    if (!unit.empty() && unit.back() == 'i') unit.pop_back();
    static constexpr std::string_view kPrefixes = "kmgtpe";
    double scale = 1;
    if (!unit.empty()) {
        const std::size_t power = kPrefixes.find(unit);
        if (unit.size() != 1 || power == std::string_view::npos)
            return Error{ErrorCode::kInvalidArgument, "not a size: " + go_quote(text)};
        scale = std::pow(kKibi, static_cast<double>(power + 1));
    }
    if (number * scale >= 18446744073709551615.0)
        return Error{ErrorCode::kInvalidArgument, "too large: " + std::string(text)};
    return static_cast<std::uint64_t>(number * scale);
}

std::string format_byte_size(std::uint64_t bytes) {
    static constexpr std::array<std::string_view, 7> kNames = {"B",  "KB", "MB", "GB",
                                                               "TB", "PB", "EB"};
    std::size_t power = 0;
    std::uint64_t scale = 1;
    while (power + 1 < kNames.size() && bytes / scale >= 1024) {
        scale *= 1024;
        ++power;
    }
    std::string number =
        format_float(std::round(static_cast<double>(bytes) / static_cast<double>(scale) * 10) / 10);
    return number + std::string(kNames[power]);
}

}  // namespace skald

// SPDX-License-Identifier: Apache-2.0
#include "template_print.h"

#include <skald/foundation/model/text.h>
#include <skald/foundation/model/time.h>
#include <skald/foundation/model/utf8.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace skald::read {

namespace {

bool is_plain_ascii(char c) {
    return c >= ' ' && c < 0x7F;
}

std::size_t count_characters(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); ++count) {
        at += std::max<std::size_t>(1, utf8_length(text, at));
    }
    return count;
}

void append_character(std::string& out, std::uint64_t code) {
    const bool valid = code <= 0x10FFFF && append_utf8(out, static_cast<std::uint32_t>(code));
    if (!valid) out += "\xEF\xBF\xBD";
}

/// Go's %q of a character.
std::string quote_character(std::uint64_t code) {
    std::string text;
    append_character(text, code);
    if (text == "'") return "'\\''";
    if (text == "\"") return "'\"'";
    const std::string quoted = go_quote(text);
    return "'" + quoted.substr(1, quoted.size() - 2) + "'";
}

/// An exponent of at least two digits, as Go writes it.
std::string with_long_exponent(std::string text) {
    const std::size_t mark = text.find_first_of("pP");
    if (mark != std::string::npos && text.size() == mark + 3) text.insert(mark + 2, "0");
    return text;
}

}  // namespace

std::string format_go_float(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    std::array<char, 64> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                   std::chars_format::scientific);
    const std::string_view scientific(buffer.data(),
                                      static_cast<std::size_t>(end.ptr - buffer.data()));
    const std::size_t mark = scientific.find('e');
    int exponent = 0;
    const char* digits = buffer.data() + mark + (scientific[mark + 1] == '+' ? 2 : 1);
    std::from_chars(digits, end.ptr, exponent);
    if (exponent < -4 || exponent >= 6) return std::string(scientific);
    return format_float(value);
}

void GoPrinter::print(const Value& value) {
    spec_ = {};
    print_value(value, 'v');
}

void GoPrinter::print_all(std::span<const Value> values) {
    bool was_string = true;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const bool is_string = values[i].is_string();
        if (i > 0 && !is_string && !was_string) out_.push_back(' ');
        print(values[i]);
        was_string = is_string;
    }
}

void GoPrinter::print_line(std::span<const Value> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i > 0) out_.push_back(' ');
        print(values[i]);
    }
    out_.push_back('\n');
}

void GoPrinter::print_value(const Value& value, char32_t verb) {
    if (is_full()) return;
    if (value.is_empty() && verb != 'v' && verb != 'T') return print_bad_verb(value, verb);
    if (verb == 'T') {
        return print_string(value, value.is_empty() ? "<nil>" : type_name(value.type), 's');
    }
    switch (value.type) {
        case ValueType::kNone:
        case ValueType::kNil: return pad("<nil>");
        case ValueType::kBool:
            if (verb != 'v' && verb != 't') return print_bad_verb(value, verb);
            return pad(value.boolean ? "true" : "false");
        case ValueType::kInt:
        case ValueType::kInt64:
        case ValueType::kByte: return print_integer(value, verb);
        case ValueType::kDuration:
        case ValueType::kMonth:
        case ValueType::kWeekday: return print_whole(value, verb);
        case ValueType::kFloat: return print_float(value, verb);
        case ValueType::kString: return print_string(value, value.text(), verb);
        case ValueType::kTime: return print_string(value, format_time(*value.time), verb);
        case ValueType::kList: return print_list(value, verb);
        case ValueType::kMap: return print_map(value, *value.map, verb);
        case ValueType::kLabels: return print_map(value, labels_.all_labels(), verb);
    }
}

/// Whole numbers that have a text of their own.
void GoPrinter::print_whole(const Value& value, char32_t verb) {
    if (verb != 'v' && verb != 's' && verb != 'q') return print_integer(value, verb);
    switch (value.type) {
        case ValueType::kDuration:
            return print_string(value, format_go_duration(value.integer), verb);
        case ValueType::kMonth:
            return print_string(value, month_name(static_cast<int>(value.integer)), verb);
        default: return print_string(value, weekday_name(static_cast<int>(value.integer)), verb);
    }
}

void GoPrinter::print_integer(const Value& value, char32_t verb) {
    const bool negative = value.integer < 0;
    const auto bits = static_cast<std::uint64_t>(value.integer);
    const std::uint64_t magnitude = negative ? 0 - bits : bits;
    std::string sign = negative ? "-" : spec_.plus ? "+" : spec_.space ? " " : "";
    switch (verb) {
        case 'v':
        case 'd': return pad_number(sign, digits_of(magnitude, 10, false));
        case 'b':
            return pad_number(sign + (spec_.sharp ? "0b" : ""), digits_of(magnitude, 2, false));
        case 'o':
            return pad_number(sign + (spec_.sharp ? "0" : ""), digits_of(magnitude, 8, false));
        case 'O': return pad_number(sign + "0o", digits_of(magnitude, 8, false));
        case 'x':
            return pad_number(sign + (spec_.sharp ? "0x" : ""), digits_of(magnitude, 16, false));
        case 'X':
            return pad_number(sign + (spec_.sharp ? "0X" : ""), digits_of(magnitude, 16, true));
        case 'q': return pad(quote_character(bits));
        case 'c': {
            std::string character;
            append_character(character, bits);
            return pad(character);
        }
        case 'U': {
            std::string digits = digits_of(bits, 16, true);
            const std::size_t width =
                spec_.has_precision ? static_cast<std::size_t>(spec_.precision) : 4;
            if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
            digits.insert(0, "U+");
            if (spec_.sharp && bits <= 0x10FFFF) digits += " " + quote_character(bits);
            return pad(digits);
        }
        default: return print_bad_verb(value, verb);
    }
}

std::string GoPrinter::digits_of(std::uint64_t magnitude, unsigned base, bool capitals) const {
    std::string digits;
    const char* alphabet = capitals ? "0123456789ABCDEF" : "0123456789abcdef";
    for (; magnitude > 0; magnitude /= base) digits.push_back(alphabet[magnitude % base]);
    if (digits.empty() && !(spec_.has_precision && spec_.precision == 0)) digits = "0";
    std::reverse(digits.begin(), digits.end());
    const auto precision = static_cast<std::size_t>(spec_.has_precision ? spec_.precision : 0);
    if (digits.size() < precision) digits.insert(0, precision - digits.size(), '0');
    return digits;
}

void GoPrinter::print_float(const Value& value, char32_t verb) {
    constexpr std::u32string_view kVerbs = U"vgGeEfFxX";
    if (kVerbs.find(verb) == std::u32string_view::npos) return print_bad_verb(value, verb);
    const char kind = verb == 'v' ? 'g' : verb == 'F' ? 'f' : static_cast<char>(verb);
    std::string text = float_text(value.real, kind);
    std::string sign;
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
        sign = text.substr(0, 1);
        text.erase(0, 1);
    }
    if (sign != "-") sign = spec_.plus ? "+" : spec_.space ? " " : "";
    const bool finite = std::isfinite(value.real);
    // %v prints "+Inf" with its sign.
    if (!finite && !std::isnan(value.real) && sign.empty()) sign = "+";
    if (!finite) {
        spec_.zero = false;
        return pad(sign + text);
    }
    const bool by_precision = std::exchange(spec_.has_precision, false);
    pad_number(sign, text);
    spec_.has_precision = by_precision;
}

std::string GoPrinter::float_text(double value, char verb) const {
    if (!std::isfinite(value)) return std::isnan(value) ? "NaN" : value > 0 ? "Inf" : "-Inf";
    const bool shortest = !spec_.has_precision && (verb == 'g' || verb == 'G');
    if (shortest) {
        std::string text = format_go_float(value);
        if (verb == 'G') std::replace(text.begin(), text.end(), 'e', 'E');
        return text;
    }
    std::array<char, 8> format{};
    const bool hex = verb == 'x' || verb == 'X';
    const char kind = verb == 'x' ? 'a' : verb == 'X' ? 'A' : verb;
    if (hex && !spec_.has_precision) {
        std::snprintf(format.data(), format.size(), "%%%c", kind);
        const int length = std::snprintf(nullptr, 0, format.data(), value);
        std::string text(static_cast<std::size_t>(length) + 1, '\0');
        std::snprintf(text.data(), text.size(), format.data(), value);
        text.pop_back();
        return with_long_exponent(std::move(text));
    }
    const int precision = spec_.has_precision ? spec_.precision : 6;
    std::snprintf(format.data(), format.size(), "%%%s.*%c", spec_.sharp ? "#" : "", kind);
    const int length = std::snprintf(nullptr, 0, format.data(), precision, value);
    if (length < 0) return {};
    std::string text(static_cast<std::size_t>(length) + 1, '\0');
    std::snprintf(text.data(), text.size(), format.data(), precision, value);
    text.pop_back();
    return hex ? with_long_exponent(std::move(text)) : text;
}

void GoPrinter::print_string(const Value& value, std::string_view text, char32_t verb) {
    switch (verb) {
        case 'v':
            if (spec_.sharp && value.is_string()) return pad(go_quote(text));
            [[fallthrough]];
        case 's': return pad(truncated(text));
        case 'q': return pad(quoted(truncated(text)));
        case 'x': return pad(hex_of(text, false));
        case 'X': return pad(hex_of(text, true));
        default: return print_bad_verb(value, verb);
    }
}

std::string GoPrinter::quoted(std::string_view text) const {
    const bool can_be_raw =
        text.find('`') == std::string_view::npos &&
        std::all_of(text.begin(), text.end(), [](char c) {
            return c == '\t' || is_plain_ascii(c) || static_cast<unsigned char>(c) >= 0x80;
        });
    if (spec_.sharp && can_be_raw) return "`" + std::string(text) + "`";
    return go_quote(text);
}

std::string GoPrinter::hex_of(std::string_view text, bool capitals) const {
    const char* alphabet = capitals ? "0123456789ABCDEF" : "0123456789abcdef";
    const std::string_view prefix = !spec_.sharp ? "" : capitals ? "0X" : "0x";
    if (spec_.has_precision) text = text.substr(0, static_cast<std::size_t>(spec_.precision));
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i > 0 && spec_.space) out.push_back(' ');
        if (i == 0 || spec_.space) out.append(prefix);
        const auto byte = static_cast<unsigned char>(text[i]);
        out.push_back(alphabet[byte >> 4]);
        out.push_back(alphabet[byte & 0xF]);
    }
    return out;
}

void GoPrinter::print_list(const Value& value, char32_t verb) {
    const bool go_syntax = spec_.sharp && verb == 'v';
    if (go_syntax) out_.append(type_name(value.type)).push_back('{');
    if (!go_syntax) out_.push_back('[');
    bool first = true;
    for (const Value& element : *value.list) {
        if (!std::exchange(first, false)) out_ += go_syntax ? ", " : " ";
        if (element.is_empty()) {
            out_ += go_syntax ? "interface {}(nil)" : "<nil>";
        } else {
            print_value(element, verb);
        }
    }
    out_.push_back(go_syntax ? '}' : ']');
}

void GoPrinter::print_map(const Value& value, const ValueMap& map, char32_t verb) {
    const bool go_syntax = spec_.sharp && verb == 'v';
    out_ += go_syntax ? std::string(type_name(value.type)) + "{" : "map[";
    bool first = true;
    for (const auto& [key, element] : map) {
        if (!std::exchange(first, false)) out_ += go_syntax ? ", " : " ";
        print_value(Value::of(key), verb);
        out_.push_back(':');
        if (element.is_empty()) {
            out_ += go_syntax ? "interface {}(nil)" : "<nil>";
        } else {
            print_value(element, verb);
        }
    }
    out_.push_back(go_syntax ? '}' : ']');
}

/// `%!d(string=abc)`
void GoPrinter::print_bad_verb(const Value& value, char32_t verb) {
    out_ += "%!";
    append_character(out_, verb);
    out_.push_back('(');
    if (value.is_empty()) {
        out_ += "<nil>";
    } else {
        out_.append(type_name(value.type)).push_back('=');
        print_value(value, 'v');
    }
    out_.push_back(')');
}

std::string_view GoPrinter::truncated(std::string_view text) const {
    if (!spec_.has_precision) return text;
    std::size_t at = 0;
    for (int i = 0; i < spec_.precision && at < text.size(); ++i) {
        at += std::max<std::size_t>(1, utf8_length(text, at));
    }
    return text.substr(0, at);
}

void GoPrinter::pad(std::string_view text) {
    const std::size_t width = spec_.has_width ? static_cast<std::size_t>(spec_.width) : 0;
    const std::size_t length = width == 0 ? 0 : count_characters(text);
    const std::size_t missing = width > length ? width - length : 0;
    if (!spec_.minus) out_.append(missing, spec_.zero ? '0' : ' ');
    out_.append(text);
    if (spec_.minus) out_.append(missing, ' ');
}

/// Zeros go between the sign and the digits.
void GoPrinter::pad_number(std::string_view sign, std::string_view digits) {
    std::string text(sign);
    const bool zeros = spec_.zero && !spec_.minus && !spec_.has_precision && spec_.has_width;
    const auto width = static_cast<std::size_t>(spec_.width);
    if (zeros && sign.size() + digits.size() < width) {
        text.append(width - sign.size() - digits.size(), '0');
    }
    text.append(digits);
    const bool was_zero = std::exchange(spec_.zero, false);
    pad(text);
    spec_.zero = was_zero;
}

}  // namespace skald::read

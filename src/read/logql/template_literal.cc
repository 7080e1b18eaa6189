// SPDX-License-Identifier: Apache-2.0
//
// Literals as the Go specification has them, https://go.dev/ref/spec#Lexical_elements.
#include "template_literal.h"

#include <skald/foundation/model/text.h>
#include <skald/foundation/model/utf8.h>

#include <limits>

namespace skald::read {

namespace {

int digit_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return 99;
}

/// Underscores stand between digits, or between a prefix and a digit.
bool underscores_are_well(std::string_view digits, bool prefixed) {
    bool digit_before = prefixed;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (digits[i] == '_') {
            if (!digit_before || i + 1 == digits.size() || digits[i + 1] == '_') return false;
        }
        digit_before = digits[i] != '_';
    }
    return true;
}

int take_base(std::string_view& text) {
    if (text.size() < 2 || text[0] != '0') return 10;
    switch (text[1]) {
        case 'x':
        case 'X': text.remove_prefix(2); return 16;
        case 'o':
        case 'O': text.remove_prefix(2); return 8;
        case 'b':
        case 'B': text.remove_prefix(2); return 2;
        default: text.remove_prefix(1); return 8;
    }
}

/// The escape after a backslash, off the front of `text`; `byte` if it is a byte, not a character.
std::optional<std::uint32_t> take_escape(std::string_view& text, char quote, bool& byte) {
    if (text.empty()) return std::nullopt;
    const char kind = text.front();
    text.remove_prefix(1);
    byte = false;
    const auto digits = [&](std::size_t count, int base,
                            std::uint32_t value) -> std::optional<std::uint32_t> {
        if (text.size() < count) return std::nullopt;
        for (std::size_t i = 0; i < count; ++i) {
            const int digit = digit_value(text[i]);
            if (digit >= base) return std::nullopt;
            value = value * static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(digit);
        }
        text.remove_prefix(count);
        return value;
    };
    switch (kind) {
        case 'a': return '\a';
        case 'b': return '\b';
        case 'f': return '\f';
        case 'n': return '\n';
        case 'r': return '\r';
        case 't': return '\t';
        case 'v': return '\v';
        case '\\': return '\\';
        case 'x': byte = true; return digits(2, 16, 0);
        case 'u': return digits(4, 16, 0);
        case 'U': return digits(8, 16, 0);
        default: break;
    }
    if (kind == quote && (quote == '"' || quote == '\'')) return static_cast<unsigned char>(kind);
    if (kind < '0' || kind > '7') return std::nullopt;
    byte = true;
    const auto value = digits(2, 8, static_cast<std::uint32_t>(kind - '0'));
    if (value && *value > 255) return std::nullopt;
    return value;
}

Error bad(std::string message) {
    return Error{ErrorCode::kInvalidArgument, std::move(message)};
}

Result<TemplateNumber> parse_character(std::string_view text) {
    std::string_view inside = text.substr(1);
    std::uint32_t code = 0;
    if (inside.starts_with('\\')) {
        inside.remove_prefix(1);
        bool byte = false;
        const auto escaped = take_escape(inside, '\'', byte);
        if (!escaped || *escaped > 0x10FFFF || (*escaped >= 0xD800 && *escaped < 0xE000)) {
            return bad("invalid syntax");
        }
        code = *escaped;
    } else if (inside.starts_with('\'')) {
        return bad("invalid syntax");
    } else {
        const std::size_t length = utf8_length(inside, 0);
        code = length == 0 ? 0xFFFD : utf8_code_point(inside, 0);
        inside.remove_prefix(length == 0 ? 1 : length);
    }
    if (inside != "'") return bad("malformed character constant: " + std::string(text));
    return TemplateNumber{true, true, false, code, static_cast<double>(code)};
}

}  // namespace

std::optional<std::int64_t> parse_go_int(std::string_view text) {
    bool negative = false;
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
        negative = text.front() == '-';
        text.remove_prefix(1);
    }
    if (text.empty()) return std::nullopt;
    const std::size_t size = text.size();
    const int base = take_base(text);
    const bool prefixed = text.size() != size;
    if (text.empty() || !underscores_are_well(text, prefixed)) return std::nullopt;
    const std::uint64_t limit = std::uint64_t{1} << 63;
    std::uint64_t value = 0;
    for (const char c : text) {
        if (c == '_') continue;
        const int digit = digit_value(c);
        if (digit >= base) return std::nullopt;
        if (value >
            (limit - static_cast<std::uint64_t>(digit)) / static_cast<std::uint64_t>(base)) {
            return std::nullopt;
        }
        value = value * static_cast<std::uint64_t>(base) + static_cast<std::uint64_t>(digit);
    }
    if (!negative && value == limit) return std::nullopt;
    return static_cast<std::int64_t>(negative ? 0 - value : value);
}

Result<TemplateNumber> parse_template_number(std::string_view text) {
    if (text.starts_with('\'')) return parse_character(text);
    TemplateNumber number;
    if (const auto integer = parse_go_int(text)) {
        number.is_int = number.is_float = true;
        number.integer = *integer;
        number.real = static_cast<double>(*integer);
        return number;
    }
    const Result<double> real = parse_float(text);
    const bool hex = text.find_first_of("xX") != std::string_view::npos;
    if (real && text.find_first_of(hex ? ".pP" : ".eE") == std::string_view::npos) {
        return bad("integer overflow: " + go_quote(text));
    }
    if (!real) return bad("illegal number syntax: " + go_quote(text));
    number.is_float = number.looks_like_float = true;
    number.real = *real;
    if (number.real >= -0x1p63 && number.real < 0x1p63 &&
        static_cast<double>(static_cast<std::int64_t>(number.real)) == number.real) {
        number.is_int = true;
        number.integer = static_cast<std::int64_t>(number.real);
    }
    return number;
}

Result<std::string> unquote_go(std::string_view text) {
    const char quote = text.front();
    text = text.substr(1, text.size() - 2);
    std::string out;
    out.reserve(text.size());
    if (quote == '`') {
        for (const char c : text) {
            if (c != '\r') out.push_back(c);
        }
        return out;
    }
    while (!text.empty()) {
        const char c = text.front();
        text.remove_prefix(1);
        if (c != '\\') {
            out.push_back(c);
            continue;
        }
        bool byte = false;
        const auto value = take_escape(text, quote, byte);
        if (!value) return bad("invalid syntax");
        if (byte) {
            out.push_back(static_cast<char>(*value));
        } else if (!append_utf8(out, *value)) {
            return bad("invalid syntax");
        }
    }
    return out;
}

}  // namespace skald::read

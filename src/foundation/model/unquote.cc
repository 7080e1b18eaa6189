// SPDX-License-Identifier: Apache-2.0
#include "unquote.h"

#include <cstdint>
#include <optional>

namespace skald {

namespace {

const Error kInvalidSyntax{ErrorCode::kInvalidArgument, "invalid syntax"};

void append_utf8(std::string& out, std::uint32_t rune) {
    if (rune < 0x80) {
        out.push_back(static_cast<char>(rune));
    } else if (rune < 0x800) {
        out.push_back(static_cast<char>(0xC0 | (rune >> 6)));
        out.push_back(static_cast<char>(0x80 | (rune & 0x3F)));
    } else if (rune < 0x10000) {
        out.push_back(static_cast<char>(0xE0 | (rune >> 12)));
        out.push_back(static_cast<char>(0x80 | ((rune >> 6) & 0x3F)));
        out.push_back(static_cast<char>(0x80 | (rune & 0x3F)));
    } else {
        out.push_back(static_cast<char>(0xF0 | (rune >> 18)));
        out.push_back(static_cast<char>(0x80 | ((rune >> 12) & 0x3F)));
        out.push_back(static_cast<char>(0x80 | ((rune >> 6) & 0x3F)));
        out.push_back(static_cast<char>(0x80 | (rune & 0x3F)));
    }
}

/// `count` digits of `base` off the front of `rest`.
std::optional<std::uint32_t> take_number(std::string_view& rest, std::size_t count,
                                         std::uint32_t base) {
    if (rest.size() < count) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const char c = rest[i];
        std::uint32_t digit = base;
        if (c >= '0' && c <= '9') digit = static_cast<std::uint32_t>(c - '0');
        if (c >= 'a' && c <= 'f') digit = static_cast<std::uint32_t>(c - 'a' + 10);
        if (c >= 'A' && c <= 'F') digit = static_cast<std::uint32_t>(c - 'A' + 10);
        if (digit >= base) return std::nullopt;
        value = value * base + digit;
    }
    rest.remove_prefix(count);
    return value;
}

bool append_rune_escape(std::string& out, std::string_view& rest, std::size_t digits) {
    const std::optional<std::uint32_t> rune = take_number(rest, digits, 16);
    if (!rune || *rune > 0x10FFFF || (*rune >= 0xD800 && *rune < 0xE000)) return false;
    append_utf8(out, *rune);
    return true;
}

bool append_byte_escape(std::string& out, std::string_view& rest, std::size_t digits,
                        std::uint32_t base) {
    const std::optional<std::uint32_t> byte = take_number(rest, digits, base);
    if (!byte || *byte > 0xFF) return false;
    out.push_back(static_cast<char>(*byte));
    return true;
}

/// One escape; `rest` starts after the backslash.
bool append_escape(std::string& out, std::string_view& rest, char quote) {
    if (rest.empty()) return false;
    const char c = rest.front();
    if (c >= '0' && c <= '7') return append_byte_escape(out, rest, 3, 8);
    rest.remove_prefix(1);
    switch (c) {
        case 'a': out.push_back('\a'); return true;
        case 'b': out.push_back('\b'); return true;
        case 'f': out.push_back('\f'); return true;
        case 'n': out.push_back('\n'); return true;
        case 'r': out.push_back('\r'); return true;
        case 't': out.push_back('\t'); return true;
        case 'v': out.push_back('\v'); return true;
        case '\\': out.push_back('\\'); return true;
        case 'x': return append_byte_escape(out, rest, 2, 16);
        case 'u': return append_rune_escape(out, rest, 4);
        case 'U': return append_rune_escape(out, rest, 8);
        default: break;
    }
    if (c != quote) return false;
    out.push_back(c);
    return true;
}

}  // namespace

Result<std::string> unquote_go(std::string_view quoted) {
    if (quoted.size() < 2 || quoted.front() != quoted.back()) return kInvalidSyntax;
    const char quote = quoted.front();
    std::string_view rest = quoted.substr(1, quoted.size() - 2);
    if (quote == '`') return std::string(rest);
    std::string value;
    value.reserve(rest.size());
    while (!rest.empty()) {
        const char c = rest.front();
        rest.remove_prefix(1);
        if (c == quote || c == '\n') return kInvalidSyntax;
        if (c != '\\')
            value.push_back(c);
        else if (!append_escape(value, rest, quote))
            return kInvalidSyntax;
    }
    return value;
}

}  // namespace skald

// SPDX-License-Identifier: Apache-2.0
#include "template_text.h"

#include <skald/foundation/base/text_encoding.h>
#include <skald/foundation/model/letter_case.h>
#include <skald/foundation/model/text.h>
#include <skald/foundation/model/utf8.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace skald::read {

namespace {

constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// A character off the front of a text; ill-formed bytes are U+FFFD, one each.
struct Character {
    std::uint32_t code = 0;
    std::size_t length = 0;
};

Character first_character(std::string_view text, std::size_t at) {
    const std::size_t length = utf8_length(text, at);
    if (length == 0) return {0xFFFD, 1};
    return {utf8_code_point(text, at), length};
}

bool is_space(std::uint32_t code) {
    if (code == ' ' || (code >= '\t' && code <= '\r') || code == 0x85 || code == 0xA0) return true;
    return code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
           code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

/// What parts words for strings.Title.
bool parts_words(std::uint32_t code) {
    if (code >= 0x80) return is_space(code);
    return !((code >= '0' && code <= '9') || (code >= 'a' && code <= 'z') ||
             (code >= 'A' && code <= 'Z') || code == '_');
}

template <class Matches>
std::string_view trim(std::string_view text, bool left, bool right, Matches matches) {
    while (left && !text.empty()) {
        const Character character = first_character(text, 0);
        if (!matches(character.code)) break;
        text.remove_prefix(character.length);
    }
    while (right && !text.empty()) {
        std::size_t at = text.size() - 1;
        // The last character begins at most three bytes before the end.
        for (std::size_t back = 1; back <= 4 && back <= text.size(); ++back) {
            if (utf8_length(text, text.size() - back) != back) continue;
            at = text.size() - back;
            break;
        }
        if (!matches(first_character(text, at).code)) break;
        text.remove_suffix(text.size() - at);
    }
    return text;
}

Error too_large() {
    return Error{ErrorCode::kTooLarge, "text too long"};
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::string to_title(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    bool starts_word = true;
    for (std::size_t at = 0; at < text.size();) {
        const Character character = first_character(text, at);
        const std::uint32_t code = starts_word ? upper_of(character.code) : character.code;
        if (!append_utf8(out, code)) out += kReplacement;
        starts_word = parts_words(character.code);
        at += character.length;
    }
    return out;
}

std::string_view trim_characters(std::string_view text, std::string_view cutset, bool left,
                                 bool right) {
    return trim(text, left, right, [&](std::uint32_t code) {
        for (std::size_t at = 0; at < cutset.size();) {
            const Character character = first_character(cutset, at);
            if (character.code == code) return true;
            at += character.length;
        }
        return false;
    });
}

std::string_view trim_space(std::string_view text) {
    return trim(text, true, true, is_space);
}

Result<std::string> replace_text(std::string_view text, std::string_view from, std::string_view to,
                                 std::int64_t count, std::size_t bytes_max) {
    std::string out;
    std::size_t copied = 0;
    std::size_t at = 0;
    for (std::int64_t done = 0; done != count; ++done) {
        if (from.empty() && done > 0) {
            if (at >= text.size()) break;
            at += first_character(text, at).length;
        }
        const std::size_t found = from.empty() ? at : text.find(from, at);
        if (found == std::string_view::npos) break;
        out.append(text, copied, found - copied).append(to);
        if (out.size() > bytes_max) return too_large();
        copied = found + from.size();
        at = copied;
    }
    out.append(text, copied);
    return out;
}

Result<std::string> indent_text(std::string_view text, std::size_t spaces, std::size_t bytes_max) {
    const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
    if (spaces > bytes_max / lines) return too_large();
    const std::string pad(spaces, ' ');
    std::string out = pad;
    out.reserve(text.size() + lines * spaces);
    for (const char c : text) {
        out.push_back(c);
        if (c == '\n') out += pad;
    }
    return out;
}

std::string align_text(std::string_view text, std::size_t count, bool right) {
    std::size_t length = 0;
    for (std::size_t at = 0; at < text.size(); ++length) at += first_character(text, at).length;
    if (length < count) {
        const std::string pad(count - length, ' ');
        return right ? pad + std::string(text) : std::string(text) + pad;
    }
    std::size_t at = 0;
    const std::size_t passed = right ? length - count : count;
    for (std::size_t i = 0; i < passed; ++i) at += first_character(text, at).length;
    return std::string(right ? text.substr(at) : text.substr(0, at));
}

std::string escape_html(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '\0': out += kReplacement; break;
            case '"': out += "&#34;"; break;
            case '\'': out += "&#39;"; break;
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            default: out.push_back(c); break;
        }
    }
    return out;
}

std::string escape_js(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const Character character = first_character(text, at);
        const std::string_view bytes = text.substr(at, character.length);
        at += character.length;
        char escape[16];
        switch (character.code) {
            case '\\': out += "\\\\"; continue;
            case '\'': out += "\\'"; continue;
            case '"': out += "\\\""; continue;
            case '<': out += "\\u003C"; continue;
            case '>': out += "\\u003E"; continue;
            case '&': out += "\\u0026"; continue;
            case '=': out += "\\u003D"; continue;
            default: break;
        }
        // Quoting leaves what can be printed as it is.
        const bool printable = character.code >= 0x80 ? go_quote(bytes).size() == bytes.size() + 2
                                                      : character.code >= ' ';
        if (printable) {
            out.append(bytes);
            continue;
        }
        std::snprintf(escape, sizeof escape, "\\u%04X", character.code);
        out += escape;
    }
    return out;
}

std::string escape_query(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (is_unreserved(c)) {
            out.push_back(c);
        } else if (c == ' ') {
            out.push_back('+');
        } else {
            append_percent(out, c);
        }
    }
    return out;
}

Result<std::string> unescape_query(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out.push_back(text[i] == '+' ? ' ' : text[i]);
            continue;
        }
        const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return Error{ErrorCode::kInvalidArgument,
                         "invalid URL escape " + go_quote(text.substr(i, 3))};
        }
        out.push_back(static_cast<char>(high * 16 + low));
        i += 2;
    }
    return out;
}

Result<std::string> decode_base64(std::string_view text) {
    static const std::array<int, 256> values = [] {
        std::array<int, 256> table{};
        table.fill(-1);
        for (int i = 0; i < 64; ++i) table[static_cast<unsigned char>(kBase64[i])] = i;
        return table;
    }();
    const auto illegal = [](std::size_t at) {
        return Error{ErrorCode::kInvalidArgument,
                     "illegal base64 data at input byte " + std::to_string(at)};
    };
    const auto skip_newlines = [&](std::size_t at) {
        return std::min(text.find_first_not_of("\r\n", at), text.size());
    };
    std::string out;
    std::uint32_t bits = 0;
    std::size_t count = 0;
    std::size_t at = skip_newlines(0);
    for (; at < text.size(); at = skip_newlines(at + 1)) {
        const int value = values[static_cast<unsigned char>(text[at])];
        if (value < 0) break;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        if (++count < 4) continue;
        for (const unsigned shift : {16U, 8U, 0U})
            out.push_back(static_cast<char>(bits >> shift & 0xFF));
        count = 0;
        bits = 0;
    }
    if (at == text.size()) {
        if (count == 0) return out;
        // Go names the byte at which the incomplete group of four began.
        return illegal(at - count);
    }
    if (text[at] != '=' || count < 2) return illegal(at);
    if (count == 2) {
        const std::size_t second = skip_newlines(at + 1);
        if (second == text.size()) return illegal(text.size());
        if (text[second] != '=') return illegal(second - 1);
        at = second;
    }
    const std::size_t end = skip_newlines(at + 1);
    if (end < text.size()) return illegal(end);
    out.push_back(static_cast<char>(count == 2 ? bits >> 4 & 0xFF : bits >> 10 & 0xFF));
    if (count == 3) out.push_back(static_cast<char>(bits >> 2 & 0xFF));
    return out;
}

}  // namespace skald::read

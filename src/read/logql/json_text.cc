// SPDX-License-Identifier: Apache-2.0
#include "json_text.h"

#include <skald/foundation/model/utf8.h>

#include <algorithm>
#include <cstdint>

namespace skald::read {

namespace {

template <char kOpen, char kClose>
const char* block_end(const char* at, const char* end) {
    std::size_t level = 0;
    while (at < end) {
        at = find_stop(at, end, QuoteOrBracket<kOpen, kClose>{});
        if (at >= end) return nullptr;
        if (*at == '"') {
            bool escaped = false;
            at = json_string_end(at + 1, end, escaped);
            if (at == nullptr) return nullptr;
        } else if (*at == kOpen) {
            ++level;
        } else if (--level == 0) {
            return at + 1;
        }
        ++at;
    }
    return nullptr;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// The number in `\uXXXX`; nothing if a digit is wrong or missing.
std::optional<std::uint32_t> hex_escape(std::string_view text) {
    if (text.size() < 6) return std::nullopt;
    std::uint32_t number = 0;
    for (std::size_t i = 2; i < 6; ++i) {
        const int digit = hex_digit(text[i]);
        if (digit < 0) return std::nullopt;
        number = number << 4 | static_cast<std::uint32_t>(digit);
    }
    return number;
}

/// Appends the character of the escape at the start of `text`; its length, 0 if it is wrong.
std::size_t append_unicode_escape(std::string_view text, std::string& out) {
    const std::optional<std::uint32_t> first = hex_escape(text);
    if (!first) return 0;
    if (*first < 0xD800 || *first > 0xDFFF) {
        append_utf8(out, *first);
        return 6;
    }
    const std::optional<std::uint32_t> second = hex_escape(text.substr(6));
    if (!second || *second < 0xDC00) return 0;
    const std::uint32_t character = ((*first - 0xD800) << 10) + (*second - 0xDC00) + 0x10000;
    if (!append_utf8(out, character)) out += "\xEF\xBF\xBD";
    return 12;
}

char simple_escape(char c) {
    switch (c) {
        case '"':
        case '\\':
        case '/': return c;
        case 'b': return '\b';
        case 'f': return '\f';
        case 'n': return '\n';
        case 'r': return '\r';
        case 't': return '\t';
        default: return '\0';
    }
}

}  // namespace

const char* json_block_end(const char* at, const char* end) {
    return *at == '{' ? block_end<'{', '}'>(at, end) : block_end<'[', ']'>(at, end);
}

std::string_view read_json_block(const char* at, const char* end, JsonValue& value) {
    const bool object = *at == '{';
    value.type = object ? JsonType::kObject : JsonType::kArray;
    value.end = json_block_end(at, end);
    if (value.end == nullptr) return object ? kOpenObject : kOpenArray;
    value.text = {at, static_cast<std::size_t>(value.end - at)};
    return {};
}

std::optional<std::string> unescape_json(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t plain = std::min(text.find('\\'), text.size());
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) break;
        if (text.size() < 2) return std::nullopt;
        std::size_t used = 2;
        if (text[1] == 'u') {
            used = append_unicode_escape(text, out);
            if (used == 0) return std::nullopt;
        } else {
            const char c = simple_escape(text[1]);
            if (c == '\0') return std::nullopt;
            out.push_back(c);
        }
        text.remove_prefix(used);
    }
    return out;
}

bool JsonElements::next() {
    at_ = skip_json_space(at_, end_);
    if (at_ >= end_ || *at_ == ']') return false;
    if (!first_) {
        if (*at_ != ',') return false;
        ++at_;
    }
    first_ = false;
    if (!read_json_value(at_, end_, value_).empty()) return false;
    at_ = value_.end;
    return true;
}

}  // namespace skald::read

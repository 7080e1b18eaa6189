// SPDX-License-Identifier: Apache-2.0
#include "json_fields.h"

#include <bit>
#include <cstring>

namespace skald::write {

namespace {

#if defined(__SSE2__)
using Bytes16 = char __attribute__((vector_size(16)));
#endif

/// The first quote or backslash, or `end`.
const char* find_string_end(const char* at, const char* end) {
#if defined(__SSE2__)
    for (; end - at >= 16; at += 16) {
        Bytes16 bytes;
        std::memcpy(&bytes, at, sizeof bytes);
        const Bytes16 hits = (bytes == '"') | (bytes == '\\');
        const auto mask = static_cast<unsigned>(__builtin_ia32_pmovmskb128(hits));
        if (mask != 0) return at + std::countr_zero(mask);
    }
#endif
    while (at < end && *at != '"' && *at != '\\') ++at;
    return at;
}

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

bool looks_like_json_object(std::string_view line) {
    constexpr std::string_view kSpace = " \t\n\v\f\r";
    const std::size_t first = line.find_first_not_of(kSpace);
    if (first == std::string_view::npos || line[first] != '{') return false;
    return line[line.find_last_not_of(kSpace)] == '}';
}

std::string_view JsonFieldReader::find_at(std::span<const std::string> way) {
    if (!take('{')) return {};
    for (;;) {
        std::string_view name;
        if (!read_string(name) || !take(':')) return {};
        const bool is_wanted = name == way.front();
        const char next = peek();
        if (is_wanted && way.size() > 1) {
            if (!take('{')) return {};
            way = way.subspan(1);
            continue;
        }
        const char* const begin = at_;
        std::string_view value;
        if (next == '"') {
            if (!read_string(value)) return {};
        } else {
            if (!skip_other(next)) return {};
            value = {begin, static_cast<std::size_t>(at_ - begin)};
            if (next == '{' || next == '[' || value == "null") value = {};
        }
        if (is_wanted) return value;
        if (!take(',')) return {};
    }
}

char JsonFieldReader::peek() {
    while (at_ < end_ && is_space(*at_)) ++at_;
    return at_ < end_ ? *at_ : '\0';
}

bool JsonFieldReader::take(char token) {
    if (peek() != token) return false;
    ++at_;
    return true;
}

bool JsonFieldReader::read_string(std::string_view& text) {
    if (!take('"')) return false;
    const char* const begin = at_;
    for (;;) {
        const char* const hit = find_string_end(at_, end_);
        if (hit == end_) return false;
        if (*hit == '"') {
            text = {begin, static_cast<std::size_t>(hit - begin)};
            at_ = hit + 1;
            return true;
        }
        if (end_ - hit < 2) return false;
        at_ = hit + 2;
    }
}

bool JsonFieldReader::skip_other(char first) {
    if (first == '{' || first == '[') return skip_nested();
    const char* const begin = at_;
    while (at_ < end_ && *at_ != ',' && *at_ != '}' && *at_ != ']' && !is_space(*at_)) ++at_;
    return at_ > begin;
}

bool JsonFieldReader::skip_nested() {
    std::size_t depth = 0;
    while (at_ < end_) {
        const char c = *at_;
        if (c == '"') {
            std::string_view ignored;
            if (!read_string(ignored)) return false;
            continue;
        }
        ++at_;
        if (c == '{' || c == '[') ++depth;
        if ((c == '}' || c == ']') && --depth == 0) return true;
    }
    return false;
}

bool JsonFieldReader::leave_objects(std::int64_t& depth) {
    for (;;) {
        if (--depth == 0) return false;
        if (take(',')) return true;
        if (!take('}')) return false;
    }
}

}  // namespace skald::write

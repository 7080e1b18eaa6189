// SPDX-License-Identifier: Apache-2.0
#include "json_scanner.h"

#include <bit>
#include <bitset>
#include <cstdint>
#include <cstring>

namespace skald::api {

namespace {

#if defined(__SSE2__)
using Bytes16 = char __attribute__((vector_size(16)));
constexpr std::ptrdiff_t kStride = 16;

/// Bit i is set if byte i of `bytes` ends a plain run inside a string.
unsigned special_mask(Bytes16 bytes) {
    const Bytes16 hits = (bytes == '"') | (bytes == '\\');
    return static_cast<unsigned>(__builtin_ia32_pmovmskb128(hits));
}
#endif

bool is_special(char c) {
    return c == '"' || c == '\\';
}

/// The first quote or backslash, or `end`.
char* find_special(char* at, char* end) {
#if defined(__SSE2__)
    for (; end - at >= kStride; at += kStride) {
        Bytes16 bytes;
        std::memcpy(&bytes, at, sizeof bytes);
        const unsigned mask = special_mask(bytes);
        if (mask != 0) return at + std::countr_zero(mask);
    }
#endif
    while (at < end && !is_special(*at)) ++at;
    return at;
}

template <class Word>
void move_by_words(char* to, const char* from, std::size_t size) {
    Word first;
    Word last;
    std::memcpy(&first, from, sizeof first);
    std::memcpy(&last, from + size - sizeof last, sizeof last);
    std::memcpy(to, &first, sizeof first);
    std::memcpy(to + size - sizeof last, &last, sizeof last);
}

/// memmove of at most 16 bytes, without a call: strings with many escapes are made of such runs.
void move_short(char* to, const char* from, std::size_t size) {
    if (size >= 8)
        move_by_words<std::uint64_t>(to, from, size);
    else if (size >= 4)
        move_by_words<std::uint32_t>(to, from, size);
    else if (size >= 2)
        move_by_words<std::uint16_t>(to, from, size);
    else if (size == 1)
        *to = *from;
}

/// Moves the plain run at `from` down to `to`, and both pointers behind it.
void move_plain_run(char*& to, char*& from, char* end) {
#if defined(__SSE2__)
    while (end - from >= kStride) {
        Bytes16 bytes;
        std::memcpy(&bytes, from, sizeof bytes);
        const unsigned mask = special_mask(bytes);
        const std::ptrdiff_t run = mask != 0 ? std::countr_zero(mask) : kStride;
        // A whole vector may be stored only where it can't overwrite what is still to be read.
        if (from - to >= kStride)
            std::memcpy(to, &bytes, sizeof bytes);
        else
            move_short(to, from, static_cast<std::size_t>(run));
        to += run;
        from += run;
        if (mask != 0) return;
    }
#endif
    while (from < end && !is_special(*from)) *to++ = *from++;
}

void append_utf8(char*& out, unsigned rune) {
    const auto put = [&out](unsigned byte) { *out++ = static_cast<char>(byte); };
    if (rune < 0x80) {
        put(rune);
    } else if (rune < 0x800) {
        put(0xC0 | (rune >> 6));
        put(0x80 | (rune & 0x3F));
    } else if (rune < 0x10000) {
        put(0xE0 | (rune >> 12));
        put(0x80 | ((rune >> 6) & 0x3F));
        put(0x80 | (rune & 0x3F));
    } else {
        put(0xF0 | (rune >> 18));
        put(0x80 | ((rune >> 12) & 0x3F));
        put(0x80 | ((rune >> 6) & 0x3F));
        put(0x80 | (rune & 0x3F));
    }
}

constexpr unsigned kReplacementRune = 0xFFFD;

bool is_high_surrogate(unsigned unit) {
    return unit >= 0xD800 && unit < 0xDC00;
}
bool is_low_surrogate(unsigned unit) {
    return unit >= 0xDC00 && unit < 0xE000;
}

}  // namespace

void JsonScanner::skip_space() {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
}

char JsonScanner::peek() {
    skip_space();
    return at_ < end_ ? *at_ : '\0';
}

bool JsonScanner::at_end() {
    skip_space();
    return at_ == end_;
}

bool JsonScanner::take(char token) {
    if (peek() != token || at_ == end_) return false;
    ++at_;
    return true;
}

bool JsonScanner::expect(char token, const char* where) {
    if (take(token)) return true;
    return fail(std::string("expected '") + token + "' in " + where);
}

bool JsonScanner::take_null() {
    if (peek() != 'n' || end_ - at_ < 4 || std::memcmp(at_, "null", 4) != 0) return false;
    at_ += 4;
    return true;
}

bool JsonScanner::fail(const std::string& what) {
    if (!error_.empty()) return false;
    error_ = what_fails_;
    error_ += at_ == end_ ? "unexpected end, " + what
                          : what + ", at byte " + std::to_string(at_ - begin_ + 1);
    return false;
}

bool JsonScanner::read_raw_string(std::string_view& text) {
    if (!take('"')) return fail("expected a string");
    char* const begin = at_;
    for (;;) {
        char* const hit = find_special(at_, end_);
        if (hit == end_ || (*hit == '\\' && hit + 1 == end_)) {
            at_ = end_;
            return fail("unterminated string");
        }
        if (*hit == '"') {
            text = {begin, static_cast<std::size_t>(hit - begin)};
            at_ = hit + 1;
            return true;
        }
        at_ = hit + 2;
    }
}

bool JsonScanner::read_string(std::string_view& text) {
    if (!take('"')) return fail("expected a string");
    char* const begin = at_;
    at_ = find_special(at_, end_);
    if (at_ < end_ && *at_ == '"') {
        text = {begin, static_cast<std::size_t>(at_ - begin)};
        ++at_;
        return true;
    }
    text = {begin, 0};
    return resolve_escapes(at_, text);
}

/// Goes on at the first escape; `text` begins where the string does.
bool JsonScanner::resolve_escapes(char* out, std::string_view& text) {
    for (;;) {
        move_plain_run(out, at_, end_);
        if (at_ == end_) return fail("unterminated string");
        if (*at_ == '"') {
            ++at_;
            text = {text.data(), static_cast<std::size_t>(out - text.data())};
            return true;
        }
        if (!resolve_escape(out)) return false;
    }
}

bool JsonScanner::resolve_escape(char*& out) {
    if (end_ - at_ < 2) {
        at_ = end_;
        return fail("unterminated string");
    }
    char plain = at_[1];
    switch (plain) {
        case '"':
        case '\\':
        case '/': break;
        case 'b': plain = '\b'; break;
        case 'f': plain = '\f'; break;
        case 'n': plain = '\n'; break;
        case 'r': plain = '\r'; break;
        case 't': plain = '\t'; break;
        case 'u': return resolve_unicode(out);
        default: return fail("unknown escape in a string");
    }
    *out++ = plain;
    at_ += 2;
    return true;
}

bool JsonScanner::resolve_unicode(char*& out) {
    unsigned unit = 0;
    if (!read_hex4(unit)) return false;
    if (is_high_surrogate(unit)) {
        unsigned rune = kReplacementRune;
        if (end_ - at_ >= 6 && at_[0] == '\\' && at_[1] == 'u') {
            char* const second = at_;
            unsigned low = 0;
            if (!read_hex4(low)) return false;
            if (is_low_surrogate(low))
                rune = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
            else
                at_ = second;  // It stands for itself.
        }
        unit = rune;
    } else if (is_low_surrogate(unit)) {
        unit = kReplacementRune;
    }
    append_utf8(out, unit);
    return true;
}

/// Reads `\uXXXX`; `at_` is at its backslash.
bool JsonScanner::read_hex4(unsigned& value) {
    if (end_ - at_ < 6) {
        at_ = end_;
        return fail("unterminated string");
    }
    value = 0;
    for (int i = 2; i < 6; ++i) {
        const char c = at_[i];
        unsigned digit = 0;
        if (c >= '0' && c <= '9')
            digit = static_cast<unsigned>(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = static_cast<unsigned>(c - 'a') + 10;
        else if (c >= 'A' && c <= 'F')
            digit = static_cast<unsigned>(c - 'A') + 10;
        else
            return fail("bad \\u escape in a string");
        value = value * 16 + digit;
    }
    at_ += 6;
    return true;
}

bool JsonScanner::read_scalar(std::string_view& text) {
    skip_space();
    char* const begin = at_;
    while (at_ < end_ && (std::strchr(",]} \n\r\t", *at_) == nullptr || *at_ == '\0')) ++at_;
    text = {begin, static_cast<std::size_t>(at_ - begin)};
    const bool number =
        !text.empty() && (text.front() == '-' || (text.front() >= '0' && text.front() <= '9'));
    if (number || text == "true" || text == "false" || text == "null") return true;
    at_ = begin;
    return fail("expected a value");
}

bool JsonScanner::skip_value() {
    std::bitset<kMaxDepth> is_object;
    std::size_t depth = 0;
    std::string_view ignored;
    do {
        const char next = peek();
        switch (next) {
            case '"':
                if (!read_raw_string(ignored)) return false;
                break;
            case '{':
            case '[':
                if (depth == kMaxDepth) return fail("nested too deeply");
                is_object[depth++] = next == '{';
                ++at_;
                break;
            case '}':
            case ']':
                if (depth == 0 || is_object[depth - 1] != (next == '}'))
                    return fail("unbalanced bracket");
                --depth;
                ++at_;
                break;
            case ',':
            case ':':
                if (depth == 0) return fail("expected a value");
                ++at_;
                break;
            default:
                if (!read_scalar(ignored)) return false;
        }
    } while (depth > 0);
    return true;
}

}  // namespace skald::api

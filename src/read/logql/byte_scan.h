// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace skald::read {

// Searches for a byte of a small set in short texts, 16 places at a time; never past `end`. Inline,
// because the texts are the keys and values of log lines and a call would cost as much.

#if defined(__x86_64__)
using ScanBytes = unsigned char __attribute__((vector_size(16)));
#endif

/// First place in [at, end) whose byte `stops` takes, or `end`. `Stops` has bytes(vector) -> mask
/// vector and byte(char) -> bool that say the same.
template <class Stops>
inline const char* find_stop(const char* at, const char* end, Stops stops) {
#if defined(__x86_64__)
    while (end - at >= 16) {
        ScanBytes bytes;
        std::memcpy(&bytes, at, sizeof bytes);
        const auto hits = stops.bytes(bytes);
        using Signed = char __attribute__((vector_size(16)));
        const auto mask = static_cast<unsigned>(
            __builtin_ia32_pmovmskb128(reinterpret_cast<const Signed&>(hits)));
        if (mask != 0) return at + std::countr_zero(mask);
        at += 16;
    }
#endif
    while (at < end && !stops.byte(static_cast<unsigned char>(*at))) ++at;
    return at;
}

/// One of two bytes.
template <char kFirst, char kSecond>
struct EitherByte {
#if defined(__x86_64__)
    auto bytes(const ScanBytes& v) const {
        return (v == static_cast<unsigned char>(kFirst)) |
               (v == static_cast<unsigned char>(kSecond));
    }
#endif
    bool byte(unsigned char c) const {
        return c == kFirst || c == kSecond;
    }
};

/// A quote or one of two brackets.
template <char kOpen, char kClose>
struct QuoteOrBracket {
#if defined(__x86_64__)
    auto bytes(const ScanBytes& v) const {
        return (v == static_cast<unsigned char>('"')) | (v == static_cast<unsigned char>(kOpen)) |
               (v == static_cast<unsigned char>(kClose));
    }
#endif
    bool byte(unsigned char c) const {
        return c == '"' || c == kOpen || c == kClose;
    }
};

/// What ends a key or an unquoted value of logfmt.
struct LogfmtStop {
#if defined(__x86_64__)
    auto bytes(const ScanBytes& v) const {
        return (v <= static_cast<unsigned char>(' ')) | (v == static_cast<unsigned char>('"')) |
               (v == static_cast<unsigned char>('='));
    }
#endif
    bool byte(unsigned char c) const {
        return c <= ' ' || c == '"' || c == '=';
    }
};

/// What may end a number or a word of JSON; other control bytes are hits that the caller passes
/// over.
struct JsonTokenStop {
#if defined(__x86_64__)
    auto bytes(const ScanBytes& v) const {
        return (v <= static_cast<unsigned char>(' ')) | (v == static_cast<unsigned char>(',')) |
               (v == static_cast<unsigned char>('}')) | (v == static_cast<unsigned char>(']'));
    }
#endif
    bool byte(unsigned char c) const {
        return c <= ' ' || c == ',' || c == '}' || c == ']';
    }
};

/// Offset of `literal` in `text`, or npos. For literals of a few bytes in texts of a few hundred.
inline std::size_t find_short(std::string_view text, std::string_view literal) {
    const std::size_t size = literal.size();
    if (size == 0 || text.size() < size) return std::string_view::npos;
    const char* const begin = text.data();
    if (size == 1) {
        const void* found = std::memchr(begin, literal[0], text.size());
        return found == nullptr ? std::string_view::npos
                                : static_cast<std::size_t>(static_cast<const char*>(found) - begin);
    }
    const std::size_t places = text.size() - size + 1;
    std::size_t at = 0;
#if defined(__x86_64__)
    for (; at + 16 <= places; at += 16) {
        ScanBytes first;
        ScanBytes second;
        std::memcpy(&first, begin + at, sizeof first);
        std::memcpy(&second, begin + at + 1, sizeof second);
        const auto hits = (first == static_cast<unsigned char>(literal[0])) &
                          (second == static_cast<unsigned char>(literal[1]));
        using Signed = char __attribute__((vector_size(16)));
        auto mask = static_cast<unsigned>(
            __builtin_ia32_pmovmskb128(reinterpret_cast<const Signed&>(hits)));
        for (; mask != 0; mask &= mask - 1) {
            const std::size_t place = at + static_cast<std::size_t>(std::countr_zero(mask));
            if (std::memcmp(begin + place, literal.data(), size) == 0) return place;
        }
    }
#endif
    for (; at < places; ++at) {
        if (begin[at] == literal[0] && std::memcmp(begin + at, literal.data(), size) == 0) {
            return at;
        }
    }
    return std::string_view::npos;
}

template <class Word>
inline Word load_word(const char* from) {
    Word word = 0;
    std::memcpy(&word, from, sizeof word);
    return word;
}

/// Whether all bytes are ASCII. The last word overlaps the one before: no loop over single bytes.
inline bool is_all_ascii(std::string_view text) {
    constexpr std::uint64_t kHighBits = 0x8080808080808080ULL;
    const char* const begin = text.data();
    const std::size_t size = text.size();
    if (size >= 8) {
        std::uint64_t seen = load_word<std::uint64_t>(begin + size - 8);
        for (std::size_t at = 0; at + 8 < size; at += 8)
            seen |= load_word<std::uint64_t>(begin + at);
        return (seen & kHighBits) == 0;
    }
    std::uint64_t seen = 0;
    if (size >= 4) {
        seen = load_word<std::uint32_t>(begin) | load_word<std::uint32_t>(begin + size - 4);
    } else if (size > 0) {
        seen = static_cast<std::uint64_t>(static_cast<unsigned char>(begin[0])) |
               static_cast<unsigned char>(begin[size / 2]) |
               static_cast<unsigned char>(begin[size - 1]);
    }
    return (seen & kHighBits) == 0;
}

}  // namespace skald::read

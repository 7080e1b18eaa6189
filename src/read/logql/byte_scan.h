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

/// Whether all bytes are ASCII.
inline bool is_all_ascii(std::string_view text) {
    std::uint64_t seen = 0;
    std::size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, 8);
        seen |= word;
    }
    for (; at < text.size(); ++at) seen |= static_cast<unsigned char>(text[at]);
    return (seen & 0x8080808080808080ULL) == 0;
}

}  // namespace skald::read

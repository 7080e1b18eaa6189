// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

// The hashes of docs/formats/block.md, Filter. A change here is a change of the format.
namespace skald::storage {

/// Where a gram is read: its first four bytes and the one behind, folded.
struct GramHashes {
    std::uint32_t four = 0;
    std::uint32_t five = 0;
};

/// Both cases of a letter have this bit or lack it; other bytes that it merges do no harm.
inline constexpr std::uint32_t kFoldBit = 0x20;

inline constexpr std::uint32_t kFourFactor = 0x9E3779B1;
inline constexpr std::uint32_t kFifthFactor = 0x85EBCA6B;
inline constexpr std::uint32_t kFiveFactor = 0xC2B2AE35;

inline GramHashes hash_grams(std::uint32_t first_four, std::uint32_t fifth) {
    const std::uint32_t four = (first_four | (kFoldBit * 0x01010101U)) * kFourFactor;
    const std::uint32_t five =
        ((four ^ (four >> 15)) + (fifth | kFoldBit) * kFifthFactor) * kFiveFactor;
    return {four, five};
}

/// Of the five-byte grams with digits and others among the first four bytes, only five in eight are
/// in a filter: times and ids make most grams of a log, and a needle of them has many. All are
/// where the four are digits: there are few different ones, so that each tells less.
inline constexpr std::uint32_t kSampledOfEight = 5;
inline constexpr int kSampleShift = 9;
inline constexpr bool is_sampled(std::uint32_t five) {
    return ((five >> kSampleShift) & 7U) < kSampledOfEight;
}

/// What a byte is to a gram: kDigit and kNewline, two bits.
inline constexpr std::uint32_t kDigit = 1;
inline constexpr std::uint32_t kNewline = 2;
inline std::uint32_t class_of(char byte) {
    const auto value = static_cast<unsigned char>(byte);
    return (value - '0' < 10U ? kDigit : 0U) | (value == '\n' ? kNewline : 0U);
}

/// The classes of five bytes in a row, two bits each, the first one highest.
inline constexpr std::uint32_t kClasses = 0x3FF;
inline constexpr std::uint32_t kDigitInFour = 0x154;
inline constexpr std::uint32_t kNewlineInFour = 0x2A8;
inline constexpr std::uint32_t kNewlineInFive = 0x2AA;

inline bool has_four(std::uint32_t classes) {
    return (classes & (kDigitInFour | kNewlineInFour)) == 0;
}
inline bool has_five(std::uint32_t classes, std::uint32_t five) {
    return (classes & kNewlineInFive) == 0 &&
           ((classes & kDigitInFour) == 0 || (classes & kDigitInFour) == kDigitInFour ||
            is_sampled(five));
}

/// Calls `use(hash)` for every gram of a text, which is read byte by byte.
template <class Use>
void visit_grams(std::string_view text, Use&& use) {
    if (text.size() < 4) return;
    std::uint32_t classes = 0;
    for (std::size_t i = 0; i < 4; ++i) classes = (classes << 2) | class_of(text[i]);
    for (std::size_t at = 0; at + 4 <= text.size(); ++at) {
        std::uint32_t four = 0;
        std::memcpy(&four, text.data() + at, sizeof four);
        const bool more = at + 4 < text.size();
        const char fifth = more ? text[at + 4] : '\n';
        classes = ((classes << 2) | class_of(fifth)) & kClasses;
        const GramHashes hashes = hash_grams(four, static_cast<unsigned char>(fifth));
        if (has_four(classes)) use(hashes.four);
        if (has_five(classes, hashes.five)) use(hashes.five);
    }
}

/// No filter has more bits.
inline constexpr std::uint32_t kFilterBitsMax = 1U << 28;

inline constexpr std::size_t kPairHashes = 5;
/// Five hashes of a metadata pair: `pair` is XXH3-64 of the value with XXH3-64 of the name added.
inline std::array<std::uint32_t, kPairHashes> hash_pair(std::uint64_t pair) {
    std::array<std::uint32_t, kPairHashes> hashes{};
    for (std::uint32_t& hash : hashes) {
        pair = pair * 0x9E3779B97F4A7C15ULL + 0xD1B54A32D192ED03ULL;
        hash = static_cast<std::uint32_t>(pair >> 32);
    }
    return hashes;
}

}  // namespace skald::storage

// SPDX-License-Identifier: Apache-2.0
#include "level_words.h"

#include "byte_vectors.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace skald::write {

namespace {

struct LevelWord {
    std::string_view word;
    std::string_view level;
};

// Words with one beginning stand together, and no two of them can match at one place: each needs
// its own end. The index of the group is the class bit of its letters below.
constexpr std::array<std::array<LevelWord, 2>, 7> kWords = {{
    {{{"trace", "trace"}, {}}},
    {{{"debug", "debug"}, {}}},
    {{{"fatal", "fatal"}, {}}},
    {{{"critical", "critical"}, {}}},
    {{{"error", "error"}, {"err", "error"}}},
    {{{"warning", "warn"}, {"warn", "warn"}}},
    {{{"info", "info"}, {}}},
}};
constexpr std::size_t kShortestWord = 3;
constexpr std::string_view kLeftBoundary = " \t\n[({\"=";
constexpr std::string_view kRightBoundary = " \t\n[](){}:,!\"=";

/// The classes of the n-th letter of the words, in both cases: bit i for group i.
constexpr NibbleTables letter_tables(std::size_t n) {
    NibbleTables tables;
    for (std::size_t group = 0; group < kWords.size(); ++group) {
        const char lower = kWords[group][0].word[n];
        tables.add(lower, static_cast<std::uint8_t>(1U << group));
        tables.add(static_cast<char>(lower & ~0x20), static_cast<std::uint8_t>(1U << group));
    }
    return tables;
}
constexpr NibbleTables boundary_tables(std::string_view boundary) {
    NibbleTables tables;
    for (const char c : boundary) tables.add(c, static_cast<std::uint8_t>(1U << (c >> 4)));
    return tables;
}
constexpr NibbleTables kFirst = letter_tables(0);
constexpr NibbleTables kSecond = letter_tables(1);
constexpr NibbleTables kThird = letter_tables(2);
constexpr NibbleTables kLeft = boundary_tables(kLeftBoundary);
constexpr NibbleTables kRight = boundary_tables(kRightBoundary);

/// The tables as one look-up a byte, for code without shuffles.
using ByteTable = std::array<std::uint8_t, 256>;
constexpr ByteTable flatten(const NibbleTables& tables) {
    ByteTable flat{};
    for (std::size_t i = 0; i < flat.size(); ++i) flat[i] = tables.of(static_cast<char>(i));
    return flat;
}
constexpr ByteTable kFirstFlat = flatten(kFirst);
constexpr ByteTable kSecondFlat = flatten(kSecond);
constexpr ByteTable kThirdFlat = flatten(kThird);
constexpr ByteTable kLeftFlat = flatten(kLeft);
constexpr ByteTable kRightFlat = flatten(kRight);

std::uint8_t classes_of(const ByteTable& table, char byte) {
    return table[static_cast<std::uint8_t>(byte)];
}
std::uint8_t classes_at(std::string_view line, std::size_t at) {
    return classes_of(kFirstFlat, line[at]) & classes_of(kSecondFlat, line[at + 1]) &
           classes_of(kThirdFlat, line[at + 2]);
}

/// The level of the word that begins at `at`, where the left boundary is known to be.
std::string_view word_at(std::string_view line, std::size_t at) {
    if (line.size() - at < kShortestWord) return {};
    const unsigned classes = classes_at(line, at);
    if (classes == 0) return {};
    const std::string_view rest = line.substr(at);
    for (const LevelWord& candidate : kWords[static_cast<std::size_t>(std::countr_zero(classes))]) {
        const std::size_t length = candidate.word.size();
        if (length == 0 || length > rest.size()) continue;
        if (rest.size() > length && classes_of(kRightFlat, rest[length]) == 0) continue;
        if (equals_ignoring_case(rest.substr(0, length), candidate.word)) return candidate.level;
    }
    return {};
}

#if SKALD_HAS_AVX2_CODE

/// Bit i is set if the three letters at `at` + i begin a word and a left boundary is before them.
/// Reads from one byte before `at` to 33 behind it.
struct WordVectors {
    NibbleVectors left;
    NibbleVectors first;
    NibbleVectors second;
    NibbleVectors third;

    SKALD_AVX2_INLINE std::uint32_t candidates(const char* at) const {
        const Bytes32 letters = first.classes(load32(at)) & second.classes(load32(at + 1)) &
                                third.classes(load32(at + 2));
        const Bytes32 boundary = left.classes(load32(at - 1));
        return top_bits(reinterpret_cast<Bytes32>((letters != 0) & (boundary != 0)));
    }
};
constexpr std::size_t kReach = kVectorBytes + 2;  ///< Bytes that `candidates` reads from `at` on.

SKALD_AVX2 std::string_view find_level_word_avx2(std::string_view line) noexcept {
    if (const std::string_view level = word_at(line, 0); !level.empty()) return level;
    const WordVectors words = {NibbleVectors::of(kLeft), NibbleVectors::of(kFirst),
                               NibbleVectors::of(kSecond), NibbleVectors::of(kThird)};
    // Short lines are searched in a copy that may be read beyond their end.
    std::array<char, kReach + 1> copy;
    std::string_view text = line;
    if (line.size() < copy.size()) {
        copy.fill('\0');
        if (!line.empty()) std::memcpy(copy.data(), line.data(), line.size());
        text = {copy.data(), copy.size()};
    }
    const std::size_t last = text.size() - kReach;  // The last block overlaps the one before it.
    for (std::size_t at = 1;; at = at + kVectorBytes < last ? at + kVectorBytes : last) {
        for (std::uint32_t mask = words.candidates(text.data() + at); mask != 0; mask &= mask - 1) {
            const std::size_t hit = at + static_cast<std::size_t>(std::countr_zero(mask));
            if (const std::string_view level = word_at(line, hit); !level.empty()) return level;
        }
        if (at == last) return {};
    }
}

#endif

using Search = std::string_view (*)(std::string_view) noexcept;

Search choose_search() {
#if SKALD_HAS_AVX2_CODE
    if (__builtin_cpu_supports("avx2")) return find_level_word_avx2;
#endif
    return find_level_word_portable;
}

}  // namespace

bool equals_ignoring_case(std::string_view text, std::string_view lower) noexcept {
    if (text.size() != lower.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const char folded = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
        if (folded != lower[i]) return false;
    }
    return true;
}

std::string_view find_level_word_portable(std::string_view line) noexcept {
    if (const std::string_view level = word_at(line, 0); !level.empty()) return level;
    for (std::size_t at = 1; at + kShortestWord <= line.size(); ++at) {
        if (classes_of(kLeftFlat, line[at - 1]) == 0 || classes_at(line, at) == 0) continue;
        if (const std::string_view level = word_at(line, at); !level.empty()) return level;
    }
    return {};
}

std::string_view find_level_word(std::string_view line) noexcept {
    static const Search search = choose_search();
    return search(line);
}

}  // namespace skald::write

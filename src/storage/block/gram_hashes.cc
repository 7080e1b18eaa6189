// SPDX-License-Identifier: Apache-2.0
#include "gram_hashes.h"

#include "filter_hash.h"

#include <algorithm>
#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace skald::storage {
#if defined(__x86_64__)
namespace {

#define SKALD_AVX2 __attribute__((target("avx2")))

/// Windows that are hashed before their bytes are set.
constexpr std::size_t kGroup = 32;
/// Grams of one kind that begin in a window.
constexpr std::size_t kPlaces = kWindowStep;

/// Where the grams of a group are marked; `size` for what is in no filter.
struct Places {
    alignas(32) std::array<std::uint32_t, kGroup * kPlaces> four;
    alignas(32) std::array<std::uint32_t, kGroup * kPlaces> five;
};

SKALD_AVX2 inline __m256i bytes(char value) {
    return _mm256_set1_epi8(value);
}
SKALD_AVX2 inline __m256i words(std::uint32_t value) {
    return _mm256_set1_epi32(static_cast<int>(value));
}
/// hash * size / 2^32 of eight hashes.
SKALD_AVX2 inline __m256i places_of(__m256i hashes, __m256i size) {
    const __m256i even = _mm256_srli_epi64(_mm256_mul_epu32(hashes, size), 32);
    const __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64(hashes, 32), size);
    return _mm256_blend_epi32(even, odd, 0xAA);
}

/// Two windows, eight grams of each kind.
SKALD_AVX2 inline void hash_two(const GramWindow* windows, __m256i size, std::uint32_t* four,
                                std::uint32_t* five) {
    // Each window twice: the first eight bytes of a half are the first one, the others the second.
    const __m256i text =
        _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(windows)));
    const __m256i grams =
        _mm256_setr_epi8(0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6,  //
                         8, 9, 10, 11, 9, 10, 11, 12, 10, 11, 12, 13, 11, 12, 13, 14);
    const __m256i fifths =
        _mm256_setr_epi8(4, -1, -1, -1, 5, -1, -1, -1, 6, -1, -1, -1, 7, -1, -1, -1,  //
                         12, -1, -1, -1, 13, -1, -1, -1, 14, -1, -1, -1, 15, -1, -1, -1);
    const __m256i zero = _mm256_setzero_si256();

    const __m256i above_zero = _mm256_sub_epi8(text, bytes('0'));
    const __m256i digit = _mm256_cmpeq_epi8(_mm256_min_epu8(above_zero, bytes(9)), above_zero);
    const __m256i newline = _mm256_cmpeq_epi8(text, bytes('\n'));
    const __m256i digits = _mm256_shuffle_epi8(digit, grams);
    const __m256i newlines = _mm256_shuffle_epi8(newline, grams);
    const __m256i newline_fifth = _mm256_shuffle_epi8(newline, fifths);

    const __m256i folded = _mm256_or_si256(text, bytes(kFoldBit));
    const __m256i hash_four =
        _mm256_mullo_epi32(_mm256_shuffle_epi8(folded, grams), words(kFourFactor));
    const __m256i hash_five = _mm256_mullo_epi32(
        _mm256_add_epi32(
            _mm256_xor_si256(hash_four, _mm256_srli_epi32(hash_four, 15)),
            _mm256_mullo_epi32(_mm256_shuffle_epi8(folded, fifths), words(kFifthFactor))),
        words(kFiveFactor));

    const __m256i no_digit = _mm256_cmpeq_epi32(digits, zero);
    const __m256i number = _mm256_cmpeq_epi32(digits, words(~0U));
    const __m256i sampled =
        _mm256_cmpgt_epi32(words(kSampledOfEight),
                           _mm256_and_si256(_mm256_srli_epi32(hash_five, kSampleShift), words(7)));
    const __m256i in_line = _mm256_cmpeq_epi32(_mm256_or_si256(newlines, newline_fifth), zero);
    const __m256i keep_four = _mm256_cmpeq_epi32(_mm256_or_si256(digits, newlines), zero);
    const __m256i keep_five =
        _mm256_and_si256(in_line, _mm256_or_si256(sampled, _mm256_or_si256(no_digit, number)));
    _mm256_store_si256(reinterpret_cast<__m256i*>(four),
                       _mm256_blendv_epi8(size, places_of(hash_four, size), keep_four));
    _mm256_store_si256(reinterpret_cast<__m256i*>(five),
                       _mm256_blendv_epi8(size, places_of(hash_five, size), keep_five));
}

}  // namespace

SKALD_AVX2 void mark_windows_avx2(std::span<const GramWindow> windows, unsigned char* seen,
                                  std::uint32_t size) {
    Places places;
    const __m256i sizes = words(size);
    for (std::size_t begin = 0; begin < windows.size(); begin += kGroup) {
        const std::size_t count = std::min(kGroup, windows.size() - begin);
        std::size_t filled = 0;
        for (std::size_t i = 0; i < count; i += 2, filled += 2 * kPlaces) {
            hash_two(windows.data() + begin + i, sizes, places.four.data() + filled,
                     places.five.data() + filled);
        }
        for (std::size_t i = 0; i < filled; ++i) {
            seen[places.four[i]] = 1;
            seen[places.five[i]] = 1;
        }
    }
}

#endif

void mark_windows_plainly(std::span<const GramWindow> windows, unsigned char* seen,
                          std::uint32_t size) {
    const auto mark = [&](std::uint32_t hash) { seen[(std::uint64_t{hash} * size) >> 32] = 1; };
    for (const GramWindow window : windows) {
        std::array<char, sizeof window> text{};
        std::memcpy(text.data(), &window, sizeof window);
        std::uint32_t classes = 0;
        for (std::size_t i = 0; i < kWindowStep; ++i) classes = (classes << 2) | class_of(text[i]);
        for (std::size_t at = 0; at < kWindowStep; ++at) {
            const char fifth = text[at + kWindowStep];
            classes = ((classes << 2) | class_of(fifth)) & kClasses;
            const GramHashes hashes = hash_grams(static_cast<std::uint32_t>(window >> (8 * at)),
                                                 static_cast<unsigned char>(fifth));
            if (has_four(classes)) mark(hashes.four);
            if (has_five(classes, hashes.five)) mark(hashes.five);
        }
    }
}

void mark_windows(std::span<const GramWindow> windows, unsigned char* seen, std::uint32_t size) {
#if defined(__x86_64__)
    using Mark = void (*)(std::span<const GramWindow>, unsigned char*, std::uint32_t);
    static const Mark mark = has_avx512()                          ? mark_windows_avx512
                             : __builtin_cpu_supports("avx2") != 0 ? mark_windows_avx2
                                                                   : mark_windows_plainly;
    mark(windows, seen, size);
#else
    mark_windows_plainly(windows, seen, size);
#endif
}

}  // namespace skald::storage

// SPDX-License-Identifier: Apache-2.0
#include "filter_hash.h"
#include "gram_hashes.h"

#include <algorithm>
#include <array>
#include <bit>

#if defined(__x86_64__)
#include <immintrin.h>

namespace skald::storage {
namespace {

#define SKALD_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,popcnt")))

/// Windows that are hashed before their bytes are set.
constexpr std::size_t kGroup = 32;
/// Windows that are hashed together, and their grams of one kind.
constexpr std::size_t kTogether = 4;
constexpr std::size_t kGrams = kTogether * kWindowStep;
static_assert(kTogether == kWindowsBehind + 1);

/// Where the grams of a group are marked, and room for what the last store adds.
struct Places {
    alignas(64) std::array<std::uint32_t, 2 * kGroup * kWindowStep + kGrams> places;
    std::size_t count = 0;
};

SKALD_AVX512 inline __m512i words(std::uint32_t value) {
    return _mm512_set1_epi32(static_cast<int>(value));
}
SKALD_AVX512 inline __m512i bytes(char value) {
    return _mm512_set1_epi8(value);
}

/// Adds hash * size / 2^32 of those hashes that are to be kept.
SKALD_AVX512 inline void add_places(__m512i hashes, __mmask16 kept, __m512i size, Places& out) {
    constexpr __mmask16 kOdd = 0xAAAA;
    const __m512i even = _mm512_srli_epi64(_mm512_mul_epu32(hashes, size), 32);
    const __m512i odd = _mm512_mul_epu32(_mm512_srli_epi64(hashes, 32), size);
    const __m512i places = _mm512_mask_blend_epi32(kOdd, even, odd);
    _mm512_storeu_si512(out.places.data() + out.count, _mm512_maskz_compress_epi32(kept, places));
    out.count += static_cast<std::size_t>(std::popcount(kept));
}

/// Four windows, sixteen grams of each kind; as hash_grams, has_four and has_five say.
SKALD_AVX512 inline void hash_four_windows(const GramWindow* windows, __m512i size, Places& out) {
    // The first eight bytes of a 16-byte lane are one window, the others another; each pair twice.
    const __m512i pairs = _mm512_setr_epi64(0, 1, 0, 1, 2, 3, 2, 3);
    const __m512i text = _mm512_permutexvar_epi64(
        pairs,
        _mm512_castsi256_si512(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(windows))));
    const __m512i firsts = _mm512_broadcast_i64x4(
        _mm256_setr_epi8(0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6,  //
                         8, 9, 10, 11, 9, 10, 11, 12, 10, 11, 12, 13, 11, 12, 13, 14));
    const __m512i behind = _mm512_broadcast_i64x4(
        _mm256_setr_epi8(4, -1, -1, -1, 5, -1, -1, -1, 6, -1, -1, -1, 7, -1, -1, -1,  //
                         12, -1, -1, -1, 13, -1, -1, -1, 14, -1, -1, -1, 15, -1, -1, -1));
    const __m512i four = _mm512_shuffle_epi8(text, firsts);
    const __m512i fifth = _mm512_shuffle_epi8(text, behind);

    const __m512i digits =
        _mm512_movm_epi8(_mm512_cmple_epu8_mask(_mm512_sub_epi8(four, bytes('0')), bytes(9)));
    const __m512i newlines = _mm512_movm_epi8(_mm512_cmpeq_epi8_mask(four, bytes('\n')));
    const __mmask16 no_digit = _mm512_testn_epi32_mask(digits, digits);
    const __mmask16 number = _mm512_cmpeq_epi32_mask(digits, words(~0U));
    const __mmask16 four_in_line = _mm512_testn_epi32_mask(newlines, newlines);
    const __mmask16 fifth_in_line = _mm512_cmpneq_epi32_mask(fifth, words('\n'));

    const __m512i hash_four = _mm512_mullo_epi32(
        _mm512_or_si512(four, words(kFoldBit * 0x01010101U)), words(kFourFactor));
    const __m512i hash_five = _mm512_mullo_epi32(
        _mm512_add_epi32(
            _mm512_xor_si512(hash_four, _mm512_srli_epi32(hash_four, 15)),
            _mm512_mullo_epi32(_mm512_or_si512(fifth, words(kFoldBit)), words(kFifthFactor))),
        words(kFiveFactor));
    const __mmask16 sampled = _mm512_cmplt_epu32_mask(
        _mm512_and_si512(_mm512_srli_epi32(hash_five, kSampleShift), words(7)),
        words(kSampledOfEight));

    add_places(hash_four, static_cast<__mmask16>(no_digit & four_in_line), size, out);
    add_places(hash_five,
               static_cast<__mmask16>(four_in_line & fifth_in_line & (sampled | no_digit | number)),
               size, out);
}

}  // namespace

bool has_avx512() noexcept {
    static const bool has = __builtin_cpu_supports("avx512f") != 0 &&
                            __builtin_cpu_supports("avx512bw") != 0 &&
                            __builtin_cpu_supports("avx512vl") != 0;
    return has;
}

SKALD_AVX512 void mark_windows_avx512(std::span<const GramWindow> windows, unsigned char* seen,
                                      std::uint32_t size) {
    Places out;
    const __m512i sizes = words(size);
    for (std::size_t begin = 0; begin < windows.size(); begin += kGroup) {
        const std::size_t count = std::min(kGroup, windows.size() - begin);
        out.count = 0;
        for (std::size_t i = 0; i < count; i += kTogether)
            hash_four_windows(windows.data() + begin + i, sizes, out);
        for (std::size_t i = 0; i < out.count; ++i) seen[out.places[i]] = 1;
    }
}

}  // namespace skald::storage

#endif

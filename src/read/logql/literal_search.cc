// SPDX-License-Identifier: Apache-2.0
#include "literal_search.h"

#include <skald/foundation/base/assert.h>
#include <skald/read/logql/line_filter.h>

#include <array>
#include <bit>
#include <cstring>
#include <tuple>
#include <utility>

namespace skald::read {

namespace {

constexpr std::size_t kNone = std::string_view::npos;

/// How common a byte is in logs, roughly: higher is more common.
constexpr std::array<std::uint8_t, 256> make_ranks() {
    std::array<std::uint8_t, 256> ranks{};
    for (std::size_t byte = 0; byte < ranks.size(); ++byte) {
        ranks[byte] = byte < 0x20 ? 20 : byte < 0x7F ? 60 : 40;
    }
    for (char c = 'A'; c <= 'Z'; ++c) ranks[static_cast<std::size_t>(c)] = 100;
    constexpr std::string_view kCommonFirst =
        " e10ta2oinrs=3ld.c-u456:\"789p/mfghb,_v[]ykw{}xqzj\n";
    std::uint8_t rank = 250;
    for (const char c : kCommonFirst) {
        ranks[static_cast<std::uint8_t>(c)] = rank;
        rank = static_cast<std::uint8_t>(rank - 2);
    }
    return ranks;
}
constexpr std::array<std::uint8_t, 256> kRanks = make_ranks();

std::uint8_t rank_of(char c) {
    return kRanks[static_cast<std::uint8_t>(c)];
}

/// A needle as the kernels want it.
struct Plan {
    const char* bytes;
    const char* folds;
    std::size_t size;
    std::size_t first;
    std::size_t second;
};

template <bool kFolded>
bool equal_at(const char* text, const Plan& plan) {
    if constexpr (kFolded) {
        for (std::size_t i = 0; i < plan.size; ++i) {
            if (static_cast<char>(text[i] | plan.folds[i]) != plan.bytes[i]) return false;
        }
        return true;
    } else {
        return std::memcmp(text, plan.bytes, plan.size) == 0;
    }
}

/// `starts` is the number of places where the needle fits.
template <bool kFolded>
std::size_t find_scalar(const char* text, std::size_t from, std::size_t starts, const Plan& plan) {
    const char fold = plan.folds[plan.first];
    const char wanted = plan.bytes[plan.first];
    for (std::size_t i = from; i < starts; ++i) {
        if (static_cast<char>(text[i + plan.first] | fold) == wanted &&
            equal_at<kFolded>(text + i, plan)) {
            return i;
        }
    }
    return kNone;
}

#if defined(__x86_64__)

// Vector types of the compiler, not of <immintrin.h>: no third-party header, and the functions
// below are compiled for their own instruction set only.
using Bytes16 = char __attribute__((vector_size(16)));
using Bytes32 = char __attribute__((vector_size(32)));

#define SKALD_AVX2 __attribute__((target("avx2,bmi,popcnt")))
#define SKALD_AVX2_INLINE __attribute__((target("avx2,bmi,popcnt"), always_inline)) inline

SKALD_AVX2_INLINE void load32(Bytes32& out, const char* from) {
    std::memcpy(&out, from, 32);
}

/// One bit for each of the 32 places at `text` where both bytes agree.
template <bool kFolded>
SKALD_AVX2_INLINE std::uint32_t agreeing32(const char* text, const Plan& plan, const Bytes32& one,
                                           const Bytes32& two, const Bytes32& fold_one,
                                           const Bytes32& fold_two) {
    Bytes32 left;
    Bytes32 right;
    load32(left, text + plan.first);
    load32(right, text + plan.second);
    if constexpr (kFolded) {
        left |= fold_one;
        right |= fold_two;
    }
    const Bytes32 both = (left == one) & (right == two);
    return static_cast<std::uint32_t>(__builtin_ia32_pmovmskb256(both));
}

template <bool kFolded>
SKALD_AVX2 std::size_t find_avx2(const char* text, std::size_t from, std::size_t starts,
                                 const Plan& plan) {
    if (starts < from + 32) return find_scalar<kFolded>(text, from, starts, plan);
    const Bytes32 one = Bytes32{} + plan.bytes[plan.first];
    const Bytes32 two = Bytes32{} + plan.bytes[plan.second];
    const Bytes32 fold_one = Bytes32{} + plan.folds[plan.first];
    const Bytes32 fold_two = Bytes32{} + plan.folds[plan.second];
    std::size_t i = from;
    for (;;) {
        std::uint64_t hits = 0;
        if (i + 64 <= starts) {
            const std::uint64_t low =
                agreeing32<kFolded>(text + i, plan, one, two, fold_one, fold_two);
            const std::uint64_t high =
                agreeing32<kFolded>(text + i + 32, plan, one, two, fold_one, fold_two);
            hits = low | high << 32;
        } else {
            // The last places: the vector is moved back so that it ends with the text.
            const std::size_t begin = i + 32 <= starts ? i : starts - 32;
            hits = agreeing32<kFolded>(text + begin, plan, one, two, fold_one, fold_two);
            hits = hits >> (i - begin);
        }
        while (hits != 0) {
            const auto place = static_cast<std::size_t>(std::countr_zero(hits));
            if (equal_at<kFolded>(text + i + place, plan)) return i + place;
            hits &= hits - 1;
        }
        i += i + 64 <= starts ? 64 : 32;
        if (i >= starts) return kNone;
    }
}

template <bool kFolded>
std::size_t find_sse2(const char* text, std::size_t from, std::size_t starts, const Plan& plan) {
    const Bytes16 one = Bytes16{} + plan.bytes[plan.first];
    const Bytes16 two = Bytes16{} + plan.bytes[plan.second];
    const Bytes16 fold_one = Bytes16{} + plan.folds[plan.first];
    const Bytes16 fold_two = Bytes16{} + plan.folds[plan.second];
    std::size_t i = from;
    for (; i + 16 <= starts; i += 16) {
        Bytes16 left;
        Bytes16 right;
        std::memcpy(&left, text + i + plan.first, 16);
        std::memcpy(&right, text + i + plan.second, 16);
        if constexpr (kFolded) {
            left |= fold_one;
            right |= fold_two;
        }
        const Bytes16 both = (left == one) & (right == two);
        auto hits = static_cast<std::uint32_t>(__builtin_ia32_pmovmskb128(both));
        for (; hits != 0; hits &= hits - 1) {
            const auto place = static_cast<std::size_t>(std::countr_zero(hits));
            if (equal_at<kFolded>(text + i + place, plan)) return i + place;
        }
    }
    return find_scalar<kFolded>(text, i, starts, plan);
}

SKALD_AVX2 TextTraits traits_avx2(std::string_view text) {
    TextTraits traits;
    Bytes32 seen{};
    std::size_t i = 0;
    const Bytes32 newline = Bytes32{} + '\n';
    for (; i + 32 <= text.size(); i += 32) {
        Bytes32 bytes;
        load32(bytes, text.data() + i);
        seen |= bytes;
        const auto mask = static_cast<std::uint32_t>(__builtin_ia32_pmovmskb256(bytes == newline));
        traits.newlines += static_cast<std::size_t>(std::popcount(mask));
    }
    traits.ascii = __builtin_ia32_pmovmskb256(seen) == 0;
    for (; i < text.size(); ++i) {
        traits.newlines += text[i] == '\n' ? 1 : 0;
        traits.ascii &= static_cast<unsigned char>(text[i]) < 0x80;
    }
    return traits;
}

bool has_avx2() {
    static const bool supported = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                                  __builtin_cpu_supports("popcnt");
    return supported;
}

SearchKernel choose(SearchKernel asked) {
    if (asked == SearchKernel::kScalar) return asked;
    return asked != SearchKernel::kSse2 && has_avx2() ? SearchKernel::kAvx2 : SearchKernel::kSse2;
}

template <bool kFolded>
std::size_t find_with(SearchKernel kernel, const char* text, std::size_t from, std::size_t starts,
                      const Plan& plan) {
    switch (kernel) {
        case SearchKernel::kAvx2: return find_avx2<kFolded>(text, from, starts, plan);
        case SearchKernel::kSse2: return find_sse2<kFolded>(text, from, starts, plan);
        default: return find_scalar<kFolded>(text, from, starts, plan);
    }
}

#else

SearchKernel choose(SearchKernel) {
    return SearchKernel::kScalar;
}

template <bool kFolded>
std::size_t find_with(SearchKernel, const char* text, std::size_t from, std::size_t starts,
                      const Plan& plan) {
    return find_scalar<kFolded>(text, from, starts, plan);
}

#endif

/// The places of the rarest byte and of the next rarest one that differs from it.
std::pair<std::size_t, std::size_t> rarest_two(std::string_view bytes) {
    std::size_t first = 0;
    for (std::size_t i = 1; i < bytes.size(); ++i) {
        if (rank_of(bytes[i]) < rank_of(bytes[first])) first = i;
    }
    std::size_t second = first == 0 ? bytes.size() - 1 : 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == first || bytes[i] == bytes[first]) continue;
        if (bytes[second] == bytes[first] || rank_of(bytes[i]) < rank_of(bytes[second])) second = i;
    }
    return {first, second};
}

std::size_t search(std::string_view text, std::size_t from, SearchKernel kernel, bool folded,
                   const Plan& plan) {
    if (text.size() < plan.size || from > text.size() - plan.size) return kNone;
    if (plan.size == 1 && !folded && kernel != SearchKernel::kScalar) {
        const void* hit = std::memchr(text.data() + from, plan.bytes[0], text.size() - from);
        return hit == nullptr
                   ? kNone
                   : static_cast<std::size_t>(static_cast<const char*>(hit) - text.data());
    }
    const std::size_t starts = text.size() - plan.size + 1;
    return folded ? find_with<true>(kernel, text.data(), from, starts, plan)
                  : find_with<false>(kernel, text.data(), from, starts, plan);
}

}  // namespace

LiteralSearcher::LiteralSearcher(Needle needle, SearchKernel kernel)
    : needle_(std::move(needle)),
      folded_(needle_.folds.find('\x20') != std::string::npos),
      kernel_(choose(kernel)) {
    SKALD_ASSERT(!needle_.bytes.empty() && needle_.bytes.size() == needle_.folds.size());
    std::tie(first_, second_) = rarest_two(needle_.bytes);
}

std::size_t LiteralSearcher::find(std::string_view text, std::size_t from) const noexcept {
    const Plan plan{needle_.bytes.data(), needle_.folds.data(), needle_.bytes.size(), first_,
                    second_};
    return search(text, from, kernel_, folded_, plan);
}

std::size_t find_literal(std::string_view text, std::string_view needle,
                         std::size_t from) noexcept {
    if (needle.empty()) return from <= text.size() ? from : kNone;
    const auto [first, second] = rarest_two(needle);
    static constexpr std::array<char, 256> kZeros{};
    if (needle.size() > kZeros.size()) {
        return LiteralSearcher(Needle::exact(needle)).find(text, from);
    }
    const Plan plan{needle.data(), kZeros.data(), needle.size(), first, second};
    return search(text, from, choose(SearchKernel::kBest), false, plan);
}

TextTraits traits_of(std::string_view text) noexcept {
#if defined(__x86_64__)
    if (has_avx2()) return traits_avx2(text);
#endif
    TextTraits traits;
    for (const char c : text) {
        traits.newlines += c == '\n' ? 1 : 0;
        traits.ascii &= static_cast<unsigned char>(c) < 0x80;
    }
    return traits;
}

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

/// Vector code is compiled for AVX2 function by function and chosen at run time, so that one binary
/// runs everywhere. The compiler's vector types need no header of intrinsics.
#if defined(__x86_64__)
#define SKALD_HAS_AVX2_CODE 1
#define SKALD_AVX2 __attribute__((target("avx2")))
#define SKALD_AVX2_INLINE __attribute__((target("avx2"), always_inline)) inline
#else
#define SKALD_HAS_AVX2_CODE 0
#endif

namespace skald::write {

/// Sixteen classes for the low and for the high half of a byte; a byte has the classes that both
/// halves name. Bytes from 0x80 have none. (The "shufti" scheme of Hyperscan.)
struct NibbleTables {
    std::array<std::uint8_t, 16> low{};
    std::array<std::uint8_t, 16> high{};

    /// Gives `byte`, an ASCII one, the class named by `bit`.
    constexpr void add(char byte, std::uint8_t bit) {
        low[static_cast<std::uint8_t>(byte) & 15] |= bit;
        high[static_cast<std::uint8_t>(byte) >> 4] |= bit;
    }
    constexpr std::uint8_t of(char byte) const {
        const auto value = static_cast<std::uint8_t>(byte);
        return value < 0x80 ? static_cast<std::uint8_t>(low[value & 15] & high[value >> 4]) : 0;
    }
    /// Any set of ASCII bytes, exactly: a class for each high half.
    void add_exactly(char byte) {
        add(byte, static_cast<std::uint8_t>(1U << (static_cast<std::uint8_t>(byte) >> 4)));
    }
};

#if SKALD_HAS_AVX2_CODE
using Bytes32 = std::uint8_t __attribute__((vector_size(32)));
using SignedBytes32 = char __attribute__((vector_size(32)));
constexpr std::size_t kVectorBytes = 32;

SKALD_AVX2_INLINE Bytes32 load32(const char* at) {
    Bytes32 bytes;
    std::memcpy(&bytes, at, sizeof bytes);
    return bytes;
}
SKALD_AVX2_INLINE Bytes32 shuffle(Bytes32 table, Bytes32 indexes) {
    return reinterpret_cast<Bytes32>(__builtin_ia32_pshufb256(
        reinterpret_cast<SignedBytes32>(table), reinterpret_cast<SignedBytes32>(indexes)));
}
/// Bit i is the top bit of byte i.
SKALD_AVX2_INLINE std::uint32_t top_bits(Bytes32 bytes) {
    return static_cast<std::uint32_t>(
        __builtin_ia32_pmovmskb256(reinterpret_cast<SignedBytes32>(bytes)));
}

/// NibbleTables in registers.
struct NibbleVectors {
    Bytes32 low;
    Bytes32 high;

    SKALD_AVX2_INLINE static NibbleVectors of(const NibbleTables& tables) {
        NibbleVectors vectors;
        for (int half = 0; half < 2; ++half) {
            std::memcpy(reinterpret_cast<char*>(&vectors.low) + half * 16, tables.low.data(), 16);
            std::memcpy(reinterpret_cast<char*>(&vectors.high) + half * 16, tables.high.data(), 16);
        }
        return vectors;
    }
    /// The classes of each byte.
    SKALD_AVX2_INLINE Bytes32 classes(Bytes32 bytes) const {
        // A shuffle gives 0 where the index has its top bit set, so bytes from 0x80 drop out.
        return shuffle(low, bytes) & shuffle(high, bytes >> 4);
    }
};
#endif

}  // namespace skald::write

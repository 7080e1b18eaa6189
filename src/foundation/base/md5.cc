// SPDX-License-Identifier: Apache-2.0
//
// RFC 1321: four rounds of sixteen steps for each block of 64 bytes.
#include <skald/foundation/base/md5.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <string>

namespace skald {

namespace {

constexpr std::size_t kBlock = 64;
constexpr std::uint32_t kRotations[4][4] = {
    {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

using State = std::array<std::uint32_t, 4>;

/// The whole part of 2^32 times the sine of 1 … 64.
const std::array<std::uint32_t, kBlock>& sines() {
    static const std::array<std::uint32_t, kBlock> table = [] {
        std::array<std::uint32_t, kBlock> made{};
        for (std::size_t i = 0; i < made.size(); ++i)
            made[i] = static_cast<std::uint32_t>(
                std::floor(std::abs(std::sin(static_cast<double>(i + 1))) * 4294967296.0));
        return made;
    }();
    return table;
}

std::uint32_t word_at(const char* block, std::size_t index) {
    std::uint32_t word = 0;
    for (std::size_t byte = 4; byte-- > 0;)
        word = word << 8 | static_cast<unsigned char>(block[index * 4 + byte]);
    return word;
}

struct Mixed {
    std::uint32_t bits;
    std::size_t word;  ///< The one of the block that the step takes.
};

Mixed mix(std::size_t step, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
    switch (step / 16) {
        case 0: return {(b & c) | (~b & d), step};
        case 1: return {(b & d) | (c & ~d), (5 * step + 1) % 16};
        case 2: return {b ^ c ^ d, (3 * step + 5) % 16};
        default: return {c ^ (b | ~d), 7 * step % 16};
    }
}

void take_block(State& state, const char* block) {
    auto [a, b, c, d] = state;
    for (std::size_t step = 0; step < kBlock; ++step) {
        const Mixed mixed = mix(step, b, c, d);
        const std::uint32_t sum = a + mixed.bits + word_at(block, mixed.word) + sines()[step];
        a = d;
        d = c;
        c = b;
        b += std::rotl(sum, static_cast<int>(kRotations[step / 16][step % 4]));
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

}  // namespace

std::array<std::uint8_t, 16> md5(std::string_view bytes) {
    State state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
    for (; bytes.size() >= kBlock; bytes.remove_prefix(kBlock)) take_block(state, bytes.data());
    std::string last(bytes);
    last += '\x80';
    while (last.size() % kBlock != kBlock - 8) last += '\0';
    for (unsigned i = 0; i < 8; ++i) last += static_cast<char>(bits >> (8 * i) & 0xFF);
    for (std::size_t at = 0; at < last.size(); at += kBlock) take_block(state, last.data() + at);
    std::array<std::uint8_t, 16> digest{};
    for (std::size_t i = 0; i < digest.size(); ++i)
        digest[i] = static_cast<std::uint8_t>(state[i / 4] >> (8 * (i % 4)) & 0xFF);
    return digest;
}

}  // namespace skald

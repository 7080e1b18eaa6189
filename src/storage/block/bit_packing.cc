// SPDX-License-Identifier: Apache-2.0
#include "bit_packing.h"

#include <skald/foundation/base/assert.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

namespace skald::storage {
namespace {

constexpr unsigned kWidthMax = 56;  // 7 bits of shift and 56 of value fill one 64-bit load.

std::uint64_t load64(const char* in) {
    std::uint64_t value = 0;
    std::memcpy(&value, in, sizeof value);
    return value;
}

/// One function a width, so that shifts and masks are constants: eight values take exactly Width
/// bytes, and the inner loop unrolls to a load, a shift and a mask each.
template <unsigned Width>
void unpack_width(const char* in, std::uint32_t count, std::uint64_t* out) {
    if constexpr (Width == 0) {
        std::fill_n(out, count, 0);
    } else {
        constexpr std::uint64_t kMask = (std::uint64_t{1} << Width) - 1;
        std::uint32_t i = 0;
        for (; i + 8 <= count; i += 8, in += Width) {
            for (unsigned j = 0; j < 8; ++j) {
                out[i + j] = (load64(in + j * Width / 8) >> (j * Width % 8)) & kMask;
            }
        }
        for (unsigned j = 0; i < count; ++i, ++j) {
            out[i] = (load64(in + j * Width / 8) >> (j * Width % 8)) & kMask;
        }
    }
}

using Unpack = void (*)(const char*, std::uint32_t, std::uint64_t*);

template <std::size_t... Widths>
constexpr std::array<Unpack, sizeof...(Widths)> unpack_table(std::index_sequence<Widths...>) {
    return {&unpack_width<static_cast<unsigned>(Widths)>...};
}

constexpr auto kUnpack = unpack_table(std::make_index_sequence<kWidthMax + 1>());

}  // namespace

unsigned width_of(std::uint64_t max) {
    const auto width = static_cast<unsigned>(std::bit_width(max));
    return width <= kWidthMax ? width : 64;
}

void pack(std::span<const std::uint64_t> values, unsigned width, std::string& out) {
    if (width == 0) return;
    const std::size_t begin = out.size();
    // Eight spare bytes, so that the last word can be stored whole.
    out.resize(begin + packed_size(values.size(), width) + 8);
    char* to = out.data() + begin;
    std::uint64_t word = 0;
    unsigned used = 0;  // Bits of the word.
    for (const std::uint64_t value : values) {
        word |= value << used;
        used += width;
        if (used < 64) continue;
        std::memcpy(to, &word, sizeof word);
        to += sizeof word;
        used -= 64;
        word = used == 0 ? 0 : value >> (width - used);
    }
    std::memcpy(to, &word, sizeof word);
    out.resize(out.size() - 8);
}

void unpack(const char* in, std::size_t readable, std::uint32_t count, unsigned width,
            std::uint64_t* out) {
    SKALD_DASSERT(count <= kPackGroup);
    if (count == 0) return;
    const std::size_t size = packed_size(count, width);
    if (width == 64) {
        std::memcpy(out, in, size);
        return;
    }
    if (readable >= size + 8) {
        kUnpack[width](in, count, out);
        return;
    }
    std::array<char, packed_size(kPackGroup, kWidthMax) + 8> padded{};
    std::memcpy(padded.data(), in, size);
    kUnpack[width](padded.data(), count, out);
}

}  // namespace skald::storage

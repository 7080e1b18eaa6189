// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace skald::storage {

/// Values per call of `unpack`, at most. A full group of any width ends on a byte.
inline constexpr std::uint32_t kPackGroup = 128;

/// Bits that hold values up to `max`: 0...56, or 64 (wider ones would not fit one unaligned load).
unsigned width_of(std::uint64_t max);

/// Bytes of `count` values of `width` bits each.
constexpr std::size_t packed_size(std::size_t count, unsigned width) {
    return (count * width + 7) / 8;
}

/// Appends the values, lowest bit first: value i has bits [i * width, (i + 1) * width) of the
/// bytes read as one little-endian number. Requires: each value fits `width`.
void pack(std::span<const std::uint64_t> values, unsigned width, std::string& out);

/// Reads `count` values. Requires: count <= kPackGroup, a width that `width_of` returns, and
/// `readable` >= packed_size(count, width) bytes at `in`. Reads no byte past `readable`.
void unpack(const char* in, std::size_t readable, std::uint32_t count, unsigned width,
            std::uint64_t* out);

}  // namespace skald::storage

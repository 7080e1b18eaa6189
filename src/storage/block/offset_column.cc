// SPDX-License-Identifier: Apache-2.0
#include "block_format.h"
#include "columns.h"

#include <algorithm>
#include <bit>

namespace skald::storage {
namespace {

std::uint32_t length_of(std::span<const std::uint32_t> offsets, std::size_t row) {
    return offsets[row + 1] - offsets[row] - 1;
}

/// Adds the lengths of `Planes` bytes each up; returns the end of the last line. In 64 bits:
/// lengths from damaged bytes must not wrap around to something plausible.
template <unsigned Planes>
std::uint64_t sum_lengths(const unsigned char* planes, std::size_t rows, std::uint32_t* offsets) {
    std::uint64_t end = 0;
    for (std::size_t row = 0; row < rows; ++row) {
        std::uint64_t length = 0;
        for (unsigned plane = 0; plane < Planes; ++plane) {
            length |= static_cast<std::uint64_t>(planes[plane * rows + row]) << (8 * plane);
        }
        end += length + 1;
        offsets[row + 1] = static_cast<std::uint32_t>(end);
    }
    return end;
}

std::uint64_t sum_lengths(unsigned planes, const char* bytes, std::size_t rows,
                          std::uint32_t* offsets) {
    const auto* in = reinterpret_cast<const unsigned char*>(bytes);
    switch (planes) {
        case 0: return sum_lengths<0>(in, rows, offsets);
        case 1: return sum_lengths<1>(in, rows, offsets);
        case 2: return sum_lengths<2>(in, rows, offsets);
        case 3: return sum_lengths<3>(in, rows, offsets);
        default: return sum_lengths<4>(in, rows, offsets);
    }
}

}  // namespace

void encode_offsets(std::span<const std::uint32_t> offsets, std::string& out) {
    const std::size_t rows = offsets.size() - 1;
    std::uint32_t longest = 0;
    for (std::size_t row = 0; row < rows; ++row) {
        longest = std::max(longest, length_of(offsets, row));
    }
    const auto planes = static_cast<unsigned>((std::bit_width(longest) + 7) / 8);
    out.push_back(static_cast<char>(planes));
    for (unsigned plane = 0; plane < planes; ++plane) {
        const std::size_t begin = out.size();
        out.resize(begin + rows);
        char* const bytes = out.data() + begin;
        for (std::size_t row = 0; row < rows; ++row) {
            bytes[row] = static_cast<char>(length_of(offsets, row) >> (8 * plane));
        }
    }
}

Result<void> decode_offsets(std::string_view bytes, std::uint32_t text_size,
                            std::span<std::uint32_t> offsets) {
    const std::size_t rows = offsets.size() - 1;
    const unsigned planes = bytes.empty() ? 255U : static_cast<unsigned char>(bytes[0]);
    if (planes > kOffsetPlanesMax || bytes.size() != 1 + rows * planes) {
        return Error{ErrorCode::kCorruption, "offsets column: wrong size"};
    }
    offsets[0] = 0;
    if (sum_lengths(planes, bytes.data() + 1, rows, offsets.data()) != text_size) {
        return Error{ErrorCode::kCorruption, "offsets column: lengths do not add up to the text"};
    }
    return {};
}

}  // namespace skald::storage

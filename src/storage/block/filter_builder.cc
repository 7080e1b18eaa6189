// SPDX-License-Identifier: Apache-2.0
#include "filter_hash.h"
#include "gram_table.h"

#include <skald/foundation/base/bytes.h>
#include <skald/storage/block/block_codec.h>
#include <skald/storage/block/block_filter.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <string_view>

namespace skald::storage {

namespace {

/// Rows with fewer bytes are looked at sooner than their filter.
constexpr std::size_t kRawBytesMin = 1024;
/// Bits for 100 bytes of lines and metadata: 3.4 % of them.
constexpr std::uint64_t kBitsPer100Bytes = 27;
/// In large blocks more grams come again: twelve of 100 bytes are new in 256 KiB, seven in 1 MiB.
constexpr std::uint64_t kBitsPer100BytesOfLarge = 22;
constexpr std::uint64_t kLarge = 512U << 10;
/// More would not let fewer blocks pass to speak of.
constexpr double kBitsPerGram = 5;
/// The table's size is a multiple of this, so that it can be divided by each of kDivisors.
constexpr std::uint32_t kStep = 96;
constexpr std::array<std::uint32_t, 8> kDivisors = {1, 2, 3, 4, 6, 8, 16, 32};

std::uint64_t metadata_bytes(const MetadataColumn& column) {
    std::uint64_t bytes = 0;
    for (const std::string_view value : column.values) bytes += column.name.size() + value.size();
    return bytes;
}

std::uint64_t raw_bytes(const BlockRows& rows) {
    std::uint64_t bytes = rows.lines.text.size();
    if (rows.levels != nullptr) bytes += metadata_bytes(*rows.levels);
    if (rows.metadata != nullptr) {
        for (const MetadataColumn& column : rows.metadata->columns) bytes += metadata_bytes(column);
    }
    return bytes;
}

/// The largest by which the table can be divided and still have enough bits for its grams.
std::uint32_t divisor_of(const GramTable& table) {
    const double size = table.size();
    // Grams that share a byte count too.
    const double grams = -size * std::log1p(-std::min(table.marked() / size, 0.999));
    std::uint32_t best = 1;
    for (const std::uint32_t divisor : kDivisors) {
        if (size / divisor >= grams * kBitsPerGram) best = divisor;
    }
    return best;
}

Error lacks(std::string_view what) {
    return {ErrorCode::kCorruption, "block filter: " + std::string(what)};
}

}  // namespace

std::string BlockFilter::build(const BlockRows& rows) {
    const std::uint64_t raw = raw_bytes(rows);
    if (raw < kRawBytesMin) return {};
    const std::uint64_t per_100_bytes = raw < kLarge ? kBitsPer100Bytes : kBitsPer100BytesOfLarge;
    const std::uint64_t wanted =
        std::min<std::uint64_t>(raw * per_100_bytes / 100, kFilterBitsMax - kStep);
    GramTable table(static_cast<std::uint32_t>(wanted / kStep + 1) * kStep);
    table.mark(rows);
    table.divide(divisor_of(table));
    std::string out;
    ByteWriter writer(out);
    writer.varint(table.size());
    writer.raw(table.bits());
    return out;
}

Result<void> BlockFilter::verify(const BlockRows& rows) const {
    GramTable table(size_);
    table.mark(rows);
    const std::string wanted = table.bits();
    if (wanted.size() != bits_.size()) return lacks("impossible size");
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if ((static_cast<unsigned char>(wanted[i]) & ~static_cast<unsigned char>(bits_[i])) != 0)
            return lacks("it denies something that the block holds");
    }
    return {};
}

Result<void> BlockFilter::verify(const Block& block) const {
    BlockRows rows;
    SKALD_TRY(rows.lines, block.lines());
    SKALD_TRY(const std::shared_ptr<const MetadataColumn> levels, block.levels());
    std::shared_ptr<const MetadataColumns> metadata;
    if (block.summary().has_metadata) {
        SKALD_TRY(metadata, block.metadata());
    }
    rows.levels = levels.get();
    rows.metadata = metadata.get();
    return verify(rows);
}

}  // namespace skald::storage

// SPDX-License-Identifier: Apache-2.0
#include "block_header.h"

#include "block_format.h"
#include "compression.h"

#include <skald/foundation/base/hash.h>
#include <skald/storage/block/column_check.h>

#include <limits>

namespace skald::storage {
namespace {

Error corrupt(std::string_view what) {
    return Error{ErrorCode::kCorruption, "block header: " + std::string(what)};
}

bool is_codec(Codec codec) {
    return codec <= Codec::kGzip;
}

/// `end` is the end of the column before and becomes the end of this one.
Result<void> check_column(const ColumnHeader& column, Column which, std::uint64_t& end) {
    const bool stored_whole = column.codec == Codec::kNone;
    if (!is_codec(column.codec) || column.offset != end || column.raw_size > kBlockBytesMax ||
        column.stored_size > column.raw_size ||
        (stored_whole && column.stored_size != column.raw_size) ||
        exceeds_codec_ratio(column.codec, column.stored_size, column.raw_size)) {
        return corrupt("impossible " + std::string(column_name(which)) + " column");
    }
    end += column.stored_size;
    return {};
}

void encode_column(const ColumnHeader& column, ByteWriter& out) {
    out.u8(static_cast<std::uint8_t>(column.codec));
    out.varint(column.stored_size);
    // Stored whole, the sizes are equal, and most small columns are.
    if (column.codec != Codec::kNone) out.varint(column.raw_size);
    if (column.stored_size != 0) out.u32(column.checksum);
}

/// A varint that fits 32 bits; anything larger fails the reader.
std::uint32_t varint32(ByteReader& in) {
    const std::uint64_t value = in.varint();
    if (value > std::numeric_limits<std::uint32_t>::max()) in.fail();
    return in.ok() ? static_cast<std::uint32_t>(value) : 0;
}

ColumnHeader decode_column(ByteReader& in, std::uint64_t offset) {
    ColumnHeader column;
    column.offset = static_cast<std::uint32_t>(offset);
    column.codec = static_cast<Codec>(in.u8());
    column.stored_size = varint32(in);
    column.raw_size = column.codec == Codec::kNone ? column.stored_size : varint32(in);
    if (column.stored_size != 0) column.checksum = in.u32();
    return column;
}

void encode_summary(const BlockSummary& summary, ByteWriter& out) {
    out.u8(summary.has_metadata ? kFlagHasMetadata : 0);
    out.varint(summary.rows);
    out.zigzag(summary.min_time);
    out.varint(static_cast<std::uint64_t>(summary.max_time) -
               static_cast<std::uint64_t>(summary.min_time));
    out.varint(summary.line_bytes);
    out.varint(summary.metadata_bytes);
}

BlockSummary decode_summary(ByteReader& in) {
    BlockSummary summary;
    const std::uint8_t flags = in.u8();
    if ((flags & ~kFlagHasMetadata) != 0) in.fail();
    summary.has_metadata = flags == kFlagHasMetadata;
    summary.rows = varint32(in);
    summary.min_time = in.zigzag();
    summary.max_time =
        static_cast<TimeNs>(static_cast<std::uint64_t>(summary.min_time) + in.varint());
    summary.line_bytes = in.varint();
    summary.metadata_bytes = in.varint();
    return summary;
}

/// Low half of XXH3-64 over the header's bytes from its version on.
std::uint32_t checksum_of(std::string_view bytes) {
    return static_cast<std::uint32_t>(hash64(bytes));
}

}  // namespace

Result<void> check_header(const BlockHeader& header) {
    const BlockSummary& summary = header.summary;
    if (summary.rows == 0 || summary.rows > kBlockRowsMax || summary.min_time > summary.max_time ||
        summary.line_bytes > kBlockBytesMax || summary.metadata_bytes > kMetadataBytesMax) {
        return corrupt("impossible totals");
    }
    std::uint64_t end = 0;
    for (std::size_t i = 0; i < kColumnCount; ++i) {
        SKALD_CHECK(check_column(header.columns[i], static_cast<Column>(i), end));
    }
    if (end > std::numeric_limits<std::uint32_t>::max()) return corrupt("larger than 4 GiB");
    const auto raw_size = [&](Column column) {
        return header.columns[static_cast<std::size_t>(column)].raw_size;
    };
    if (raw_size(Column::kText) != summary.line_bytes + summary.rows) {
        return corrupt("line bytes and text size disagree");
    }
    if ((raw_size(Column::kMetadata) != 0) != summary.has_metadata) {
        return corrupt("metadata flag and metadata size disagree");
    }
    return {};
}

std::uint32_t BlockHeader::stored_size() const {
    return columns.back().offset + columns.back().stored_size;
}

void BlockHeader::encode(ByteWriter& out) const {
    std::string bytes;
    ByteWriter writer(bytes);
    writer.u8(kBlockVersion);
    encode_summary(summary, writer);
    for (const ColumnHeader& column : columns) encode_column(column, writer);
    out.raw(bytes);
    out.u32(checksum_of(bytes));
}

Result<BlockHeader> BlockHeader::decode(ByteReader& in) {
    // The header's end is known only after it is read: a second reader over the same bytes, kept
    // from the start, gives the bytes that the checksum covers.
    ByteReader whole = in;
    const std::size_t begin = in.position();
    const std::uint8_t version = in.u8();
    if (in.ok() && version != kBlockVersion) {
        return corrupt("version " + std::to_string(version) + " is not known");
    }
    BlockHeader header;
    header.summary = decode_summary(in);
    std::uint64_t end = 0;
    for (ColumnHeader& column : header.columns) {
        column = decode_column(in, end);
        end += column.stored_size;
    }
    if (!in.ok()) return corrupt("cut short or malformed");
    const std::string_view covered = whole.raw(in.position() - begin);
    const std::uint32_t checksum = in.u32();
    if (!in.ok() || checksum != checksum_of(covered)) return corrupt("checksum mismatch");
    SKALD_CHECK(check_header(header));
    return header;
}

const MetadataColumn* MetadataColumns::find(std::string_view name) const {
    for (const MetadataColumn& column : columns) {
        if (column.name == name) return &column;
    }
    return nullptr;
}

}  // namespace skald::storage

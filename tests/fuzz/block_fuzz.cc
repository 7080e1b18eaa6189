// SPDX-License-Identifier: Apache-2.0
//
// The decoders of a block over arbitrary bytes. Checksums are made to fit, or nothing behind them
// would be reached. Input: u8 what (0 header, 1...5 column + 1), then for a column: u8 codec, u16
// rows, u16 line bytes, u32 raw size, stored bytes.
#include <skald/foundation/base/assert.h>
#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/hash.h>
#include <skald/storage/block/block_codec.h>

#include <algorithm>
#include <string>
#include <vector>

namespace skald::storage {
namespace {

std::uint32_t checksum_of(std::string_view bytes) {
    return static_cast<std::uint32_t>(hash64(bytes));
}

void check_header(std::string_view bytes) {
    std::string checked(bytes);
    ByteWriter(checked).u32(checksum_of(bytes));
    ByteReader in(checked);
    const Result<BlockHeader> header = BlockHeader::decode(in);
    if (!header) return;
    std::string again;
    ByteWriter out(again);
    header->encode(out);
    ByteReader second(again);
    SKALD_ASSERT(BlockHeader::decode(second).has_value());
}

/// A header whose column `which` has the stored bytes and everything else is as small as can be.
BlockHeader header_for(Column which, ByteReader& in) {
    BlockHeader header;
    const Codec codec{in.u8()};
    header.summary.rows = in.u16();
    header.summary.line_bytes = in.u16();
    const std::uint32_t raw_size = in.u32();
    ColumnHeader& text = header.columns[static_cast<std::size_t>(Column::kText)];
    text.raw_size = header.summary.rows + static_cast<std::uint32_t>(header.summary.line_bytes);
    text.stored_size = text.raw_size;
    header.summary.has_metadata = which == Column::kMetadata;

    ColumnHeader& column = header.columns[static_cast<std::size_t>(which)];
    column.codec = codec;
    column.stored_size = static_cast<std::uint32_t>(in.remaining());
    column.raw_size = codec == Codec::kNone ? column.stored_size : raw_size;
    if (which == Column::kText) header.summary.line_bytes = column.raw_size - header.summary.rows;
    std::uint32_t offset = 0;
    for (ColumnHeader& each : header.columns) {
        each.offset = offset;
        offset += each.stored_size;
    }
    return header;
}

void check_indexes(const MetadataColumn& column, std::uint32_t rows) {
    SKALD_ASSERT(column.rows.size() == rows && column.values.front().empty());
    for (std::uint32_t row = 0; row < rows; ++row) {
        SKALD_ASSERT(column.rows[row] < column.values.size());
    }
}

void check_offsets(const OffsetColumn& offsets, std::uint32_t text_size) {
    SKALD_ASSERT(offsets.offsets.front() == 0 && offsets.offsets.back() == text_size);
    for (std::size_t row = 0; row < offsets.rows(); ++row) {
        SKALD_ASSERT(offsets.offsets[row] < offsets.offsets[row + 1]);
    }
}

/// All lines but the last are empty.
std::vector<std::uint32_t> plain_offsets(std::uint32_t rows, std::uint32_t text_size) {
    std::vector<std::uint32_t> offsets(std::size_t{rows} + 1);
    for (std::uint32_t row = 0; row <= rows; ++row) offsets[row] = std::min(row, text_size);
    offsets.back() = text_size;
    return offsets;
}

void check_column(Column which, const BlockHeader& header, std::string_view stored) {
    const std::uint32_t rows = header.summary.rows;
    const std::uint32_t text_size = header.columns.back().raw_size;
    switch (which) {
        case Column::kTimes:
            if (const auto times = decode_times(header, stored)) {
                SKALD_ASSERT(times->values.size() == rows);
            }
            break;
        case Column::kOffsets:
            if (const auto offsets = decode_offsets(header, stored)) {
                check_offsets(*offsets, text_size);
            }
            break;
        case Column::kLevels:
            if (const auto levels = decode_levels(header, stored)) check_indexes(**levels, rows);
            break;
        case Column::kMetadata:
            if (const auto metadata = decode_metadata(header, stored)) {
                for (const MetadataColumn& column : (*metadata)->columns) {
                    check_indexes(column, rows);
                }
            }
            break;
        case Column::kText: {
            const auto offsets = plain_offsets(rows, text_size);
            const auto lines = decode_lines(header, stored, OffsetColumn{offsets, nullptr});
            SKALD_ASSERT(!lines || lines->text.size() == text_size);
            break;
        }
    }
}

}  // namespace
}  // namespace skald::storage

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace skald;           // NOLINT(google-build-using-namespace): a program.
    using namespace skald::storage;  // NOLINT(google-build-using-namespace)
    const std::string_view input(reinterpret_cast<const char*>(bytes), size);
    ByteReader in(input);
    const unsigned what = in.u8() % (kColumnCount + 1);
    if (what == 0) {
        check_header(in.raw(in.remaining()));
        return 0;
    }
    const auto which = static_cast<Column>(what - 1);
    BlockHeader header = header_for(which, in);
    if (!in.ok()) return 0;
    const std::string_view stored = in.raw(in.remaining());
    header.columns[what - 1].checksum = checksum_of(stored);
    check_column(which, header, stored);
    return 0;
}

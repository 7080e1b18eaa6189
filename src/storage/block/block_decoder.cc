// SPDX-License-Identifier: Apache-2.0
#include "block_decoder.h"

#include "block_format.h"
#include "block_header.h"
#include "columns.h"
#include "compression.h"

#include <skald/foundation/base/hash.h>
#include <skald/foundation/model/entry.h>
#include <skald/storage/block/column_check.h>

#include <algorithm>
#include <utility>

namespace skald::storage {
namespace {

const ColumnHeader& column_of(const BlockHeader& header, Column which) {
    return header.columns[static_cast<std::size_t>(which)];
}

Error corrupt(Column which, std::string_view what) {
    return Error{ErrorCode::kCorruption,
                 "block, " + std::string(column_name(which)) + " column: " + std::string(what)};
}

Result<void> expand(const ColumnHeader& column, Column which, std::string_view stored, char* out) {
    if (!decompress(column.codec, stored, out, column.raw_size)) {
        return corrupt(which, "the compressed bytes do not decode");
    }
    return {};
}

/// The column before the codec, valid until the thread's next call, or while `stored` is.
Result<std::string_view> raw_in_scratch(const BlockHeader& header, Column which,
                                        std::string_view stored) {
    SKALD_CHECK(check_stored(header, which, stored));
    const ColumnHeader& column = column_of(header, which);
    if (column.codec == Codec::kNone) return stored;
    char* const scratch = thread_scratch(column.raw_size);
    SKALD_CHECK(expand(column, which, stored, scratch));
    return std::string_view(scratch, column.raw_size);
}

/// The column before the codec, in memory of its own.
Result<std::shared_ptr<const Buffer>> raw_owned(const BlockHeader& header, Column which,
                                                std::string_view stored) {
    SKALD_CHECK(check_stored(header, which, stored));
    const ColumnHeader& column = column_of(header, which);
    auto buffer = std::make_shared<Buffer>(column.raw_size);
    SKALD_CHECK(expand(column, which, stored, buffer->data()));
    return std::shared_ptr<const Buffer>(std::move(buffer));
}

MetadataColumn column_without_values(std::string_view name, std::uint32_t rows) {
    MetadataColumn column;
    column.name = name;
    column.values.emplace_back();
    column.rows.assign(rows, 0);
    return column;
}

Result<MetadataColumns> decode_metadata_raw(std::string_view raw, std::uint32_t rows) {
    ByteReader in(raw);
    const std::uint64_t count = in.varint();
    // Each decoded index takes four bytes: this bounds them before the first is allocated.
    if (!in.ok() || count == 0 || count > kMetadataCellsMax / rows || count > in.remaining()) {
        return corrupt(Column::kMetadata, "impossible number of names");
    }
    MetadataColumns metadata;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::string_view name = in.text();
        if (!in.ok() || (i > 0 && name <= metadata.columns.back().name)) {
            return corrupt(Column::kMetadata, "names are not in order");
        }
        SKALD_TRY(MetadataColumn column, decode_dictionary_column(in, rows));
        column.name = name;
        metadata.columns.push_back(std::move(column));
    }
    if (!in.done()) return corrupt(Column::kMetadata, "bytes after the end");
    return metadata;
}

}  // namespace

Result<void> check_stored(const BlockHeader& header, Column which, std::string_view stored) {
    SKALD_CHECK(check_header(header));
    const ColumnHeader& column = column_of(header, which);
    if (stored.size() != column.stored_size) return corrupt(which, "wrong size");
    if (!stored.empty() && static_cast<std::uint32_t>(hash64(stored)) != column.checksum) {
        return corrupt(which, "checksum mismatch");
    }
    return {};
}

Result<TimeColumn> decode_times(const BlockHeader& header, std::string_view stored) {
    SKALD_TRY(const std::string_view raw, raw_in_scratch(header, Column::kTimes, stored));
    const std::shared_ptr<TimeNs[]> values =
        std::make_shared_for_overwrite<TimeNs[]>(header.summary.rows);
    const std::span<TimeNs> times(values.get(), header.summary.rows);
    SKALD_CHECK(decode_times(raw, header.summary.min_time, times));
    return TimeColumn{times, values};
}

Result<OffsetColumn> decode_offsets(const BlockHeader& header, std::string_view stored) {
    SKALD_TRY(const std::string_view raw, raw_in_scratch(header, Column::kOffsets, stored));
    const std::size_t count = std::size_t{header.summary.rows} + 1;
    const std::shared_ptr<std::uint32_t[]> values =
        std::make_shared_for_overwrite<std::uint32_t[]>(count);
    const std::span<std::uint32_t> offsets(values.get(), count);
    SKALD_CHECK(decode_offsets(raw, column_of(header, Column::kText).raw_size, offsets));
    return OffsetColumn{offsets, values};
}

Result<LineColumn> line_column(const BlockHeader& header, std::string_view raw,
                               std::shared_ptr<const void> owner, OffsetColumn offsets) {
    if (offsets.offsets.size() != std::size_t{header.summary.rows} + 1 ||
        offsets.offsets.back() != raw.size()) {
        return corrupt(Column::kText, "the offsets are of another block");
    }
    // Searches for the end of a line stop here, whatever the bytes before are.
    if (raw.empty() || raw.back() != '\n') return corrupt(Column::kText, "no end of line");
    return LineColumn{raw, std::move(offsets), std::move(owner)};
}

Result<LineColumn> decode_lines(const BlockHeader& header, std::string_view stored,
                                OffsetColumn offsets) {
    SKALD_TRY(std::shared_ptr<const Buffer> raw, raw_owned(header, Column::kText, stored));
    const std::string_view text = raw->view();
    return line_column(header, text, std::move(raw), std::move(offsets));
}

Result<std::shared_ptr<const MetadataColumn>> decode_levels(const BlockHeader& header,
                                                            std::string_view stored) {
    SKALD_TRY(std::shared_ptr<const Buffer> raw, raw_owned(header, Column::kLevels, stored));
    if (raw->empty()) {
        return std::make_shared<const MetadataColumn>(
            column_without_values(kDetectedLevel, header.summary.rows));
    }
    ByteReader in(raw->view());
    SKALD_TRY(MetadataColumn column, decode_dictionary_column(in, header.summary.rows));
    if (!in.done()) return corrupt(Column::kLevels, "bytes after the end");
    column.name = kDetectedLevel;
    column.owner = std::move(raw);
    return std::make_shared<const MetadataColumn>(std::move(column));
}

Result<std::shared_ptr<const MetadataColumns>> decode_metadata(const BlockHeader& header,
                                                               std::string_view stored) {
    SKALD_TRY(std::shared_ptr<const Buffer> raw, raw_owned(header, Column::kMetadata, stored));
    if (raw->empty()) return std::make_shared<const MetadataColumns>();
    SKALD_TRY(MetadataColumns metadata, decode_metadata_raw(raw->view(), header.summary.rows));
    for (MetadataColumn& column : metadata.columns) column.owner = raw;
    return std::make_shared<const MetadataColumns>(std::move(metadata));
}

}  // namespace skald::storage

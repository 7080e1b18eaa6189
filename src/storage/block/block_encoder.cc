// SPDX-License-Identifier: Apache-2.0
#include "block_format.h"
#include "columns.h"
#include "compression.h"

#include <skald/foundation/base/assert.h>
#include <skald/foundation/base/hash.h>
#include <skald/foundation/model/entry.h>
#include <skald/storage/block/block_codec.h>
#include <skald/storage/block/block_filter.h>

#include <algorithm>

namespace skald::storage {
namespace {

/// Collects the columns of one block. Its strings are the thread's and keep their memory.
class BlockBuilder {
public:
    BlockBuilder(const EncodeOptions& options, std::string& raw, std::string& bytes)
        : options_(options), raw_(raw), bytes_(bytes) {
        bytes_.clear();
    }

    /// Empty again each time it is asked for.
    std::string& raw() {
        raw_.clear();
        return raw_;
    }

    /// Adds `raw` compressed if that leaves at most 1 - 1/2^`gain_shift` of it, else as it is.
    void add(Column which, std::string_view raw, unsigned gain_shift) {
        std::string_view stored = compress(options_.codec, options_.zstd_level, raw);
        Codec codec = options_.codec;
        if (stored.empty() || stored.size() > raw.size() - (raw.size() >> gain_shift)) {
            stored = raw;
            codec = Codec::kNone;
        }
        ColumnHeader& column = header_.columns[static_cast<std::size_t>(which)];
        column.offset = static_cast<std::uint32_t>(bytes_.size());
        column.stored_size = static_cast<std::uint32_t>(stored.size());
        column.raw_size = static_cast<std::uint32_t>(raw.size());
        column.codec = codec;
        column.checksum = stored.empty() ? 0 : static_cast<std::uint32_t>(hash64(stored));
        bytes_.append(stored);
    }

    EncodedBlock finish(const BlockSummary& summary) {
        header_.summary = summary;
        return EncodedBlock{header_, std::string(bytes_.data(), bytes_.size()), {}};
    }

private:
    const EncodeOptions& options_;
    std::string& raw_;
    std::string& bytes_;
    BlockHeader header_;
};

/// Any gain counts: the codec costs less than reading the bytes it saves.
constexpr unsigned kAnyGain = 31;
/// Times are unpacked at several values a nanosecond; a codec in front must save an eighth to be
/// worth it.
constexpr unsigned kGainOfAnEighth = 3;

bool has_values(const MetadataColumn* column) {
    return column != nullptr && std::any_of(column->rows.begin(), column->rows.end(),
                                            [](std::uint32_t index) { return index != 0; });
}

std::uint64_t bytes_of(const MetadataColumn& column) {
    std::uint64_t bytes = 0;
    for (const std::uint32_t index : column.rows) {
        if (index != 0) bytes += column.name.size() + column.values[index].size();
    }
    return bytes;
}

void encode_metadata(const MetadataColumns& metadata, std::string& out) {
    ByteWriter writer(out);
    writer.varint(metadata.columns.size());
    for (const MetadataColumn& column : metadata.columns) {
        writer.text(column.name);
        encode_dictionary_column(column, out);
    }
}

BlockSummary summary_of(const BlockRows& rows) {
    BlockSummary summary;
    summary.rows = static_cast<std::uint32_t>(rows.times.size());
    const auto [least, most] = std::minmax_element(rows.times.begin(), rows.times.end());
    summary.min_time = *least;
    summary.max_time = *most;
    summary.line_bytes = rows.lines.offsets.line_bytes(0, rows.times.size());
    if (rows.levels != nullptr) summary.metadata_bytes += bytes_of(*rows.levels);
    if (rows.metadata != nullptr) {
        summary.has_metadata = !rows.metadata->columns.empty();
        for (const MetadataColumn& column : rows.metadata->columns) {
            summary.metadata_bytes += bytes_of(column);
        }
    }
    return summary;
}

void check_rows(const BlockRows& rows) {
    const std::span<const std::uint32_t> offsets = rows.lines.offsets.offsets;
    SKALD_ASSERT(!rows.times.empty() && rows.times.size() <= kBlockRowsMax);
    SKALD_ASSERT(offsets.size() == rows.times.size() + 1 && offsets.front() == 0);
    SKALD_ASSERT(offsets.back() == rows.lines.text.size() && offsets.back() <= kBlockBytesMax);
    SKALD_ASSERT(rows.levels == nullptr || rows.levels->rows.size() == rows.times.size());
    if (rows.metadata == nullptr) return;
    for (const MetadataColumn& column : rows.metadata->columns) {
        SKALD_ASSERT(column.rows.size() == rows.times.size());
    }
}

/// A thread's working memory, given back once it has grown past what ordinary blocks need.
struct EncodeScratch {
    static constexpr std::size_t kKeep = 4U << 20;

    std::string raw;
    std::string bytes;

    void trim() {
        if (raw.capacity() > kKeep) std::string().swap(raw);
        if (bytes.capacity() > kKeep) std::string().swap(bytes);
    }
};

}  // namespace

EncodedBlock encode_block(const BlockRows& rows, const EncodeOptions& options) {
    thread_local EncodeScratch scratch;
    check_rows(rows);
    const BlockSummary summary = summary_of(rows);
    BlockBuilder builder(options, scratch.raw, scratch.bytes);

    std::string& times = builder.raw();
    encode_times(rows.times, summary.min_time, times);
    builder.add(Column::kTimes, times, kGainOfAnEighth);

    std::string& offsets = builder.raw();
    encode_offsets(rows.lines.offsets.offsets, offsets);
    builder.add(Column::kOffsets, offsets, kAnyGain);

    std::string& levels = builder.raw();
    if (has_values(rows.levels)) encode_dictionary_column(*rows.levels, levels);
    builder.add(Column::kLevels, levels, kAnyGain);

    std::string& metadata = builder.raw();
    if (summary.has_metadata) encode_metadata(*rows.metadata, metadata);
    builder.add(Column::kMetadata, metadata, kAnyGain);

    builder.add(Column::kText, rows.lines.text, kAnyGain);
    EncodedBlock block = builder.finish(summary);
    if (options.filter) block.filter = BlockFilter::build(rows);
    scratch.trim();
    return block;
}

}  // namespace skald::storage

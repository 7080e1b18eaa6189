// SPDX-License-Identifier: Apache-2.0
#include "block_decoder.h"

#include <skald/storage/block/block_codec.h>
#include <skald/storage/block/block_filter.h>

#include <utility>

namespace skald::storage {
namespace {

/// Decodes a column each time it is asked for; who wants to keep one caches it.
class EncodedBlockReader final : public Block {
public:
    EncodedBlockReader(BlockHeader header, std::shared_ptr<const ColumnReader> reader,
                       std::shared_ptr<const BlockFilter> filter)
        : header_(header), reader_(std::move(reader)), filter_(std::move(filter)) {}

    const BlockSummary& summary() const override { return header_.summary; }

    Result<TimeColumn> times() const override {
        SKALD_TRY(const ColumnReader::Bytes stored, read(Column::kTimes));
        return decode_times(header_, stored.view);
    }

    Result<OffsetColumn> offsets() const override {
        SKALD_TRY(const ColumnReader::Bytes stored, read(Column::kOffsets));
        return decode_offsets(header_, stored.view);
    }

    Result<LineColumn> lines() const override {
        SKALD_TRY(OffsetColumn line_offsets, offsets());
        SKALD_TRY(ColumnReader::Bytes stored, read(Column::kText));
        if (column(Column::kText).codec != Codec::kNone || stored.owner == nullptr) {
            return decode_lines(header_, stored.view, std::move(line_offsets));
        }
        // Not compressed: the stored bytes are the text, and no copy is needed.
        SKALD_CHECK(check_stored(header_, Column::kText, stored.view));
        return line_column(header_, stored.view, std::move(stored.owner), std::move(line_offsets));
    }

    Result<std::shared_ptr<const MetadataColumn>> levels() const override {
        SKALD_TRY(const ColumnReader::Bytes stored, read(Column::kLevels));
        return decode_levels(header_, stored.view);
    }

    Result<std::shared_ptr<const MetadataColumns>> metadata() const override {
        SKALD_TRY(const ColumnReader::Bytes stored, read(Column::kMetadata));
        return decode_metadata(header_, stored.view);
    }

    std::shared_ptr<const BlockFilter> filter() const override { return filter_; }

    std::uint64_t stored_bytes() const override {
        return reader_->in_memory() ? 0 : column(Column::kText).stored_size;
    }

private:
    const ColumnHeader& column(Column which) const {
        return header_.columns[static_cast<std::size_t>(which)];
    }

    Result<ColumnReader::Bytes> read(Column which) const {
        const ColumnHeader& place = column(which);
        if (place.stored_size == 0) return ColumnReader::Bytes{};
        return reader_->read(place.offset, place.stored_size);
    }

    BlockHeader header_;
    // Shared: a query and a cache may hold blocks over one open object.
    std::shared_ptr<const ColumnReader> reader_;
    std::shared_ptr<const BlockFilter> filter_;
};

/// A filter with the block that its bits are in.
struct HeldFilter {
    BlockFilter filter;
    std::shared_ptr<const EncodedBlock> block;
};

std::shared_ptr<const BlockFilter> filter_of(const std::shared_ptr<const EncodedBlock>& block) {
    if (block->filter.empty()) return nullptr;
    const Result<BlockFilter> filter = BlockFilter::decode(block->filter);
    if (!filter) return nullptr;
    const auto held = std::make_shared<const HeldFilter>(HeldFilter{*filter, block});
    return {held, &held->filter};
}

class MemoryColumnReader final : public ColumnReader {
public:
    explicit MemoryColumnReader(std::shared_ptr<const EncodedBlock> block)
        : block_(std::move(block)) {}

    Result<Bytes> read(std::uint32_t offset, std::uint32_t size) const override {
        const std::string_view bytes = block_->bytes;
        if (offset > bytes.size() || size > bytes.size() - offset) {
            return Error{ErrorCode::kCorruption, "block: column outside of the block's bytes"};
        }
        return Bytes{bytes.substr(offset, size), block_};
    }

    bool in_memory() const override { return true; }

private:
    // Shared: whoever holds a column of it keeps the bytes alive.
    std::shared_ptr<const EncodedBlock> block_;
};

}  // namespace

std::shared_ptr<const Block> make_encoded_block(BlockHeader header,
                                                std::shared_ptr<const ColumnReader> reader) {
    return std::make_shared<const EncodedBlockReader>(header, std::move(reader), nullptr);
}

std::shared_ptr<const Block> make_encoded_block(std::shared_ptr<const EncodedBlock> block) {
    const BlockHeader header = block->header;
    std::shared_ptr<const BlockFilter> filter = filter_of(block);
    return std::make_shared<const EncodedBlockReader>(
        header, std::make_shared<const MemoryColumnReader>(std::move(block)), std::move(filter));
}

}  // namespace skald::storage

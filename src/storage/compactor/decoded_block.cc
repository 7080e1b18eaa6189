// SPDX-License-Identifier: Apache-2.0
#include "decoded_block.h"

#include <skald/storage/block/column_check.h>

namespace skald::storage {

namespace {

Error in_place(const MergeInput& input, const BlockEntry& block, const Error& error) {
    return {error.code, input.segment.object_key() + ": block at " + std::to_string(block.offset) +
                            ": " + error.message};
}

Result<std::shared_ptr<const DecodedBlock>> decode_all(const Block& block) {
    auto decoded = std::make_shared<DecodedBlock>();
    SKALD_TRY(decoded->times, block.times());
    SKALD_TRY(decoded->lines, block.lines());
    SKALD_TRY(decoded->levels, block.levels());
    if (block.summary().has_metadata) {
        SKALD_TRY(decoded->metadata, block.metadata());
    }
    return std::shared_ptr<const DecodedBlock>(std::move(decoded));
}

std::size_t bytes_of(const BlockHeader& header) {
    std::size_t bytes = header.summary.rows * sizeof(TimeNs);
    for (const ColumnHeader& column : header.columns) bytes += column.raw_size;
    return bytes;
}

}  // namespace

Result<EncodedBlock> BlockSource::stored(std::size_t input, std::uint32_t block) const {
    const MergeInput& from = inputs_[input];
    const BlockEntry& entry = from.table.blocks[block];
    SKALD_TRY(const Buffer bytes,
              store_.read(from.segment, entry.offset, entry.header.stored_size()));
    bytes_read_ += bytes.size();
    if (!damaged_columns(entry.header, bytes.view()).empty())
        return in_place(from, entry, {ErrorCode::kCorruption, "checksum mismatch"});
    return EncodedBlock{entry.header, std::string(bytes.view()), {}};
}

Result<std::shared_ptr<const DecodedBlock>> BlockSource::decode(std::size_t input,
                                                                std::uint32_t block) {
    const Key key{input, block};
    if (const auto place = places_.find(key); place != places_.end()) {
        kept_.splice(kept_.begin(), kept_, place->second);
        return kept_.front().block;
    }
    SKALD_TRY(EncodedBlock encoded, stored(input, block));
    const auto whole = make_encoded_block(std::make_shared<const EncodedBlock>(std::move(encoded)));
    Result<std::shared_ptr<const DecodedBlock>> decoded = decode_all(*whole);
    if (!decoded)
        return in_place(inputs_[input], inputs_[input].table.blocks[block], decoded.error());
    const std::size_t bytes = bytes_of(inputs_[input].table.blocks[block].header);
    kept_.push_front({key, *decoded, bytes});
    places_[key] = kept_.begin();
    bytes_ += bytes;
    while (bytes_ > keep_bytes_ && kept_.size() > 1) {
        bytes_ -= kept_.back().bytes;
        places_.erase(kept_.back().key);
        kept_.pop_back();
    }
    return decoded;
}

}  // namespace skald::storage

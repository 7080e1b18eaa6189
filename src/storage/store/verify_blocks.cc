// SPDX-License-Identifier: Apache-2.0
#include "segment_store.h"

#include <skald/storage/block/column_check.h>
#include <skald/storage/store/segment_listing.h>

#include <algorithm>
#include <memory>
#include <string>

// What a rewrite wrote, before its inputs go.
namespace skald::storage {

namespace {

/// The filters of the group that begins with the block.
Result<FilterSet> filters_from(const RangeReader& read, const RegionTable& table,
                               std::size_t block) {
    const std::size_t group = block / kFilterGroupBlocks;
    if (group >= table.filters.size() || table.filters[group].stored_size == 0) return FilterSet{};
    return read_filters(read, table.filters[group],
                        std::min(kFilterGroupBlocks, table.blocks.size() - block));
}

/// Its bytes are those that were written, and its filter (if it has one) has all of its rows.
Result<void> verify_block(const RangeReader& read, const BlockEntry& block,
                          const BlockFilter* filter) {
    SKALD_TRY(const Buffer bytes, read(block.offset, block.header.stored_size()));
    if (!damaged_columns(block.header, bytes.view()).empty())
        return Error{ErrorCode::kCorruption, "it is not what was written"};
    if (filter == nullptr) return {};
    const auto encoded = std::make_shared<const EncodedBlock>(
        EncodedBlock{block.header, std::string(bytes.view()), {}});
    return filter->verify(*make_encoded_block(encoded));
}

}  // namespace

Result<void> SegmentStore::verify_blocks(const SegmentTables& segment) const {
    const std::string key = segment.footer.id.object_key();
    const RangeReader read = range_reader(objects_, key);
    for (const RegionTable& table : segment.tables) {
        FilterSet filters;
        for (std::size_t i = 0; i < table.blocks.size(); ++i) {
            if (i % kFilterGroupBlocks == 0) {
                SKALD_TRY(filters, filters_from(read, table, i));
            }
            const std::size_t place = i % kFilterGroupBlocks;
            const bool has_filter = place < filters.blocks.size() && filters.blocks[place];
            const Result<void> verified =
                verify_block(read, table.blocks[i], has_filter ? &*filters.blocks[place] : nullptr);
            if (!verified) {
                return Error{verified.error().code, key + ": block at " +
                                                        std::to_string(table.blocks[i].offset) +
                                                        ": " + verified.error().message};
            }
        }
    }
    return {};
}

}  // namespace skald::storage

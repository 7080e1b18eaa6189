// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/buffer.h>
#include <skald/storage/block/block_codec.h>
#include <skald/storage/segment/segment.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <unordered_map>

namespace skald::storage {

/// The times columns of the blocks of one segment that is being written, as they are stored, for
/// the cache. About three bytes a row.
/// Threading: single-owner.
class WrittenTimes {
public:
    void add(const BlockEntry& entry, const EncodedBlock& block) {
        const ColumnHeader& column = block.header.columns[static_cast<std::size_t>(Column::kTimes)];
        const std::string_view stored =
            std::string_view(block.bytes).substr(column.offset, column.stored_size);
        auto copy = std::make_shared<Buffer>(stored.size());
        if (!stored.empty()) std::memcpy(copy->data(), stored.data(), stored.size());
        columns_.insert_or_assign(entry.offset, std::move(copy));
    }
    /// Of the block at `offset` of the object; null if there is none.
    std::shared_ptr<const Buffer> of(std::uint64_t offset) const {
        const auto found = columns_.find(offset);
        return found == columns_.end() ? nullptr : found->second;
    }

private:
    std::unordered_map<std::uint64_t, std::shared_ptr<const Buffer>> columns_;
};

}  // namespace skald::storage

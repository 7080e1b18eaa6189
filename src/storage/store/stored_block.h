// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "segment_reader.h"

#include <skald/storage/block/block.h>

#include <memory>
#include <string_view>
#include <utility>

namespace skald::storage {

/// A block of a segment: reads a column when it is asked for and keeps it in the store's cache. The
/// small columns are kept as they are stored: that is a third of the memory and less, and to decode
/// one costs less than to touch the new pages that it would be kept in. Text and metadata, which
/// are compressed, are kept decoded.
/// Threading: immutable.
class StoredBlock final : public Block {
public:
    /// `segment` and `filters`, which may be null, must outlive the block, which is number `place`
    /// of their group.
    StoredBlock(const BlockEntry& entry, const SegmentReader& segment, const FilterGroup* filters,
                std::uint32_t place)
        : entry_(entry), segment_(&segment), filters_(filters), place_(place) {}

    const BlockSummary& summary() const override { return entry_.header.summary; }
    Result<TimeColumn> times() const override;
    Result<OffsetColumn> offsets() const override;
    Result<LineColumn> lines() const override;
    Result<std::shared_ptr<const MetadataColumn>> levels() const override;
    Result<std::shared_ptr<const MetadataColumns>> metadata() const override;
    std::shared_ptr<const BlockFilter> filter() const override;
    std::uint64_t stored_bytes() const override;

    const BlockHeader& header() const { return entry_.header; }
    /// In the object.
    std::uint64_t offset() const { return entry_.offset; }
    /// Puts a small column, as it is stored, into the cache.
    void keep(Column which, std::shared_ptr<const Buffer> stored) const;

private:
    CacheKey key_of(Column column) const;
    /// Decoded by `decode(stored)` each time; as it is stored it is from the cache, or read and
    /// kept.
    template <class Decode>
    auto decoded(Column which, Decode decode) const -> decltype(decode(std::string_view()));
    /// The decoded column from the cache, or read, decoded by `decode(stored)` and kept with
    /// `charge(value)`.
    template <class T, class Decode, class Charge>
    Result<std::shared_ptr<const T>> kept_decoded(ColumnCache& cache, Column which, Decode decode,
                                                  Charge charge) const;

    BlockEntry entry_;
    const SegmentReader* segment_;
    const FilterGroup* filters_;
    std::uint32_t place_;
};

}  // namespace skald::storage

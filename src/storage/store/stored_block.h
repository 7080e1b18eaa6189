// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "segment_reader.h"

#include <skald/storage/block/block.h>

#include <utility>

namespace skald::storage {

/// A block of a segment: reads a column when it is asked for and keeps it, decoded, in the store's
/// cache.
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

private:
    CacheKey key_of(Column column) const;
    /// The column from the cache, or read, decoded by `decode(stored)` and kept with
    /// `charge(value)`.
    template <class T, class Decode, class Charge>
    Result<std::shared_ptr<const T>> column(ColumnCache& cache, Column which, Decode decode,
                                            Charge charge) const;

    BlockEntry entry_;
    const SegmentReader* segment_;
    const FilterGroup* filters_;
    std::uint32_t place_;
};

}  // namespace skald::storage

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "column_cache.h"
#include "stream_pool.h"

#include <skald/foundation/base/buffer.h>
#include <skald/foundation/base/result.h>
#include <skald/foundation/runtime/guarded.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/storage/block/block_codec.h>
#include <skald/storage/objstore/object_store.h>
#include <skald/storage/segment/segment.h>
#include <skald/storage/store/run_source.h>

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace skald::storage {

/// CacheKey::part of a region's table and of a group of filters; columns have their Column's
/// number.
inline constexpr std::uint8_t kTablePart = 0xFF;
inline constexpr std::uint8_t kFilterPart = 0xFE;
/// What a cached thing costs besides itself: control blocks, the cache's entry and its map node.
inline constexpr std::size_t kEntryBytes = 256;

/// What all segments of a store share.
/// Threading: thread-safe.
class ReadContext {
public:
    ReadContext(ObjectStore& objects, std::size_t cache_bytes, MetricsRegistry& metrics);

    ObjectStore& objects;
    StreamPool pool;
    Guarded<std::weak_ptr<const StreamSource>> active_streams;
    ColumnCache texts;
    ColumnCache columns;  ///< Region tables and all columns but text; counts the texts' bytes too.
    Counter damaged_blocks;
    Counter damaged_regions;
    Counter damaged_filters;
    Counter read_bytes;
};

/// Sets the caches' metrics before each exposition, as long as the context lives.
void expose_caches(const std::shared_ptr<ReadContext>& context, MetricsRegistry& metrics);

/// Reads ranges of one segment's object and says once what is damaged.
/// Threading: thread-safe.
class SegmentReader {
public:
    /// `number` is unique in the context.
    SegmentReader(std::shared_ptr<ReadContext> context, const SegmentId& id, std::uint64_t number)
        : context_(std::move(context)), key_(id.object_key()), number_(number) {}

    Result<Buffer> read(std::uint64_t offset, std::size_t length) const;
    /// The stored bytes of a column.
    Result<Buffer> read_column(const BlockEntry& block, Column column) const;
    /// A group of filters, from the cache or read; an empty one if it can't be read. Damage is
    /// counted and logged the first time: queries only become slower by it.
    std::shared_ptr<const FilterSet> filters(const FilterGroup& group) const;
    /// `error` with the place in front. A damaged block is counted and logged the first time.
    Error block_error(const BlockEntry& block, Column column, const Error& error) const;
    /// The same for a region's table.
    Error region_error(const RegionSummary& region, const Error& error) const;

    ReadContext& context() const { return *context_; }
    const std::string& key() const { return key_; }
    std::uint64_t number() const { return number_; }

private:
    bool is_first_report(std::uint64_t offset) const;

    // Shared: runs that a query still holds read through it after the store has gone.
    std::shared_ptr<ReadContext> context_;
    std::string key_;
    std::uint64_t number_;
    mutable Guarded<std::set<std::uint64_t>> reported_;  ///< Offsets of damaged things.
};

}  // namespace skald::storage

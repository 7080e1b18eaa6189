// SPDX-License-Identifier: Apache-2.0
#include "segment_reader.h"

#include <skald/foundation/telemetry/log.h>
#include <skald/storage/block/column_check.h>

namespace skald::storage {

namespace {

// Tables and small columns are what most queries need: they have what text leaves of the budget.
ColumnCache::Options column_options(std::size_t budget, const StreamPool& pool,
                                    const ColumnCache& texts) {
    return {.budget = budget,
            .queue_bytes = budget / 8 * 5 / 4,
            .queue_is_strict = false,
            .outside = [pooled = pool.bytes(), &texts] { return pooled->load() + texts.bytes(); }};
}

// Text is read by few queries more than once.
ColumnCache::Options text_options(std::size_t budget) {
    const std::size_t share = budget / 8 * 3;
    return {.budget = share, .queue_bytes = share / 4, .queue_is_strict = true, .outside = nullptr};
}

}  // namespace

ReadContext::ReadContext(ObjectStore& object_store, std::size_t cache_bytes,
                         MetricsRegistry& metrics)
    : objects(object_store),
      texts(text_options(cache_bytes)),
      columns(column_options(cache_bytes, pool, texts)),
      damaged_blocks(
          metrics.counter("skald_corrupt_blocks_total", "Blocks that were found damaged.")),
      damaged_regions(metrics.counter("skald_corrupt_regions_total",
                                      "Times that a segment's region table was found damaged.")),
      damaged_filters(
          metrics.counter("skald_corrupt_filters_total",
                          "Groups of block filters that were found damaged; their blocks are "
                          "searched without.")),
      read_bytes(metrics.counter("skald_store_read_bytes_total",
                                 "Bytes read from objects for queries.")) {}

Result<Buffer> SegmentReader::read(std::uint64_t offset, std::size_t length) const {
    Result<Buffer> bytes = context_->objects.read(key_, offset, length);
    if (bytes) context_->read_bytes.add(static_cast<double>(length));
    return bytes;
}

Result<Buffer> SegmentReader::read_column(const BlockEntry& block, Column column) const {
    const ColumnHeader& place = block.header.columns[static_cast<std::size_t>(column)];
    if (place.stored_size == 0) return Buffer();
    Result<Buffer> bytes = read(block.offset + place.offset, place.stored_size);
    if (!bytes) return block_error(block, column, bytes.error());
    return bytes;
}

std::shared_ptr<const FilterSet> SegmentReader::filters(const FilterGroup& group) const {
    const CacheKey key{number_, group.offset, kFilterPart};
    if (ColumnCache::Value value = context_->columns.find(key))
        return std::static_pointer_cast<const FilterSet>(std::move(value));
    Result<FilterSet> found = read_filters(
        [this](std::uint64_t offset, std::size_t length) { return read(offset, length); }, group,
        kFilterGroupBlocks);
    if (!found && found.error().code != ErrorCode::kCorruption)
        return std::make_shared<const FilterSet>();
    if (!found && is_first_report(group.offset)) {
        context_->damaged_filters.add();
        log_error("damaged filters",
                  {{"object", key_},
                   {"offset", group.offset},
                   {"reason", found.error().message},
                   {"do", "run skald check; queries read more until the object is restored"}});
    }
    // Damage is remembered too: it is not read again for each block.
    const auto set = found ? std::make_shared<const FilterSet>(*std::move(found))
                           : std::make_shared<const FilterSet>();
    const std::size_t views = set->blocks.capacity() * sizeof(set->blocks[0]);
    context_->columns.insert(key, set, kEntryBytes + set->bytes.size() + views);
    return set;
}

Error SegmentReader::block_error(const BlockEntry& block, Column column, const Error& error) const {
    const std::string message = key_ + ": block at " + std::to_string(block.offset) + ", column " +
                                std::string(column_name(column)) + ": " + error.message;
    if (error.code == ErrorCode::kCorruption && is_first_report(block.offset)) {
        context_->damaged_blocks.add();
        log_error("damaged block",
                  {{"object", key_},
                   {"offset", block.offset},
                   {"column", column_name(column)},
                   {"reason", error.message},
                   {"do", "run skald check; restore the object from a backup if there is one"}});
    }
    return {error.code, message};
}

Error SegmentReader::region_error(const RegionSummary& region, const Error& error) const {
    const std::string message = key_ + ": region of tenant " + region.tenant.text() +
                                ", table at " + std::to_string(region.table_offset) + ": " +
                                error.message;
    if (error.code == ErrorCode::kCorruption && is_first_report(region.table_offset)) {
        context_->damaged_regions.add();
        log_error("damaged region",
                  {{"object", key_},
                   {"offset", region.table_offset},
                   {"tenant", region.tenant.text()},
                   {"reason", error.message},
                   {"do", "run skald check; restore the object from a backup if there is one"}});
    }
    return {error.code, message};
}

bool SegmentReader::is_first_report(std::uint64_t offset) const {
    return reported_.lock()->insert(offset).second;
}

}  // namespace skald::storage

// SPDX-License-Identifier: Apache-2.0
#include "stored_block.h"

#include <string_view>

namespace skald::storage {

namespace {

/// The lines' bytes without the offsets, which are cached on their own.
struct TextColumn {
    std::string_view text;
    std::shared_ptr<const void> owner;
};

std::size_t bytes_of(const MetadataColumn& column) {
    return sizeof(MetadataColumn) + column.values.capacity() * sizeof(std::string_view) +
           column.rows.capacity() * sizeof(std::uint32_t);
}

}  // namespace

CacheKey StoredBlock::key_of(Column column) const {
    return {segment_->number(), entry_.offset, static_cast<std::uint8_t>(column)};
}

template <class Decode>
auto StoredBlock::decoded(Column which, Decode decode) const
    -> decltype(decode(std::string_view())) {
    auto stored =
        std::static_pointer_cast<const Buffer>(segment_->context().columns.find(key_of(which)));
    const bool is_new = stored == nullptr;
    if (is_new) {
        SKALD_TRY(Buffer read, segment_->read_column(entry_, which));
        stored = std::make_shared<const Buffer>(std::move(read));
    }
    auto column = decode(stored->view());
    if (!column) return segment_->block_error(entry_, which, column.error());
    if (is_new) keep(which, std::move(stored));
    return column;
}

void StoredBlock::keep(Column which, std::shared_ptr<const Buffer> stored) const {
    const std::size_t charge = kEntryBytes + stored->capacity();
    segment_->context().columns.insert(key_of(which), std::move(stored), charge);
}

template <class T, class Decode, class Charge>
Result<std::shared_ptr<const T>> StoredBlock::kept_decoded(ColumnCache& cache, Column which,
                                                           Decode decode, Charge charge) const {
    const CacheKey key = key_of(which);
    if (ColumnCache::Value value = cache.find(key))
        return std::static_pointer_cast<const T>(std::move(value));
    SKALD_TRY(const Buffer stored, segment_->read_column(entry_, which));
    Result<std::shared_ptr<const T>> decoded = decode(stored.view());
    if (!decoded) return segment_->block_error(entry_, which, decoded.error());
    cache.insert(key, *decoded, kEntryBytes + charge(**decoded));
    return decoded;
}

Result<TimeColumn> StoredBlock::times() const {
    return decoded(Column::kTimes,
                   [&](std::string_view stored) { return decode_times(entry_.header, stored); });
}

Result<OffsetColumn> StoredBlock::offsets() const {
    return decoded(Column::kOffsets,
                   [&](std::string_view stored) { return decode_offsets(entry_.header, stored); });
}

Result<std::shared_ptr<const MetadataColumn>> StoredBlock::levels() const {
    return decoded(Column::kLevels,
                   [&](std::string_view stored) { return decode_levels(entry_.header, stored); });
}

Result<LineColumn> StoredBlock::lines() const {
    SKALD_TRY(OffsetColumn line_offsets, offsets());
    const auto decode = [&](std::string_view stored) -> Result<std::shared_ptr<const TextColumn>> {
        SKALD_TRY(LineColumn column, decode_lines(entry_.header, stored, line_offsets));
        return std::make_shared<const TextColumn>(TextColumn{column.text, std::move(column.owner)});
    };
    const auto charge = [](const TextColumn& column) { return column.text.size(); };
    SKALD_TRY(const std::shared_ptr<const TextColumn> text,
              kept_decoded<TextColumn>(segment_->context().texts, Column::kText, decode, charge));
    segment_->context().columns.make_room();
    return LineColumn{text->text, std::move(line_offsets), text->owner};
}

Result<std::shared_ptr<const MetadataColumns>> StoredBlock::metadata() const {
    const std::size_t raw_size =
        entry_.header.columns[static_cast<std::size_t>(Column::kMetadata)].raw_size;
    const auto decode = [&](std::string_view stored) {
        return decode_metadata(entry_.header, stored);
    };
    const auto charge = [&](const MetadataColumns& columns) {
        std::size_t bytes = raw_size;
        for (const MetadataColumn& column : columns.columns) bytes += bytes_of(column);
        return bytes;
    };
    return kept_decoded<MetadataColumns>(segment_->context().columns, Column::kMetadata, decode,
                                         charge);
}

std::shared_ptr<const BlockFilter> StoredBlock::filter() const {
    if (filters_ == nullptr || filters_->stored_size == 0) return nullptr;
    const std::shared_ptr<const FilterSet> set = segment_->filters(*filters_);
    if (place_ >= set->blocks.size() || !set->blocks[place_]) return nullptr;
    return {set, &*set->blocks[place_]};
}

std::uint64_t StoredBlock::stored_bytes() const {
    if (segment_->context().texts.contains(key_of(Column::kText))) return 0;
    return entry_.header.columns[static_cast<std::size_t>(Column::kText)].stored_size;
}

}  // namespace skald::storage

// SPDX-License-Identifier: Apache-2.0
#include "snapshot_block.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace skald::storage {
namespace {

/// Numbers the values of one column in the order of their appearance; 0 is "no pair".
class ValueNumbers {
public:
    explicit ValueNumbers(std::uint32_t values) : numbers_(values) {}

    std::uint32_t number_of(std::uint32_t value, std::string_view text, MetadataColumn& column) {
        std::uint32_t& number = numbers_[value];
        if (number == 0) {
            number = static_cast<std::uint32_t>(column.values.size());
            column.values.push_back(text);
        }
        return number;
    }
    void forget(std::uint32_t value) { numbers_[value] = 0; }

private:
    std::vector<std::uint32_t> numbers_;
};

MetadataColumn empty_column(std::string_view name, std::uint32_t rows) {
    MetadataColumn column;
    column.name = name;
    column.values.emplace_back();
    column.rows.assign(rows, 0);
    return column;
}

/// There may be a million of them in a query: each byte counts.
class SnapshotBlock final : public Block {
public:
    explicit SnapshotBlock(OpenRows rows) : rows_(std::move(rows)) {
        const RowArena& arena = rows_.rows();
        summary_.rows = arena.size();
        summary_.min_time = arena.times()[0];
        summary_.max_time = arena.times()[arena.size() - 1];
        summary_.line_bytes = arena.text_size() - arena.size();
        summary_.metadata_bytes = rows_.metadata_bytes();
        summary_.has_metadata = rows_.names() > 0;
    }

    const BlockSummary& summary() const override { return summary_; }

    Result<TimeColumn> times() const override {
        const RowArena& arena = rows_.rows();
        return TimeColumn{{arena.times(), arena.size()}, arena.owner()};
    }

    Result<OffsetColumn> offsets() const override {
        const RowArena& arena = rows_.rows();
        return OffsetColumn{{arena.offsets(), std::size_t{arena.size()} + 1}, arena.owner()};
    }

    Result<LineColumn> lines() const override {
        const RowArena& arena = rows_.rows();
        SKALD_TRY(OffsetColumn line_offsets, offsets());
        return LineColumn{
            {arena.text(), arena.text_size()}, std::move(line_offsets), arena.owner()};
    }

    Result<std::shared_ptr<const MetadataColumn>> levels() const override;
    Result<std::shared_ptr<const MetadataColumns>> metadata() const override;
    std::uint64_t stored_bytes() const override { return 0; }

private:
    void fill_uncommon_levels(MetadataColumn& column) const;
    std::vector<std::vector<MetadataPair>> pairs_by_name() const;
    /// Keeps alive what columns of metadata view.
    std::shared_ptr<const void> owner() const {
        return std::make_shared<const OpenRows>(rows_.snapshot());
    }

    OpenRows rows_;
    BlockSummary summary_;
};

Result<std::shared_ptr<const MetadataColumn>> SnapshotBlock::levels() const {
    auto column = std::make_shared<MetadataColumn>(empty_column(kDetectedLevel, rows_.size()));
    const std::uint8_t* const codes = rows_.rows().levels();
    std::array<std::uint32_t, kLevelNames.size()> numbers{};
    bool uncommon = false;
    for (std::uint32_t row = 0; row < rows_.size(); ++row) {
        const std::uint8_t code = codes[row];
        if (code == 0) continue;
        if (code == kLevelInPairs) {
            uncommon = true;
            continue;
        }
        if (numbers[code] == 0) {
            numbers[code] = static_cast<std::uint32_t>(column->values.size());
            column->values.push_back(kLevelNames[code]);
        }
        column->rows[row] = numbers[code];
    }
    if (uncommon) fill_uncommon_levels(*column);
    return std::shared_ptr<const MetadataColumn>(std::move(column));
}

void SnapshotBlock::fill_uncommon_levels(MetadataColumn& column) const {
    const OpenMetadata& metadata = *rows_.metadata();
    ValueNumbers numbers(metadata.values.size());
    for (const MetadataPair& pair : metadata.pairs.span()) {
        if (pair.row >= rows_.size()) break;
        if (pair.name != kLevelPair) continue;
        column.rows[pair.row] = numbers.number_of(pair.value, metadata.value(pair), column);
    }
    column.owner = owner();
}

std::vector<std::vector<MetadataPair>> SnapshotBlock::pairs_by_name() const {
    const OpenMetadata& metadata = *rows_.metadata();
    std::vector<std::vector<MetadataPair>> by_name(metadata.names.size());
    for (const MetadataPair& pair : metadata.pairs.span()) {
        if (pair.name != kLevelPair) by_name[pair.name].push_back(pair);
    }
    std::erase_if(by_name, [](const auto& pairs) { return pairs.empty(); });
    std::sort(by_name.begin(), by_name.end(), [&](const auto& left, const auto& right) {
        return metadata.name(left.front()) < metadata.name(right.front());
    });
    return by_name;
}

Result<std::shared_ptr<const MetadataColumns>> SnapshotBlock::metadata() const {
    auto columns = std::make_shared<MetadataColumns>();
    if (!summary_.has_metadata) return std::shared_ptr<const MetadataColumns>(std::move(columns));
    const OpenMetadata& metadata = *rows_.metadata();
    ValueNumbers numbers(metadata.values.size());
    const std::shared_ptr<const void> owner = this->owner();
    for (const std::vector<MetadataPair>& pairs : pairs_by_name()) {
        MetadataColumn column = empty_column(metadata.name(pairs.front()), rows_.size());
        for (const MetadataPair& pair : pairs) {
            column.rows[pair.row] = numbers.number_of(pair.value, metadata.value(pair), column);
        }
        for (const MetadataPair& pair : pairs) numbers.forget(pair.value);
        column.owner = owner;
        columns->columns.push_back(std::move(column));
    }
    return std::shared_ptr<const MetadataColumns>(std::move(columns));
}

}  // namespace

/// Filled up to what was reserved: they stay where they are.
struct SnapshotSlab::Room {
    std::vector<SnapshotBlock> blocks;
};

SnapshotSlab::SnapshotSlab(std::size_t count_max) : room_(std::make_unique<Room>()) {
    room_->blocks.reserve(count_max);
}

SnapshotSlab::~SnapshotSlab() = default;

std::shared_ptr<const Block> SnapshotSlab::add(OpenRows rows) {
    std::vector<SnapshotBlock>& blocks = room_->blocks;
    if (blocks.size() == blocks.capacity()) return make_snapshot_block(std::move(rows));
    return {shared_from_this(), &blocks.emplace_back(std::move(rows))};
}

std::shared_ptr<const Block> make_snapshot_block(OpenRows rows) {
    return std::make_shared<const SnapshotBlock>(std::move(rows));
}

}  // namespace skald::storage

// SPDX-License-Identifier: Apache-2.0
#include "masked_block.h"

#include <string>
#include <utility>

namespace skald::storage {

Result<void> MaskedBlock::check(std::size_t rows) const {
    if (rows_.back() < rows) return {};
    return Error{ErrorCode::kCorruption, "a column has fewer rows than its block"};
}

Result<TimeColumn> MaskedBlock::times() const {
    SKALD_TRY(const TimeColumn all, base_->times());
    SKALD_CHECK(check(all.values.size()));
    auto picked = std::make_shared<std::vector<TimeNs>>();
    picked->reserve(rows_.size());
    for (const std::uint32_t row : rows_) picked->push_back(all.values[row]);
    return TimeColumn{.values = *picked, .owner = picked};
}

Result<OffsetColumn> MaskedBlock::offsets() const {
    SKALD_TRY(const OffsetColumn all, base_->offsets());
    SKALD_CHECK(check(all.rows()));
    auto picked = std::make_shared<std::vector<std::uint32_t>>();
    picked->reserve(rows_.size() + 1);
    picked->push_back(0);
    for (const std::uint32_t row : rows_)
        picked->push_back(picked->back() + all.offsets[row + 1] - all.offsets[row]);
    return OffsetColumn{.offsets = *picked, .owner = picked};
}

Result<LineColumn> MaskedBlock::lines() const {
    SKALD_TRY(const LineColumn all, base_->lines());
    SKALD_CHECK(check(all.offsets.rows()));
    struct Picked {
        std::string text;
        std::vector<std::uint32_t> offsets = {0};
    };
    auto picked = std::make_shared<Picked>();
    picked->offsets.reserve(rows_.size() + 1);
    for (const std::uint32_t row : rows_) {
        picked->text.append(all.line(row)).push_back('\n');
        picked->offsets.push_back(static_cast<std::uint32_t>(picked->text.size()));
    }
    return LineColumn{.text = picked->text,
                      .offsets = {.offsets = picked->offsets, .owner = picked},
                      .owner = picked};
}

MetadataColumn MaskedBlock::picked(const MetadataColumn& column) const {
    MetadataColumn copy;
    copy.name = column.name;
    copy.values = column.values;
    copy.owner = column.owner;
    copy.rows.reserve(rows_.size());
    for (const std::uint32_t row : rows_) copy.rows.push_back(column.rows[row]);
    return copy;
}

Result<std::shared_ptr<const MetadataColumn>> MaskedBlock::levels() const {
    SKALD_TRY(const std::shared_ptr<const MetadataColumn> all, base_->levels());
    SKALD_CHECK(check(all->rows.size()));
    // The names and values may be views of what the whole column holds.
    auto copy =
        std::make_shared<std::pair<MetadataColumn, std::shared_ptr<const void>>>(picked(*all), all);
    return std::shared_ptr<const MetadataColumn>(copy, &copy->first);
}

Result<std::shared_ptr<const MetadataColumns>> MaskedBlock::metadata() const {
    SKALD_TRY(const std::shared_ptr<const MetadataColumns> all, base_->metadata());
    auto copy = std::make_shared<std::pair<MetadataColumns, std::shared_ptr<const void>>>();
    copy->second = all;
    for (const MetadataColumn& column : all->columns) {
        SKALD_CHECK(check(column.rows.size()));
        copy->first.columns.push_back(picked(column));
    }
    return std::shared_ptr<const MetadataColumns>(copy, &copy->first);
}

}  // namespace skald::storage

// SPDX-License-Identifier: Apache-2.0
#include "row_groups.h"

#include <skald/foundation/model/entry.h>

#include <algorithm>
#include <limits>
#include <string>
#include <unordered_map>
#include <utility>

namespace skald::read {
namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

/// Does `needed` ask for the metadata `name` on rows of the stream, under whatever name it shows?
bool asks_for(const NeededLabels& needed, const Labels& stream_labels, std::string_view name) {
    if (name == kErrorLabel || name == kErrorDetailsLabel) return true;
    if (!stream_labels.find(name)) return needed.contains(name);
    return needed.contains(std::string(name) + "_extracted");
}

/// Could any metadata but the level be asked for?
bool may_need_metadata(const NeededLabels& needed, const Labels& stream_labels) {
    if (needed.all) return true;
    return std::any_of(needed.names.begin(), needed.names.end(), [&](const std::string& name) {
        return name != kDetectedLevel && !stream_labels.find(name);
    });
}

}  // namespace

Result<std::vector<NamedColumn>> needed_columns(const NeededLabels& needed,
                                                const Labels& stream_labels,
                                                BlockColumns& columns) {
    std::vector<NamedColumn> found;
    if (asks_for(needed, stream_labels, kDetectedLevel)) {
        SKALD_TRY(const storage::MetadataColumn* levels, columns.levels());
        found.push_back({kDetectedLevel, levels});
    }
    if (!columns.block().summary().has_metadata) return found;
    if (!may_need_metadata(needed, stream_labels)) return found;
    SKALD_TRY(const storage::MetadataColumns* metadata, columns.metadata());
    for (const storage::MetadataColumn& column : metadata->columns) {
        if (asks_for(needed, stream_labels, column.name)) found.push_back({column.name, &column});
    }
    return found;
}

RowGroups::RowGroups(std::vector<NamedColumn> columns, std::uint32_t rows)
    : columns_(std::move(columns)) {
    // A column with one value for all rows parts nothing.
    std::vector<const storage::MetadataColumn*> parting;
    for (const NamedColumn& each : columns_) {
        const auto& values = each.column->rows;
        const bool constant =
            values.empty() || std::all_of(values.begin(), values.end(),
                                          [&](std::uint32_t value) { return value == values[0]; });
        if (!constant) parting.push_back(each.column);
    }
    if (parting.empty()) {
        example_.assign(1, 0);
        return;
    }
    ids_ = parting.front()->rows;
    count_ = static_cast<std::uint32_t>(parting.front()->values.size());
    for (std::size_t i = 1; i < parting.size(); ++i) combine(*parting[i]);
    example_.assign(count_, 0);
    for (std::uint32_t row = 0; row < rows; ++row) example_[ids_[row]] = row;
}

void RowGroups::combine(const storage::MetadataColumn& column) {
    const std::uint64_t product = std::uint64_t{count_} * column.values.size();
    std::vector<std::uint32_t> combined(ids_.size());
    std::uint32_t next = 0;
    const auto number = [&next](std::uint32_t& slot) {
        if (slot == kNone) slot = next++;
        return slot;
    };
    if (product <= 4 * ids_.size() + 1024) {
        std::vector<std::uint32_t> numbers(product, kNone);
        for (std::size_t row = 0; row < ids_.size(); ++row) {
            combined[row] = number(numbers[ids_[row] * column.values.size() + column.rows[row]]);
        }
    } else {
        std::unordered_map<std::uint64_t, std::uint32_t> numbers;
        for (std::size_t row = 0; row < ids_.size(); ++row) {
            const std::uint64_t key = ids_[row] * column.values.size() + column.rows[row];
            combined[row] = number(numbers.try_emplace(key, kNone).first->second);
        }
    }
    own_ids_ = std::move(combined);
    ids_ = own_ids_;
    count_ = next;
}

void RowGroups::add_labels(std::uint32_t group, RowLabels& labels) const {
    for (const NamedColumn& each : columns_) {
        const std::string_view value = each.column->value(example_[group]);
        if (!value.empty()) labels.add_metadata(each.name, value);
    }
}

Result<const RowGroups*> BlockGroups::find(const NeededLabels& needed, const Labels& stream_labels,
                                           BlockColumns& columns) {
    SKALD_TRY(std::vector<NamedColumn> named, needed_columns(needed, stream_labels, columns));
    if (named.empty()) return &one_group();
    for (const auto& groups : groups_) {
        if (groups->columns() == named) return groups.get();
    }
    groups_.push_back(
        std::make_unique<RowGroups>(std::move(named), columns.block().summary().rows));
    return groups_.back().get();
}

const RowGroups& one_group() {
    static const RowGroups group;
    return group;
}

}  // namespace skald::read

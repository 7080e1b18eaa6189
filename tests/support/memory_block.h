// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/time.h>
#include <skald/storage/block/block.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald::support {

/// A row as a test writes it down.
struct MemoryRow {
    TimeNs time = 0;
    std::string line;
    std::string level;                   ///< "" for none.
    std::vector<Labels::Pair> metadata;  ///< Sorted by name, without the level.

    bool operator==(const MemoryRow&) const = default;
};

/// A block over plain vectors that counts how often a column is read and can be damaged.
/// Threading: as Block; set the damage before it is shared.
class MemoryBlock final : public storage::Block {
public:
    explicit MemoryBlock(const std::vector<MemoryRow>& rows) {
        offsets_.push_back(0);
        std::set<std::string> names;
        for (const MemoryRow& row : rows) {
            times_.push_back(row.time);
            text_ += row.line;
            text_ += '\n';
            offsets_.push_back(static_cast<std::uint32_t>(text_.size()));
            summary_.line_bytes += row.line.size();
            summary_.metadata_bytes += row.level.size();
            for (const auto& [name, value] : row.metadata) {
                names.insert(name);
                summary_.metadata_bytes += name.size() + value.size();
            }
        }
        summary_.rows = static_cast<std::uint32_t>(rows.size());
        summary_.min_time = *std::min_element(times_.begin(), times_.end());
        summary_.max_time = *std::max_element(times_.begin(), times_.end());
        summary_.has_metadata = !names.empty();
        names_.assign(names.begin(), names.end());
        levels_ = std::make_shared<storage::MetadataColumn>(
            column("detected_level", rows, [](const MemoryRow& row) { return row.level; }));
        auto metadata = std::make_shared<storage::MetadataColumns>();
        for (const std::string& name : names_) {
            metadata->columns.push_back(column(name, rows, [&](const MemoryRow& row) {
                for (const auto& [each, value] : row.metadata) {
                    if (each == name) return value;
                }
                return std::string();
            }));
        }
        metadata_ = std::move(metadata);
    }

    const storage::BlockSummary& summary() const override { return summary_; }
    Result<storage::TimeColumn> times() const override {
        ++time_reads;
        if (damage) return *damage;
        return storage::TimeColumn{times_, nullptr};
    }
    Result<storage::OffsetColumn> offsets() const override {
        ++offset_reads;
        if (damage) return *damage;
        return storage::OffsetColumn{offsets_, nullptr};
    }
    Result<storage::LineColumn> lines() const override {
        ++line_reads;
        if (damage) return *damage;
        if (line_damage) return *line_damage;
        return storage::LineColumn{text_, {offsets_, nullptr}, nullptr};
    }
    Result<std::shared_ptr<const storage::MetadataColumn>> levels() const override {
        ++level_reads;
        if (damage) return *damage;
        return levels_;
    }
    Result<std::shared_ptr<const storage::MetadataColumns>> metadata() const override {
        ++metadata_reads;
        if (damage) return *damage;
        return metadata_;
    }
    std::uint64_t stored_bytes() const override { return text_.size(); }

    std::optional<Error> damage;       ///< Of every column.
    std::optional<Error> line_damage;  ///< Of the text only.
    mutable std::atomic<int> time_reads{0};
    mutable std::atomic<int> offset_reads{0};
    mutable std::atomic<int> line_reads{0};
    mutable std::atomic<int> level_reads{0};
    mutable std::atomic<int> metadata_reads{0};

private:
    template <class Value>
    storage::MetadataColumn column(std::string_view name, const std::vector<MemoryRow>& rows,
                                   Value value_of) {
        storage::MetadataColumn column{.name = name, .values = {""}, .rows = {}, .owner = nullptr};
        for (const MemoryRow& row : rows) {
            const std::string value = value_of(row);
            auto at = std::find(column.values.begin(), column.values.end(), value);
            if (at == column.values.end()) {
                texts_.push_back(std::make_unique<std::string>(value));
                at = column.values.insert(at, *texts_.back());
            }
            column.rows.push_back(static_cast<std::uint32_t>(at - column.values.begin()));
        }
        return column;
    }

    storage::BlockSummary summary_;
    std::vector<TimeNs> times_;
    std::vector<std::uint32_t> offsets_;
    std::string text_;
    std::vector<std::string> names_;
    std::vector<std::unique_ptr<std::string>> texts_;
    std::shared_ptr<const storage::MetadataColumn> levels_;
    std::shared_ptr<const storage::MetadataColumns> metadata_;
};

/// A run of all rows of a block.
inline storage::Run run_of(std::shared_ptr<const storage::Block> block, StreamPtr stream,
                           std::uint64_t generation, std::uint64_t position) {
    const storage::BlockSummary& summary = block->summary();
    return {.block = block,
            .stream = std::move(stream),
            .row_begin = 0,
            .row_end = summary.rows,
            .min_time = summary.min_time,
            .max_time = summary.max_time,
            .line_bytes = summary.line_bytes,
            .generation = generation,
            .position = position};
}

}  // namespace skald::support

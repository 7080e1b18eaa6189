// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "arena.h"
#include "row_arena.h"
#include "string_table.h"

#include <skald/foundation/model/entry.h>
#include <skald/storage/block/block.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace skald::storage {

/// Levels that cost a byte a row and no dictionary, by code; "" is 0: none.
inline constexpr std::array<std::string_view, 12> kLevelNames = {
    "",         "unknown", "info",  "error",   "debug", "warn",
    "critical", "trace",   "fatal", "warning", "err",   "notice"};
/// Any other level is a pair under the name kLevelPair, the first of its row.
inline constexpr std::uint8_t kLevelInPairs = 255;
/// The number of `detected_level` among the names of a block's metadata.
inline constexpr std::uint32_t kLevelPair = 0;

/// The code of a level, kLevelInPairs if it has none of its own.
std::uint8_t level_code(std::string_view level);

/// A metadata pair of a row: the numbers of its name and its value.
struct MetadataPair {
    std::uint32_t row = 0;
    std::uint32_t name = 0;
    std::uint32_t value = 0;
};

/// Metadata of an open block's rows, but for levels that have a code.
struct OpenMetadata {
    StringList names;  ///< The first is `detected_level`.
    StringList values;
    Arena<MetadataPair> pairs;  ///< Ascending by row.
    StringIndex name_index;     ///< The writer's; the indexes are empty in snapshots.
    StringIndex value_index;

    std::string_view name(const MetadataPair& pair) const { return names[pair.name]; }
    std::string_view value(const MetadataPair& pair) const { return values[pair.value]; }
    std::size_t memory_bytes() const;
};

/// A row that is not in a block yet.
struct IncomingRow {
    TimeNs time = 0;
    std::string_view line;
    std::string_view level;
    std::span<const LabelView> pairs;  ///< May hold empty values, which mean no pair.
};

/// Rows of an open block as they arrived. Threading: caller locks.
class OpenRows {
public:
    std::uint32_t size() const { return rows_.size(); }
    const RowArena& rows() const { return rows_; }
    /// Null if no row has metadata or an uncommon level.
    const OpenMetadata* metadata() const { return metadata_.get(); }
    std::uint64_t metadata_bytes() const { return metadata_bytes_; }
    /// Distinct names of metadata but `detected_level`.
    std::uint32_t names() const { return metadata_ == nullptr ? 0 : metadata_->names.size() - 1; }
    std::size_t memory_bytes() const;

    /// Equal for rows whose line, level and metadata are equal; times do not count.
    std::uint64_t hash_of(std::uint32_t row) const;
    static std::uint64_t hash_of(const IncomingRow& row);
    bool equal(std::uint32_t left, std::uint32_t right) const;
    bool equal(std::uint32_t left, const IncomingRow& right) const;

    void append(const IncomingRow& row);
    void reserve(std::size_t rows, std::size_t text_bytes) { rows_.reserve(rows, text_bytes); }
    /// Shares the memory of the rows so far; later appends to this object do not show in it.
    OpenRows snapshot() const;
    /// A copy ordered by (time, arrival), without exact duplicates.
    OpenRows sorted_copy() const;

private:
    std::span<const MetadataPair> pairs_of(std::uint32_t row) const;
    std::string_view level_of(std::uint32_t row, std::span<const MetadataPair> pairs) const;
    std::uint64_t metadata_bytes_of(std::uint32_t row) const;
    OpenMetadata& writable_metadata();
    void append_pairs(const IncomingRow& row, std::uint8_t code);
    /// Rows by (time, arrival), the duplicates left out.
    std::vector<std::uint32_t> sorted_order() const;

    RowArena rows_;
    std::unique_ptr<OpenMetadata> metadata_;  ///< Made on first use: most blocks need none.
    std::uint64_t metadata_bytes_ = 0;
};

}  // namespace skald::storage

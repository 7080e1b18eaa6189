// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/entry.h>
#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/time.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace skald::storage {

// Columns are views; each keeps its bytes alive through `owner` (shared: a cache, the block and the
// query may all hold them).

/// Time of each row, in nanoseconds. Ascending within a run.
struct TimeColumn {
    std::span<const TimeNs> values;
    std::shared_ptr<const void> owner;
};

/// Where lines lie in the text: rows + 1 offsets, the first 0. In the text each line is followed by
/// one '\n' (a line may hold others), so line i has offsets[i+1] - offsets[i] - 1 bytes.
struct OffsetColumn {
    std::span<const std::uint32_t> offsets;
    std::shared_ptr<const void> owner;

    std::size_t rows() const { return offsets.size() - 1; }
    /// Bytes of the lines of rows [begin, end).
    std::uint64_t line_bytes(std::size_t begin, std::size_t end) const {
        return offsets[end] - offsets[begin] - (end - begin);
    }
};

/// All lines of a block in one buffer, to be searched as a whole.
struct LineColumn {
    std::string_view text;
    OffsetColumn offsets;
    std::shared_ptr<const void> owner;

    std::string_view line(std::size_t row) const {
        return text.substr(offsets.offsets[row],
                           offsets.offsets[row + 1] - offsets.offsets[row] - 1);
    }
};

/// One structured-metadata name over the rows of a block: a dictionary and an index a row.
/// `values[0]` is "" and means that the row has no such pair.
struct MetadataColumn {
    std::string_view name;
    std::vector<std::string_view> values;
    std::vector<std::uint32_t> rows;
    std::shared_ptr<const void> owner;

    std::string_view value(std::size_t row) const { return values[rows[row]]; }
};

/// The structured metadata of a block but for `detected_level`, by name.
struct MetadataColumns {
    std::vector<MetadataColumn> columns;

    const MetadataColumn* find(std::string_view name) const;
};

/// What is known of a block without reading a column.
struct BlockSummary {
    std::uint32_t rows = 0;
    TimeNs min_time = 0;
    TimeNs max_time = 0;
    std::uint64_t line_bytes = 0;
    std::uint64_t metadata_bytes = 0;  ///< Names and values, `detected_level` included.
    bool has_metadata = false;         ///< Some row has metadata other than `detected_level`.
};

class BlockFilter;

/// Rows of one or more streams, stored as columns that are read one by one, on demand.
///
/// Invariant: rows are ordered by (stream, time, arrival); rows of one stream are consecutive (a
/// run). A run holds no exact duplicate (time, line, metadata, level) of a row.
/// Threading: immutable; reading is thread-safe. A read may hit the disk: worker threads only.
class Block {
public:
    virtual ~Block() = default;

    virtual const BlockSummary& summary() const = 0;
    virtual Result<TimeColumn> times() const = 0;
    /// Cheaper than `lines`: the text is not touched.
    virtual Result<OffsetColumn> offsets() const = 0;
    virtual Result<LineColumn> lines() const = 0;
    /// `detected_level`, all rows.
    virtual Result<std::shared_ptr<const MetadataColumn>> levels() const = 0;
    virtual Result<std::shared_ptr<const MetadataColumns>> metadata() const = 0;
    /// What the block does not hold; null if it has no filter or a damaged one (which is reported).
    /// Reads no column.
    virtual std::shared_ptr<const BlockFilter> filter() const { return nullptr; }
    /// Bytes that reading the text column fetches (0 if it is in memory already), for statistics.
    virtual std::uint64_t stored_bytes() const = 0;
};

/// Names a generation: which instance wrote it and its number there. Level-0 segments have the name
/// of their generation.
struct GenerationId {
    std::string instance;
    std::uint64_t number = 0;

    auto operator<=>(const GenerationId&) const = default;
};

/// The rows of one stream in one block: the unit in which queries find data.
struct Run {
    std::shared_ptr<const Block> block;
    StreamPtr stream;
    std::uint32_t row_begin = 0;
    std::uint32_t row_end = 0;
    TimeNs min_time = 0;  ///< Exact, of these rows.
    TimeNs max_time = 0;
    std::uint64_t line_bytes = 0;
    /// Rows of a stream with equal times are ordered by (generation, position, row).
    std::uint64_t generation = 0;
    std::uint64_t position = 0;

    std::uint32_t rows() const { return row_end - row_begin; }
};

}  // namespace skald::storage

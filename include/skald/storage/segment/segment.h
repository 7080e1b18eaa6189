// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/tenant.h>
#include <skald/storage/block/block.h>
#include <skald/storage/block/block_codec.h>
#include <skald/storage/block/block_filter.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skald::storage {

/// Names a segment. Level 0: the generation's name. The object key is `segments/<text>.seg`.
struct SegmentId {
    std::string text;  ///< e.g. "l0-<instance>-<generation, 16 hex digits>"

    auto operator<=>(const SegmentId&) const = default;
    static SegmentId of_generation(const GenerationId& generation);
    /// A member of the set `set` that a rewrite makes; `newest` is the highest generation inside.
    static SegmentId of_rewrite(std::uint32_t level, const GenerationId& newest, std::uint64_t set,
                                std::uint32_t member);
    /// Errors: kInvalidArgument.
    static Result<SegmentId> parse(std::string_view text);
    std::string object_key() const { return "segments/" + text + ".seg"; }
};

/// A block's place in the segment.
struct BlockEntry {
    BlockHeader header;
    std::uint64_t offset = 0;  ///< Of the block's first byte in the object.
};

/// Rows of one stream in one block of the region.
struct RunEntry {
    std::uint32_t stream = 0;  ///< Index into RegionTable::streams.
    std::uint32_t block = 0;   ///< Index into RegionTable::blocks.
    std::uint32_t row_begin = 0;
    std::uint32_t row_end = 0;
    TimeNs min_time = 0;
    TimeNs max_time = 0;
    std::uint64_t line_bytes = 0;
    std::uint64_t position = 0;  ///< Order of equal times inside the generation.
};

/// Where the filters of kFilterGroupBlocks blocks of a region lie, one after the other.
struct FilterGroup {
    std::uint64_t offset = 0;
    std::uint32_t stored_size = 0;  ///< 0: none of the blocks has one.
    std::uint32_t raw_size = 0;
    std::uint64_t checksum = 0;  ///< Of the stored bytes.
};
/// Blocks of a group; the last one of a region may have fewer.
inline constexpr std::size_t kFilterGroupBlocks = 64;

/// One tenant's rows of one period: the unit that the catalog names and a query opens.
struct RegionTable {
    std::vector<StreamPtr> streams;  ///< In label order.
    std::vector<BlockEntry> blocks;
    std::vector<RunEntry> runs;  ///< By (stream, min_time).
    /// Of the blocks in their order; empty if no block has a filter.
    std::vector<FilterGroup> filters;
};

/// What the footer's directory says of a region without decoding its tables.
struct RegionSummary {
    TenantId tenant;
    std::int32_t period = 0;  ///< period_of its times.
    std::uint64_t table_offset = 0;
    std::uint32_t table_stored_size = 0;
    std::uint32_t table_raw_size = 0;
    std::uint64_t table_checksum = 0;
    std::uint32_t streams = 0;
    std::uint32_t blocks = 0;
    std::uint64_t rows = 0;
    std::uint64_t line_bytes = 0;
    TimeNs min_time = 0;
    TimeNs max_time = 0;
};

/// The self-description at the end of a segment (docs/formats/segment.md).
struct SegmentFooter {
    std::uint32_t version = 1;
    SegmentId id;
    std::uint32_t level = 0;
    std::vector<GenerationId> generations;  ///< Whose rows are inside.
    std::vector<std::string> replaces;      ///< Segments that this one's set replaces (compaction).
    /// All segments of its set, itself included; empty for a level-0 segment. Version 2 if it is
    /// not.
    std::vector<std::string> members;
    std::vector<std::string> applied_deletes;  ///< Delete requests already applied.
    std::vector<RegionSummary> regions;        ///< By (tenant, period).
};

/// Writes one segment, front to back, through `sink`.
///
/// Write path: ingester flush -> [SegmentWriter] -> object store.
/// Threading: single-owner.
class SegmentWriter {
public:
    using Sink = std::function<Result<void>(std::string_view)>;
    /// Told of each block after it went out.
    using BlockWritten = std::function<void(const BlockEntry& entry, const EncodedBlock& block)>;

    /// `footer` brings id, level, generations, replaces and applied_deletes; regions are added
    /// here.
    SegmentWriter(SegmentFooter footer, Sink sink, BlockWritten written = nullptr);
    ~SegmentWriter();

    /// Starts a region. Requires: (tenant, period) ascending. `streams` in label order.
    Result<void> begin_region(const TenantId& tenant, std::int32_t period,
                              std::vector<StreamPtr> streams);
    /// Adds a block and its runs (their `block` is filled in here; `stream` indexes begin_region's
    /// list).
    Result<void> add_block(const EncodedBlock& block, std::vector<RunEntry> runs);
    Result<void> end_region();
    /// Writes the footer; the segment is complete once the sink is durable. Returns the footer
    /// written.
    Result<SegmentFooter> finish();
    std::uint64_t bytes_written() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The filters of a group.
struct FilterSet {
    std::vector<std::optional<BlockFilter>> blocks;
    Buffer bytes;  ///< The filters view it.
};

/// Reads `length` bytes at `offset` of the object.
using RangeReader = std::function<Result<Buffer>(std::uint64_t offset, std::size_t length)>;

/// Reads and checks the footer of an object of `object_size` bytes (two small reads at its end).
/// Errors: kCorruption, those of `read`.
Result<SegmentFooter> read_footer(const RangeReader& read, std::uint64_t object_size);
/// Checks the first bytes of an object, which nothing else needs. Errors: as of `read_footer`.
Result<void> check_header(const RangeReader& read);
/// Gives the stream of a label set: whoever has many tables in memory shares streams among them.
using StreamMaker = std::function<StreamPtr(Labels labels)>;
/// Reads and checks the tables of one region. Without `make` each stream is a new one.
Result<RegionTable> read_region(const RangeReader& read, const RegionSummary& region,
                                const StreamMaker& make = {});
/// Reads and checks the filters of a group of at most `blocks`. Errors: kCorruption, those of
/// `read`.
Result<FilterSet> read_filters(const RangeReader& read, const FilterGroup& group,
                               std::size_t blocks);

}  // namespace skald::storage

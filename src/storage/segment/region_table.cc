// SPDX-License-Identifier: Apache-2.0
#include "region_table.h"

#include "filter_groups.h"
#include "run_columns.h"
#include "segment_format.h"
#include "stream_list.h"

#include <skald/foundation/base/bytes.h>

#include <limits>
#include <utility>

namespace skald::storage {
namespace {

Error corrupt(std::string_view what) {
    return Error{ErrorCode::kCorruption, "region table: " + std::string(what)};
}

void encode_blocks(const std::vector<BlockEntry>& blocks, ByteWriter& out) {
    std::uint64_t end = kSegmentHeaderSize;
    for (const BlockEntry& block : blocks) {
        out.varint(block.offset - end);
        block.header.encode(out);
        end = block.offset + block.header.stored_size();
    }
}

Result<std::vector<BlockEntry>> decode_blocks(ByteReader& in, std::size_t count,
                                              std::uint64_t table_offset) {
    std::vector<BlockEntry> blocks;
    blocks.reserve(count);
    std::uint64_t end = kSegmentHeaderSize;
    for (std::size_t i = 0; i < count; ++i) {
        BlockEntry block;
        const std::uint64_t gap = in.varint();
        SKALD_TRY(block.header, BlockHeader::decode(in));
        if (gap > table_offset - end || block.header.stored_size() > table_offset - end - gap) {
            return corrupt("a block lies outside of its region");
        }
        block.offset = end + gap;
        end = block.offset + block.header.stored_size();
        blocks.push_back(block);
    }
    return blocks;
}

std::uint64_t end_of(const BlockEntry& block) {
    return block.offset + block.header.stored_size();
}

/// The totals in the directory are what queries are answered from: they must be those of the table.
Result<void> check_totals(const RegionTable& table, const RegionSummary& region) {
    std::uint64_t block_rows = 0;
    std::uint64_t line_bytes = 0;
    for (const BlockEntry& block : table.blocks) {
        block_rows += block.header.summary.rows;
        line_bytes += block.header.summary.line_bytes;
    }
    std::uint64_t run_rows = 0;
    std::uint64_t run_bytes = 0;
    for (const RunEntry& run : table.runs) {
        run_rows += run.row_end - run.row_begin;
        run_bytes += run.line_bytes;
    }
    if (block_rows != region.rows || run_rows != region.rows || line_bytes != region.line_bytes ||
        run_bytes != region.line_bytes) {
        return corrupt("its totals are not those of the footer");
    }
    return {};
}

}  // namespace

std::string encode_region_table(const RegionTable& table) {
    std::string bytes;
    ByteWriter out(bytes);
    out.u8(table.filters.empty() ? kRegionTableVersion : kFilteredTableVersion);
    out.varint(table.streams.size());
    out.varint(table.blocks.size());
    out.varint(table.runs.size());
    encode_streams(table.streams, out);
    encode_blocks(table.blocks, out);
    encode_runs(table, out);
    encode_filter_groups(table.filters, out);
    return bytes;
}

Result<RegionTable> decode_region_table(std::string_view raw, const RegionSummary& region,
                                        const StreamMaker& make) {
    ByteReader in(raw);
    const std::uint8_t version = in.u8();
    if (in.ok() && version != kRegionTableVersion && version != kFilteredTableVersion) {
        return corrupt("version " + std::to_string(version) + " is not known");
    }
    const std::uint64_t streams = in.varint();
    const std::uint64_t blocks = in.varint();
    const std::uint64_t runs = in.varint();
    // Each of them takes more than a byte: larger counts are lies, and must not be allocated.
    if (!in.ok() || streams != region.streams || blocks != region.blocks ||
        region.table_offset < kSegmentHeaderSize || streams > in.remaining() / kStreamBytesMin ||
        blocks > in.remaining() / kBlockEntryBytesMin || runs > in.remaining() / kRunBytesMin) {
        return corrupt("impossible counts");
    }
    RegionTable table;
    SKALD_TRY(table.streams, decode_streams(in, streams, make));
    SKALD_TRY(table.blocks, decode_blocks(in, blocks, region.table_offset));
    SKALD_CHECK(decode_runs(in, runs, table));
    if (version == kFilteredTableVersion) {
        const std::uint64_t begin = blocks == 0 ? kSegmentHeaderSize : end_of(table.blocks.back());
        SKALD_TRY(table.filters, decode_filter_groups(in, blocks, begin, region.table_offset));
    }
    if (!in.ok() || !in.done()) return corrupt("cut short, or bytes after the end");
    SKALD_CHECK(check_totals(table, region));
    return table;
}

}  // namespace skald::storage

// SPDX-License-Identifier: Apache-2.0
#include "segment_outline.h"

#include <skald/foundation/base/bytes.h>
#include <skald/foundation/model/time.h>
#include <skald/storage/block/block_codec.h>
#include <skald/storage/block/column_check.h>
#include <skald/storage/segment/segment.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald::tools {

using storage::BlockEntry;
using storage::RegionTable;
using storage::RunEntry;

namespace {

/// Bytes of a column of many blocks, or of one.
struct Sizes {
    std::uint64_t stored = 0;
    std::uint64_t raw = 0;
};

void add_footer(const storage::SegmentFooter& footer, Outline& out) {
    out.add("kind", "segment");
    out.add("version", footer.version);
    out.add("name", footer.id.text);
    out.add("level", footer.level);
    for (const storage::GenerationId& generation : footer.generations) {
        Outline& each = out.item("generation");
        each.add("instance", generation.instance);
        each.add("number", generation.number);
    }
    for (const std::string& name : footer.replaces) out.item("replaces").add("name", name);
    for (const std::string& name : footer.members) out.item("member").add("name", name);
    for (const std::string& name : footer.applied_deletes)
        out.item("applied_delete").add("request", name);
}

void add_totals(const storage::SegmentFooter& footer, Outline& out) {
    std::set<std::string_view> tenants;
    std::uint64_t streams = 0;
    std::uint64_t blocks = 0;
    std::uint64_t rows = 0;
    std::uint64_t line_bytes = 0;
    Sizes tables;
    for (const storage::RegionSummary& region : footer.regions) {
        tenants.insert(region.tenant.text());
        streams += region.streams;
        blocks += region.blocks;
        rows += region.rows;
        line_bytes += region.line_bytes;
        tables.stored += region.table_stored_size;
        tables.raw += region.table_raw_size;
    }
    Outline& total = out.child("total");
    total.add("tenants", tenants.size());
    total.add("regions", footer.regions.size());
    total.add("streams_of_regions", streams);
    total.add("blocks", blocks);
    total.add("lines", rows);
    total.add("line_bytes", line_bytes);
    total.add("table_stored_bytes", tables.stored);
    total.add("table_raw_bytes", tables.raw);
}

void add_region(const storage::RegionSummary& region, Outline& out) {
    out.add("tenant", region.tenant.text());
    out.add("day", format_rfc3339(std::int64_t{region.period} * 86'400'000'000'000).substr(0, 10));
    out.add("streams", region.streams);
    out.add("blocks", region.blocks);
    out.add("lines", region.rows);
    out.add("line_bytes", region.line_bytes);
    out.add("first", format_rfc3339_nano(region.min_time));
    out.add("last", format_rfc3339_nano(region.max_time));
    out.add("table_at", region.table_offset);
    out.add("table_stored_bytes", region.table_stored_size);
    out.add("table_raw_bytes", region.table_raw_size);
}

/// What the columns and filters of all blocks of a region take.
void add_region_sizes(const RegionTable& table, Outline& out) {
    std::array<Sizes, storage::kColumnCount> columns{};
    for (const BlockEntry& block : table.blocks) {
        for (std::size_t i = 0; i < storage::kColumnCount; ++i) {
            columns[i].stored += block.header.columns[i].stored_size;
            columns[i].raw += block.header.columns[i].raw_size;
        }
    }
    for (std::size_t i = 0; i < storage::kColumnCount; ++i) {
        Outline& each = out.item("column");
        each.add("name", storage::column_name(static_cast<storage::Column>(i)));
        each.add("stored_bytes", columns[i].stored);
        each.add("raw_bytes", columns[i].raw);
    }
    Sizes filters;
    for (const storage::FilterGroup& group : table.filters) {
        filters.stored += group.stored_size;
        filters.raw += group.raw_size;
    }
    out.add("filter_stored_bytes", filters.stored);
    out.add("filter_raw_bytes", filters.raw);
}

/// Bytes of each block's filter, 0 without one: docs/formats/segment.md. Errors: as of
/// read_filters.
Result<std::vector<std::size_t>> filter_sizes(const storage::RangeReader& range,
                                              const RegionTable& table) {
    std::vector<std::size_t> sizes;
    for (const storage::FilterGroup& group : table.filters) {
        const std::size_t blocks =
            std::min(storage::kFilterGroupBlocks, table.blocks.size() - sizes.size());
        if (group.stored_size == 0) {  // None of its blocks has a filter.
            sizes.resize(sizes.size() + blocks);
            continue;
        }
        SKALD_TRY(const storage::FilterSet set, storage::read_filters(range, group, blocks));
        ByteReader in(set.bytes.view());
        in.u8();
        in.varint();
        for (std::size_t i = 0; i < blocks; ++i) sizes.push_back(in.varint());
    }
    sizes.resize(table.blocks.size());
    return sizes;
}

void add_block(const BlockEntry& block, std::size_t filter_bytes, Outline& out) {
    const storage::BlockSummary& summary = block.header.summary;
    out.add("at", block.offset);
    out.add("stored_bytes", block.header.stored_size());
    out.add("lines", summary.rows);
    out.add("line_bytes", summary.line_bytes);
    out.add("metadata_bytes", summary.metadata_bytes);
    out.add("first", format_rfc3339_nano(summary.min_time));
    out.add("last", format_rfc3339_nano(summary.max_time));
    out.add("filter_bytes", filter_bytes);
    for (std::size_t i = 0; i < storage::kColumnCount; ++i) {
        const storage::ColumnHeader& column = block.header.columns[i];
        Outline& each = out.item("column");
        each.add("name", storage::column_name(static_cast<storage::Column>(i)));
        each.add("codec", storage::codec_name(column.codec));
        each.add("stored_bytes", column.stored_size);
        each.add("raw_bytes", column.raw_size);
    }
}

/// The distinct values of a column of structured metadata.
void add_dictionary(std::string_view name, const storage::MetadataColumn& column, Outline& out) {
    std::uint64_t bytes = 0;
    for (const std::string_view value : column.values) bytes += value.size();
    Outline& each = out.item("dictionary");
    each.add("name", name);
    // The first one stands for no value.
    each.add("values", column.values.empty() ? 0 : column.values.size() - 1);
    each.add("value_bytes", bytes);
}

void add_runs(const RegionTable& table, Outline& out) {
    for (const RunEntry& run : table.runs) {
        if (run.stream >= table.streams.size() || run.block >= table.blocks.size()) continue;
        Outline& each = out.item("run");
        each.add("stream", table.streams[run.stream]->labels.to_string());
        each.add("block_at", table.blocks[run.block].offset);
        each.add("first_row", run.row_begin);
        each.add("lines", run.row_end - run.row_begin);
        each.add("line_bytes", run.line_bytes);
        each.add("first", format_rfc3339_nano(run.min_time));
        each.add("last", format_rfc3339_nano(run.max_time));
    }
}

Result<void> add_rows(const RegionTable& table, std::uint32_t index,
                      const storage::RandomAccessFile& file, Outline& out) {
    const BlockEntry& entry = table.blocks[index];
    SKALD_TRY(const Buffer bytes, file.read(entry.offset, entry.header.stored_size()));
    auto encoded = std::make_shared<storage::EncodedBlock>();
    encoded->header = entry.header;
    encoded->bytes = std::string(bytes.view());
    const auto block =
        storage::make_encoded_block(std::shared_ptr<const storage::EncodedBlock>(encoded));
    SKALD_TRY(const storage::TimeColumn times, block->times());
    SKALD_TRY(const storage::LineColumn lines, block->lines());
    SKALD_TRY(const auto levels, block->levels());
    SKALD_TRY(const auto metadata, block->metadata());
    add_dictionary("detected_level", *levels, out);
    for (const storage::MetadataColumn& column : metadata->columns)
        add_dictionary(column.name, column, out);
    for (const RunEntry& run : table.runs) {
        if (run.block != index || run.stream >= table.streams.size() ||
            run.row_end > times.values.size() || run.row_end > lines.offsets.rows())
            continue;
        Outline& stream = out.item("stream");
        stream.add("labels", table.streams[run.stream]->labels.to_string());
        for (std::uint32_t row = run.row_begin; row < run.row_end; ++row) {
            Outline& each = stream.item("entry");
            each.add("time", format_rfc3339_nano(times.values[row]));
            if (!levels->value(row).empty()) each.add("detected_level", levels->value(row));
            for (const storage::MetadataColumn& column : metadata->columns) {
                if (!column.value(row).empty()) each.add(column.name, column.value(row));
            }
            each.add("line", lines.line(row));
        }
    }
    return {};
}

}  // namespace

Result<void> outline_segment(const storage::RandomAccessFile& file, const InspectOptions& options,
                             Outline& out) {
    const storage::RangeReader range = [&](std::uint64_t offset, std::size_t length) {
        return file.read(offset, length);
    };
    SKALD_TRY(const storage::SegmentFooter footer, storage::read_footer(range, file.size()));
    if (!options.block) {
        add_footer(footer, out);
        add_totals(footer, out);
    }
    std::optional<Error> damage;  // Of a region that may hold the block.
    for (const storage::RegionSummary& region : footer.regions) {
        const Result<RegionTable> read = storage::read_region(range, region);
        if (!options.block) {
            Outline& each = out.item("region");
            add_region(region, each);
            if (!read) {
                each.add("damage", read.error().message);
                continue;
            }
            const RegionTable& table = *read;
            add_region_sizes(table, each);
            if (!options.all) continue;
            SKALD_TRY(const std::vector<std::size_t> filters, filter_sizes(range, table));
            for (std::size_t i = 0; i < table.blocks.size(); ++i)
                add_block(table.blocks[i], filters[i], each.item("block"));
            add_runs(table, each);
            continue;
        }
        if (!read) {
            damage = read.error();
            continue;
        }
        const RegionTable& table = *read;
        for (std::uint32_t i = 0; i < table.blocks.size(); ++i) {
            if (table.blocks[i].offset != *options.block) continue;
            SKALD_TRY(const std::vector<std::size_t> filters, filter_sizes(range, table));
            add_block(table.blocks[i], filters[i], out);
            return add_rows(table, i, file, out);
        }
    }
    if (!options.block) return {};
    if (damage) return *damage;
    return Error{ErrorCode::kInvalidArgument,
                 "no block begins at " + std::to_string(*options.block) + " (see -all)"};
}

}  // namespace skald::tools

// SPDX-License-Identifier: Apache-2.0
#include "segment_outline.h"

#include <skald/foundation/model/time.h>
#include <skald/storage/block/block_codec.h>
#include <skald/storage/segment/segment.h>

#include <memory>
#include <string>
#include <utility>

namespace skald::tools {

using storage::BlockEntry;
using storage::RegionTable;
using storage::RunEntry;

namespace {

void add_footer(const storage::SegmentFooter& footer, Outline& out) {
    out.add("kind", "segment");
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
    out.add("table_bytes", region.table_stored_size);
}

void add_tables(const RegionTable& table, Outline& out) {
    for (const BlockEntry& block : table.blocks) {
        const storage::BlockSummary& summary = block.header.summary;
        Outline& each = out.item("block");
        each.add("at", block.offset);
        each.add("stored_bytes", block.header.stored_size());
        each.add("lines", summary.rows);
        each.add("line_bytes", summary.line_bytes);
        each.add("metadata_bytes", summary.metadata_bytes);
        each.add("first", format_rfc3339_nano(summary.min_time));
        each.add("last", format_rfc3339_nano(summary.max_time));
    }
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
    if (!options.block) add_footer(footer, out);
    for (const storage::RegionSummary& region : footer.regions) {
        if (!options.block) {
            Outline& each = out.item("region");
            add_region(region, each);
            if (!options.all) continue;
            SKALD_TRY(const RegionTable table, storage::read_region(range, region));
            add_tables(table, each);
            continue;
        }
        SKALD_TRY(const RegionTable table, storage::read_region(range, region));
        for (std::uint32_t i = 0; i < table.blocks.size(); ++i) {
            if (table.blocks[i].offset == *options.block) return add_rows(table, i, file, out);
        }
    }
    if (!options.block) return {};
    return Error{ErrorCode::kInvalidArgument,
                 "no block begins at " + std::to_string(*options.block) + " (see -all)"};
}

}  // namespace skald::tools

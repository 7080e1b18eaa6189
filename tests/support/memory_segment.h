// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/block_rows.h"
#include "support/result_assertions.h"

#include <skald/storage/segment/segment.h>

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace skald::storage {

/// Rows of one stream that go into one block.
struct RunInputRows {
    std::size_t stream = 0;  ///< Index into the region's streams.
    std::vector<Row> rows;
};

struct BlockInput {
    std::vector<RunInputRows> runs;
};

struct RegionInput {
    std::string tenant;
    std::int32_t period = 0;
    std::vector<StreamPtr> streams;
    std::vector<BlockInput> blocks;
};

/// A segment in a string.
struct MemorySegment {
    std::string bytes;
    SegmentFooter footer;  ///< As the writer returned it.
    mutable int reads = 0;

    RangeReader reader() const {
        return [this](std::uint64_t offset, std::size_t length) -> Result<Buffer> {
            ++reads;
            // Like a file: short at the end.
            const std::string_view all = bytes;
            const std::string_view part =
                offset > all.size() ? std::string_view{} : all.substr(offset, length);
            Buffer buffer(part.size());
            if (!part.empty()) std::memcpy(buffer.data(), part.data(), part.size());
            return buffer;
        };
    }
};

inline SegmentFooter footer_named(std::string text) {
    SegmentFooter footer;
    footer.id = SegmentId{std::move(text)};
    return footer;
}

inline SegmentWriter::Sink sink_into(std::string& bytes) {
    return [&bytes](std::string_view part) -> Result<void> {
        bytes.append(part);
        return {};
    };
}

inline SealedBlock seal_runs(const std::vector<RunInputRows>& runs, const EncodeOptions& options) {
    std::vector<RunInput> inputs;
    for (const RunInputRows& run : runs) {
        OpenBlock open;
        for (const Row& row : run.rows) append(open, row);
        inputs.push_back({open.snapshot()});
    }
    auto sealed = seal_block(inputs, options);
    EXPECT_OK(sealed);
    return sealed ? *std::move(sealed) : SealedBlock{};
}

inline SealedBlock seal_rows(const std::vector<Row>& rows, const EncodeOptions& options = {}) {
    return seal_runs({{0, rows}}, options);
}

inline void write_block(SegmentWriter& writer, const BlockInput& block,
                        const EncodeOptions& options, std::uint64_t& position) {
    const SealedBlock sealed = seal_runs(block.runs, options);
    std::vector<RunEntry> entries;
    for (std::size_t i = 0; i < block.runs.size(); ++i) {
        const SealedBlock::RunRows& rows = sealed.runs[i];
        RunEntry entry;
        entry.stream = static_cast<std::uint32_t>(block.runs[i].stream);
        entry.row_begin = rows.row_begin;
        entry.row_end = rows.row_end;
        entry.min_time = rows.min_time;
        entry.max_time = rows.max_time;
        entry.line_bytes = rows.line_bytes;
        entry.position = position++;
        entries.push_back(entry);
    }
    EXPECT_OK(writer.add_block(*sealed.block, std::move(entries)));
}

/// Writes the regions; runs get their positions in the order given.
inline MemorySegment write_segment(const std::vector<RegionInput>& regions,
                                   SegmentFooter footer = {}, const EncodeOptions& options = {}) {
    MemorySegment segment;
    if (footer.id.text.empty()) footer.id = SegmentId{"l0-test-0000000000000001"};
    SegmentWriter writer(std::move(footer), sink_into(segment.bytes));
    std::uint64_t position = 1;
    for (const RegionInput& region : regions) {
        EXPECT_OK(
            writer.begin_region(*TenantId::parse(region.tenant), region.period, region.streams));
        for (const BlockInput& block : region.blocks) write_block(writer, block, options, position);
        EXPECT_OK(writer.end_region());
    }
    auto finished = writer.finish();
    EXPECT_OK(finished);
    if (finished) segment.footer = *std::move(finished);
    return segment;
}

/// One run as it is found through a region's table.
struct RunRows {
    std::string labels;
    std::uint64_t position = 0;
    std::vector<Row> rows;

    auto operator<=>(const RunRows&) const = default;
};

inline void PrintTo(const RunRows& run, std::ostream* out) {
    *out << run.labels << " at " << run.position << ": " << testing::PrintToString(run.rows);
}

/// The runs that a region must give back, by (stream, time, position).
inline std::vector<RunRows> expected_runs(const RegionInput& region) {
    // Positions were given out over all regions; within one only their order matters here.
    std::vector<std::pair<std::pair<std::size_t, TimeNs>, RunRows>> keyed;
    std::uint64_t position = 0;
    for (const BlockInput& block : region.blocks) {
        for (const RunInputRows& run : block.runs) {
            RunRows rows{region.streams[run.stream]->labels.to_string(), position++,
                         ordered_without_duplicates(run.rows)};
            const TimeNs min_time = rows.rows.front().time;
            keyed.push_back({{run.stream, min_time}, std::move(rows)});
        }
    }
    std::stable_sort(keyed.begin(), keyed.end(),
                     [](const auto& left, const auto& right) { return left.first < right.first; });
    std::vector<RunRows> runs;
    for (auto& [key, run] : keyed) runs.push_back(std::move(run));
    return runs;
}

inline Result<RunRows> read_run(const MemorySegment& segment, const RegionTable& table,
                                const RunEntry& run) {
    const BlockEntry& entry = table.blocks[run.block];
    SKALD_TRY(const Buffer bytes, segment.reader()(entry.offset, entry.header.stored_size()));
    const auto block = make_encoded_block(std::make_shared<const EncodedBlock>(
        EncodedBlock{entry.header, std::string(bytes.view())}));
    SKALD_TRY(const std::vector<Row> all, read_rows(*block));
    RunRows rows{table.streams[run.stream]->labels.to_string(),
                 run.position,
                 {all.begin() + run.row_begin, all.begin() + run.row_end}};
    const BlockSummary summary = summary_of(rows.rows);
    EXPECT_EQ(run.min_time, summary.min_time);
    EXPECT_EQ(run.max_time, summary.max_time);
    EXPECT_EQ(run.line_bytes, summary.line_bytes);
    return rows;
}

/// Everything in a segment, found from its last bytes. Positions count from 0 in each region.
inline Result<std::vector<std::vector<RunRows>>> read_segment(const MemorySegment& segment) {
    SKALD_TRY(const SegmentFooter footer, read_footer(segment.reader(), segment.bytes.size()));
    std::vector<std::vector<RunRows>> regions;
    for (const RegionSummary& region : footer.regions) {
        SKALD_TRY(const RegionTable table, read_region(segment.reader(), region));
        std::uint64_t first = ~std::uint64_t{0};
        for (const RunEntry& run : table.runs) first = std::min(first, run.position);
        regions.emplace_back();
        for (const RunEntry& run : table.runs) {
            SKALD_TRY(RunRows rows, read_run(segment, table, run));
            rows.position -= first;
            regions.back().push_back(std::move(rows));
        }
    }
    return regions;
}

}  // namespace skald::storage

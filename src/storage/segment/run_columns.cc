// SPDX-License-Identifier: Apache-2.0
#include "run_columns.h"

#include <string>
#include <utility>
#include <vector>

namespace skald::storage {
namespace {

Error corrupt(std::string_view what) {
    return Error{ErrorCode::kCorruption, "region table, runs: " + std::string(what)};
}

// Differences of 64-bit values are modulo 2^64, so that any two values have one.
std::uint64_t difference(std::int64_t from, std::int64_t to) {
    return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
}

std::int64_t sum(std::int64_t from, std::uint64_t step) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(from) + step);
}

Result<void> decode_places(ByteReader& in, RegionTable& table) {
    std::uint64_t stream = 0;
    for (RunEntry& run : table.runs) {
        const std::uint64_t step = in.varint();
        if (step >= table.streams.size() - stream) return corrupt("no such stream");
        stream += step;
        run.stream = static_cast<std::uint32_t>(stream);
    }
    std::int64_t block = 0;
    for (RunEntry& run : table.runs) {
        block = sum(block, static_cast<std::uint64_t>(in.zigzag()));
        if (block < 0 || static_cast<std::uint64_t>(block) >= table.blocks.size()) {
            return corrupt("no such block");
        }
        run.block = static_cast<std::uint32_t>(block);
    }
    return {};
}

Result<void> decode_rows(ByteReader& in, RegionTable& table) {
    std::vector<std::int64_t> ends(table.blocks.size(), 0);
    for (RunEntry& run : table.runs) {
        const std::int64_t begin = sum(ends[run.block], static_cast<std::uint64_t>(in.zigzag()));
        const std::uint64_t count = in.varint();
        const std::uint32_t rows = table.blocks[run.block].header.summary.rows;
        if (begin < 0 || begin >= std::int64_t{rows} || count == 0 ||
            count > rows - static_cast<std::uint64_t>(begin)) {
            return corrupt("rows outside of the block");
        }
        run.row_begin = static_cast<std::uint32_t>(begin);
        run.row_end = run.row_begin + static_cast<std::uint32_t>(count);
        ends[run.block] = run.row_end;
    }
    return {};
}

Result<void> decode_times(ByteReader& in, RegionTable& table) {
    for (RunEntry& run : table.runs) {
        const BlockSummary& block = table.blocks[run.block].header.summary;
        const std::uint64_t after = in.varint();
        const std::uint64_t length = in.varint();
        const std::uint64_t range = difference(block.min_time, block.max_time);
        if (after > range || length > range - after) return corrupt("times outside of the block");
        run.min_time = sum(block.min_time, after);
        run.max_time = sum(run.min_time, length);
    }
    for (std::size_t i = 1; i < table.runs.size(); ++i) {
        const RunEntry& left = table.runs[i - 1];
        const RunEntry& right = table.runs[i];
        if (left.stream == right.stream && left.min_time > right.min_time) {
            return corrupt("not in order");
        }
    }
    return {};
}

Result<void> decode_sizes(ByteReader& in, RegionTable& table) {
    for (RunEntry& run : table.runs) {
        run.line_bytes = in.varint();
        if (run.line_bytes > table.blocks[run.block].header.summary.line_bytes) {
            return corrupt("more line bytes than in the block");
        }
    }
    std::uint64_t position = 0;
    for (RunEntry& run : table.runs) {
        position += static_cast<std::uint64_t>(in.zigzag());
        run.position = position;
    }
    return {};
}

}  // namespace

void encode_runs(const RegionTable& table, ByteWriter& out) {
    std::uint32_t stream = 0;
    for (const RunEntry& run : table.runs) {
        out.varint(run.stream - std::exchange(stream, run.stream));
    }
    std::int64_t block = 0;
    for (const RunEntry& run : table.runs) {
        out.zigzag(std::int64_t{run.block} - std::exchange(block, run.block));
    }
    std::vector<std::int64_t> ends(table.blocks.size(), 0);
    for (const RunEntry& run : table.runs) {
        out.zigzag(std::int64_t{run.row_begin} - ends[run.block]);
        out.varint(run.row_end - run.row_begin);
        ends[run.block] = run.row_end;
    }
    for (const RunEntry& run : table.runs) {
        out.varint(difference(table.blocks[run.block].header.summary.min_time, run.min_time));
        out.varint(difference(run.min_time, run.max_time));
    }
    for (const RunEntry& run : table.runs) out.varint(run.line_bytes);
    std::uint64_t position = 0;
    for (const RunEntry& run : table.runs) {
        const std::uint64_t step = run.position - std::exchange(position, run.position);
        out.zigzag(static_cast<std::int64_t>(step));
    }
}

Result<void> decode_runs(ByteReader& in, std::size_t count, RegionTable& table) {
    if (count > 0 && (table.streams.empty() || table.blocks.empty())) {
        return corrupt("runs without streams or blocks");
    }
    table.runs.resize(count);
    SKALD_CHECK(decode_places(in, table));
    SKALD_CHECK(decode_rows(in, table));
    SKALD_CHECK(decode_times(in, table));
    SKALD_CHECK(decode_sizes(in, table));
    return {};
}

}  // namespace skald::storage

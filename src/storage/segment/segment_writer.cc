// SPDX-License-Identifier: Apache-2.0
#include "filter_groups.h"
#include "footer.h"
#include "region_table.h"
#include "segment_format.h"
#include "table_compression.h"

#include <skald/foundation/base/hash.h>

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace skald::storage {
namespace {

Error misuse(std::string_view what) {
    return Error{ErrorCode::kInternal, "segment writer: " + std::string(what)};
}

bool in_label_order(const std::vector<StreamPtr>& streams) {
    return std::adjacent_find(streams.begin(), streams.end(),
                              [](const StreamPtr& left, const StreamPtr& right) {
                                  return !(left->labels < right->labels);
                              }) == streams.end();
}

bool by_stream_and_time(const RunEntry& left, const RunEntry& right) {
    return std::tie(left.stream, left.min_time, left.position, left.block, left.row_begin) <
           std::tie(right.stream, right.min_time, right.position, right.block, right.row_begin);
}

/// A wrong table would be found only when it is read, and then the rows are lost: check before.
bool is_valid(const RunEntry& run, const BlockSummary& block, std::size_t streams) {
    return run.stream < streams && run.row_begin < run.row_end && run.row_end <= block.rows &&
           run.min_time >= block.min_time && run.max_time <= block.max_time &&
           run.min_time <= run.max_time && run.line_bytes <= block.line_bytes;
}

Result<void> check_runs(const std::vector<RunEntry>& runs, const BlockSummary& block,
                        std::size_t streams) {
    std::uint64_t rows = 0;
    std::uint64_t line_bytes = 0;
    for (const RunEntry& run : runs) {
        if (!is_valid(run, block, streams)) return misuse("a run does not fit its block");
        rows += run.row_end - run.row_begin;
        line_bytes += run.line_bytes;
    }
    if (rows != block.rows || line_bytes != block.line_bytes) {
        return misuse("the runs are not all of the block");
    }
    return {};
}

}  // namespace

struct SegmentWriter::State {
    SegmentFooter footer;
    Sink sink;
    BlockWritten block_written;
    std::uint64_t written = 0;
    bool in_region = false;
    bool finished = false;
    // Of the region that is open.
    RegionTable table;
    std::vector<std::string> filters;  ///< Of its blocks.

    Result<void> write(std::string_view bytes);
    Result<void> write_table(RegionSummary& region);
};

/// The header goes out with the first bytes: a constructor could not say that it failed.
Result<void> SegmentWriter::State::write(std::string_view bytes) {
    if (written == 0) {
        const std::string header = encode_segment_header();
        SKALD_CHECK(sink(header));
        written = header.size();
    }
    if (bytes.empty()) return {};
    SKALD_CHECK(sink(bytes));
    written += bytes.size();
    return {};
}

Result<void> SegmentWriter::State::write_table(RegionSummary& region) {
    std::sort(table.runs.begin(), table.runs.end(), by_stream_and_time);
    SKALD_TRY(table.filters, write_filters(filters, written, [this](std::string_view bytes) {
                  return write(bytes);
              }));
    filters.clear();
    const std::string raw = encode_region_table(table);
    if (raw.size() > kTableBytesMax) {
        return Error{ErrorCode::kTooLarge, "too many streams for one region of a segment"};
    }
    const std::string stored = compress_table(raw);
    region.table_offset = written;
    region.table_stored_size = static_cast<std::uint32_t>(stored.size());
    region.table_raw_size = static_cast<std::uint32_t>(raw.size());
    region.table_checksum = hash64(stored);
    return write(stored);
}

SegmentWriter::SegmentWriter(SegmentFooter footer, Sink sink, BlockWritten written)
    : state_(std::make_unique<State>()) {
    state_->footer = std::move(footer);
    state_->footer.version = state_->footer.members.empty() ? kSegmentVersion : kSetFooterVersion;
    state_->footer.regions.clear();
    state_->sink = std::move(sink);
    state_->block_written = std::move(written);
}

SegmentWriter::~SegmentWriter() = default;

Result<void> SegmentWriter::begin_region(const TenantId& tenant, std::int32_t period,
                                         std::vector<StreamPtr> streams) {
    State& state = *state_;
    if (state.in_region || state.finished) return misuse("a region can't begin here");
    if (!state.footer.regions.empty()) {
        const RegionSummary& last = state.footer.regions.back();
        if (std::tie(tenant, period) <= std::tie(last.tenant, last.period)) {
            return misuse("regions must ascend by tenant and period");
        }
    }
    if (!in_label_order(streams)) return misuse("streams must be in label order");
    SKALD_CHECK(state.write({}));
    state.in_region = true;
    state.table = RegionTable{};
    state.table.streams = std::move(streams);
    RegionSummary region{.tenant = tenant};
    region.period = period;
    region.min_time = kTimeMax;
    region.max_time = kTimeMin;
    state.footer.regions.push_back(std::move(region));
    return {};
}

Result<void> SegmentWriter::add_block(const EncodedBlock& block, std::vector<RunEntry> runs) {
    State& state = *state_;
    if (!state.in_region) return misuse("a block needs a region");
    const BlockSummary& summary = block.header.summary;
    if (block.bytes.size() != block.header.stored_size()) return misuse("header of another block");
    SKALD_CHECK(check_runs(runs, summary, state.table.streams.size()));
    const std::uint64_t offset = state.written;
    SKALD_CHECK(state.write(block.bytes));

    for (RunEntry& run : runs) {
        run.block = static_cast<std::uint32_t>(state.table.blocks.size());
        state.table.runs.push_back(run);
    }
    state.table.blocks.push_back({block.header, offset});
    state.filters.push_back(block.filter);
    if (state.block_written) state.block_written(state.table.blocks.back(), block);
    RegionSummary& region = state.footer.regions.back();
    region.rows += summary.rows;
    region.line_bytes += summary.line_bytes;
    region.min_time = std::min(region.min_time, summary.min_time);
    region.max_time = std::max(region.max_time, summary.max_time);
    return {};
}

Result<void> SegmentWriter::end_region() {
    State& state = *state_;
    if (!state.in_region) return misuse("no region to end");
    state.in_region = false;
    if (state.table.blocks.empty()) {
        // Nothing to find in it, and it has no times for the directory.
        state.footer.regions.pop_back();
        return {};
    }
    RegionSummary& region = state.footer.regions.back();
    region.streams = static_cast<std::uint32_t>(state.table.streams.size());
    region.blocks = static_cast<std::uint32_t>(state.table.blocks.size());
    SKALD_CHECK(state.write_table(region));
    state.table = RegionTable{};
    return {};
}

Result<SegmentFooter> SegmentWriter::finish() {
    State& state = *state_;
    if (state.in_region || state.finished) return misuse("it can't be finished here");
    SKALD_CHECK(state.write({}));
    const std::string footer = encode_footer(state.footer);
    if (footer.size() > kFooterBytesMax) {
        return Error{ErrorCode::kTooLarge, "too many regions for one segment"};
    }
    Trailer trailer;
    trailer.footer_offset = state.written;
    trailer.footer_size = static_cast<std::uint32_t>(footer.size());
    trailer.footer_checksum = hash64(footer);
    trailer.version = state.footer.version;
    SKALD_CHECK(state.write(footer + trailer.encode()));
    state.finished = true;
    return state.footer;
}

std::uint64_t SegmentWriter::bytes_written() const {
    return state_->written;
}

}  // namespace skald::storage

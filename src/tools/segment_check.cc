// SPDX-License-Identifier: Apache-2.0
#include "segment_check.h"

#include <skald/foundation/model/time.h>
#include <skald/storage/block/block_codec.h>
#include <skald/storage/block/column_check.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace skald::tools {

using storage::BlockEntry;
using storage::Column;
using storage::RegionSummary;
using storage::RegionTable;
using storage::RunEntry;

namespace {

constexpr std::string_view kAdvice =
    "put the file back from a backup; until then queries answer without this part";

std::string place_of(const BlockEntry& block) {
    return "block at " + std::to_string(block.offset);
}

}  // namespace

Result<Buffer> SegmentCheck::read(std::uint64_t offset, std::size_t length) {
    Result<Buffer> bytes = objects_.read(key_, offset, length);
    if (bytes) read_(length);
    return bytes;
}

void SegmentCheck::report(std::string place, const Error& error) {
    // A merge of the running server has removed it.
    if (error.code == ErrorCode::kNotFound && options_.is_running) {
        is_gone_ = true;
        return;
    }
    report(std::move(place), error.message);
}

void SegmentCheck::report(std::string place, std::string reason) {
    report_.damage.push_back({key_, std::move(place), std::move(reason), std::string(kAdvice)});
}

std::optional<storage::SegmentTables> SegmentCheck::look(
    const storage::ObjectStore::Listed& object) {
    key_ = object.key;
    is_gone_ = false;
    const storage::RangeReader range = [&](std::uint64_t offset, std::size_t length) {
        return read(offset, length);
    };
    Result<storage::SegmentFooter> footer = storage::read_footer(range, object.size);
    if (!footer) {
        report("footer", footer.error());
        return std::nullopt;
    }
    if (const Result<void> header = storage::check_header(range); !header)
        report("header", header.error());
    if (footer->id.object_key() != key_)
        report("footer", "it is that of " + footer->id.object_key() + ": the file was renamed");
    ++report_.segments;
    report_.bytes += object.size;
    storage::SegmentTables tables;
    for (const RegionSummary& summary : footer->regions) {
        if (is_gone_) return std::nullopt;
        Result<RegionTable> table = storage::read_region(range, summary);
        if (!table) {
            report("table of tenant " + summary.tenant.text() + " at " +
                       std::to_string(summary.table_offset),
                   table.error());
            continue;
        }
        if (const Wrong wrong = wrong_table(summary, *table)) {
            report("table of tenant " + summary.tenant.text(), *wrong);
            continue;
        }
        look_at_region(summary, *table);
        tables.tables.push_back(*std::move(table));
    }
    if (tables.tables.size() != footer->regions.size()) return std::nullopt;
    tables.footer = *std::move(footer);
    return tables;
}

SegmentCheck::Wrong SegmentCheck::wrong_table(const RegionSummary& summary,
                                              const RegionTable& table) const {
    std::uint64_t rows = 0;
    std::uint64_t line_bytes = 0;
    TimeNs least = kTimeMax;
    TimeNs greatest = kTimeMin;
    for (const RunEntry& run : table.runs) {
        if (run.stream >= table.streams.size() || run.block >= table.blocks.size() ||
            run.row_begin >= run.row_end ||
            run.row_end > table.blocks[run.block].header.summary.rows)
            return "a run outside of the table";
        rows += run.row_end - run.row_begin;
        line_bytes += run.line_bytes;
        least = std::min(least, run.min_time);
        greatest = std::max(greatest, run.max_time);
    }
    if (rows != summary.rows || line_bytes != summary.line_bytes ||
        table.streams.size() != summary.streams || table.blocks.size() != summary.blocks)
        return "it does not add up to what the footer says";
    if (rows > 0 && (least != summary.min_time || greatest != summary.max_time))
        return "its times are not those of the footer";
    return std::nullopt;
}

void SegmentCheck::look_at_region(const RegionSummary& summary, const RegionTable& table) {
    report_.rows += summary.rows;
    runs_of_.assign(table.blocks.size(), {});
    for (const RunEntry& run : table.runs) runs_of_[run.block].push_back(&run);
    const storage::RangeReader range = [&](std::uint64_t offset, std::size_t length) {
        return read(offset, length);
    };
    for (std::uint32_t first = 0; first < table.blocks.size();
         first += static_cast<std::uint32_t>(storage::kFilterGroupBlocks)) {
        const std::size_t group = first / storage::kFilterGroupBlocks;
        const std::size_t end = std::min(table.blocks.size(), first + storage::kFilterGroupBlocks);
        storage::FilterSet filters;
        if (group < table.filters.size() && table.filters[group].stored_size > 0) {
            Result<storage::FilterSet> found =
                storage::read_filters(range, table.filters[group], end - first);
            if (found)
                filters = *std::move(found);
            else
                report("filters at " + std::to_string(table.filters[group].offset), found.error());
        }
        for (std::uint32_t block = first; block < end && !is_gone_; ++block) {
            const std::size_t place = block - first;
            const bool has_filter =
                place < filters.blocks.size() && filters.blocks[place].has_value();
            report_.filters += has_filter ? 1 : 0;
            look_at_block(table, block, has_filter ? &*filters.blocks[place] : nullptr);
        }
    }
}

void SegmentCheck::look_at_block(const RegionTable& table, std::uint32_t index,
                                 const storage::BlockFilter* filter) {
    const BlockEntry& block = table.blocks[index];
    ++report_.blocks;
    const Result<Buffer> bytes = read(block.offset, block.header.stored_size());
    if (!bytes) return report(place_of(block), bytes.error());
    const std::vector<Column> damaged = storage::damaged_columns(block.header, bytes->view());
    for (const Column column : damaged)
        report(place_of(block) + ", column " + std::string(column_name(column)), "checksum");
    if (damaged.empty() && options_.deep)
        look_inside(table, index, std::string(bytes->view()), filter);
}

void SegmentCheck::look_inside(const RegionTable& table, std::uint32_t index, std::string bytes,
                               const storage::BlockFilter* filter) {
    const BlockEntry& entry = table.blocks[index];
    auto encoded = std::make_shared<storage::EncodedBlock>();
    encoded->header = entry.header;
    encoded->bytes = std::move(bytes);
    const std::shared_ptr<const storage::Block> block =
        storage::make_encoded_block(std::shared_ptr<const storage::EncodedBlock>(encoded));
    const auto times = block->times();
    if (!times) return report(place_of(entry), times.error());
    const auto lines = block->lines();
    if (!lines) return report(place_of(entry), lines.error());
    const auto levels = block->levels();
    if (!levels) return report(place_of(entry), levels.error());
    const auto metadata = block->metadata();
    if (!metadata) return report(place_of(entry), metadata.error());
    const storage::BlockSummary& summary = entry.header.summary;
    if (times->values.size() != summary.rows || lines->offsets.rows() != summary.rows)
        return report(place_of(entry), "its columns have other counts of rows than its header");
    const auto [least, greatest] = std::minmax_element(times->values.begin(), times->values.end());
    if (*least != summary.min_time || *greatest != summary.max_time)
        report(place_of(entry), "its times are not those of its header");
    if (lines->offsets.line_bytes(0, summary.rows) != summary.line_bytes)
        report(place_of(entry), "its lines have another size than its header says");
    if (const Wrong wrong = wrong_runs(index, *times, lines->offsets))
        report(place_of(entry), *wrong);
    if (filter == nullptr) return;
    if (const Result<void> verified = filter->verify(*block); !verified)
        report("filter of the " + place_of(entry), verified.error().message);
}

SegmentCheck::Wrong SegmentCheck::wrong_runs(std::uint32_t index, const storage::TimeColumn& times,
                                             const storage::OffsetColumn& offsets) const {
    for (const RunEntry* each : runs_of_[index]) {
        const RunEntry& run = *each;
        const auto begin = times.values.begin() + run.row_begin;
        const auto end = times.values.begin() + run.row_end;
        const std::string which = "run at row " + std::to_string(run.row_begin);
        if (!std::is_sorted(begin, end)) return which + " is not in the order of time";
        if (*begin != run.min_time || *(end - 1) != run.max_time)
            return which + " has other times than the table says";
        if (offsets.line_bytes(run.row_begin, run.row_end) != run.line_bytes)
            return which + " has another size than the table says";
    }
    return std::nullopt;
}

}  // namespace skald::tools

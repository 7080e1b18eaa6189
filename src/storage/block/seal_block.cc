// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/model/entry.h>
#include <skald/storage/block/open_block.h>

#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

namespace skald::storage {
namespace {

/// One column of the merged block, fed with the columns of its inputs.
class MergedColumn {
public:
    MergedColumn(std::string_view name, std::uint32_t rows) {
        column_.name = name;
        column_.values.emplace_back();
        column_.rows.assign(rows, 0);
    }

    /// Puts `from` at the rows from `begin` on. `from` must outlive the merged column.
    void add(const MetadataColumn& from, std::uint32_t begin) {
        std::vector<std::uint32_t> number(from.values.size(), 0);
        for (std::size_t row = 0; row < from.rows.size(); ++row) {
            const std::uint32_t index = from.rows[row];
            if (index == 0) continue;
            if (number[index] == 0) number[index] = number_of(from.values[index]);
            column_.rows[begin + row] = number[index];
        }
    }

    MetadataColumn take() && { return std::move(column_); }

private:
    std::uint32_t number_of(std::string_view value) {
        const auto added = static_cast<std::uint32_t>(column_.values.size());
        const auto [place, is_new] = numbers_.try_emplace(value, added);
        if (is_new) column_.values.push_back(value);
        return place->second;
    }

    MetadataColumn column_;
    std::unordered_map<std::string_view, std::uint32_t> numbers_;
};

Result<void> check_names(std::size_t names, std::uint64_t rows) {
    if (names * rows <= kMetadataCellsMax) return {};
    return Error{ErrorCode::kTooLarge, "too many metadata names for one block"};
}

/// The columns of several runs, one after the other.
struct MergedRows {
    std::vector<TimeNs> times;
    std::vector<std::uint32_t> offsets{0};
    std::string text;
    // The merged columns hold views into these.
    std::vector<std::shared_ptr<const MetadataColumn>> levels;
    std::vector<std::shared_ptr<const MetadataColumns>> metadata;
    MetadataColumn merged_levels;
    MetadataColumns merged_metadata;

    Result<void> add(const Block& block);
    Result<void> merge_metadata(const std::vector<SealedBlock::RunRows>& runs);
};

Result<void> MergedRows::add(const Block& block) {
    SKALD_TRY(const TimeColumn block_times, block.times());
    SKALD_TRY(const LineColumn lines, block.lines());
    SKALD_TRY(std::shared_ptr<const MetadataColumn> block_levels, block.levels());
    times.insert(times.end(), block_times.values.begin(), block_times.values.end());
    const auto begin = static_cast<std::uint32_t>(text.size());
    for (const std::uint32_t offset : lines.offsets.offsets.subspan(1)) {
        offsets.push_back(begin + offset);
    }
    text.append(lines.text);
    levels.push_back(std::move(block_levels));
    metadata.emplace_back();
    if (block.summary().has_metadata) {
        SKALD_TRY(metadata.back(), block.metadata());
    }
    return {};
}

Result<void> MergedRows::merge_metadata(const std::vector<SealedBlock::RunRows>& runs) {
    const auto rows = static_cast<std::uint32_t>(times.size());
    MergedColumn all_levels(kDetectedLevel, rows);
    for (std::size_t i = 0; i < runs.size(); ++i) all_levels.add(*levels[i], runs[i].row_begin);
    merged_levels = std::move(all_levels).take();

    std::map<std::string_view, MergedColumn> by_name;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if (metadata[i] == nullptr) continue;
        for (const MetadataColumn& column : metadata[i]->columns) {
            const auto place = by_name.try_emplace(column.name, column.name, rows).first;
            SKALD_CHECK(check_names(by_name.size(), rows));
            place->second.add(column, runs[i].row_begin);
        }
    }
    for (auto& [name, column] : by_name) {
        merged_metadata.columns.push_back(std::move(column).take());
    }
    return {};
}

Result<std::shared_ptr<const EncodedBlock>> seal_one(const Block& block,
                                                     const EncodeOptions& options) {
    SKALD_TRY(const TimeColumn times, block.times());
    SKALD_TRY(LineColumn lines, block.lines());
    SKALD_TRY(const std::shared_ptr<const MetadataColumn> levels, block.levels());
    std::shared_ptr<const MetadataColumns> metadata;
    if (block.summary().has_metadata) {
        SKALD_TRY(metadata, block.metadata());
        SKALD_CHECK(check_names(metadata->columns.size(), block.summary().rows));
    }
    const BlockRows rows{times.values, std::move(lines), levels.get(), metadata.get()};
    return std::make_shared<const EncodedBlock>(encode_block(rows, options));
}

Result<std::shared_ptr<const EncodedBlock>> seal_several(
    std::span<const RunInput> inputs, const std::vector<SealedBlock::RunRows>& runs,
    const EncodeOptions& options) {
    MergedRows merged;
    merged.times.reserve(runs.back().row_end);
    merged.offsets.reserve(std::size_t{runs.back().row_end} + 1);
    for (const RunInput& input : inputs) {
        SKALD_CHECK(merged.add(*input.block));
    }
    SKALD_CHECK(merged.merge_metadata(runs));
    BlockRows rows;
    rows.times = merged.times;
    rows.lines = LineColumn{merged.text, OffsetColumn{merged.offsets, nullptr}, nullptr};
    rows.levels = &merged.merged_levels;
    rows.metadata = &merged.merged_metadata;
    return std::make_shared<const EncodedBlock>(encode_block(rows, options));
}

/// Where each input's rows will lie. Errors: kTooLarge, kInvalidArgument.
Result<std::vector<SealedBlock::RunRows>> place_runs(std::span<const RunInput> inputs) {
    std::vector<SealedBlock::RunRows> runs;
    runs.reserve(inputs.size());
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
    for (const RunInput& input : inputs) {
        if (input.block == nullptr || input.block->summary().rows == 0) {
            return Error{ErrorCode::kInvalidArgument, "a run without rows can't be sealed"};
        }
        const BlockSummary& summary = input.block->summary();
        const std::uint64_t end = rows + summary.rows;
        bytes += std::max(summary.line_bytes + summary.rows, summary.metadata_bytes);
        if (end > kBlockRowsMax || bytes > kBlockBytesMax) {
            return Error{ErrorCode::kTooLarge, "too many rows or bytes for one block"};
        }
        runs.push_back({static_cast<std::uint32_t>(rows), static_cast<std::uint32_t>(end),
                        summary.min_time, summary.max_time, summary.line_bytes});
        rows = end;
    }
    return runs;
}

}  // namespace

Result<SealedBlock> seal_block(std::span<const RunInput> inputs, const EncodeOptions& options) {
    if (inputs.empty()) return Error{ErrorCode::kInvalidArgument, "a block needs at least one run"};
    SealedBlock sealed;
    SKALD_TRY(sealed.runs, place_runs(inputs));
    if (inputs.size() == 1) {
        SKALD_TRY(sealed.block, seal_one(*inputs.front().block, options));
    } else {
        SKALD_TRY(sealed.block, seal_several(inputs, sealed.runs, options));
    }
    return sealed;
}

}  // namespace skald::storage

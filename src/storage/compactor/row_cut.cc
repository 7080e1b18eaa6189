// SPDX-License-Identifier: Apache-2.0
#include "row_cut.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace skald::storage {

namespace {

/// A decoded block as queries see blocks.
class DecodedView final : public Block {
public:
    explicit DecodedView(std::shared_ptr<const DecodedBlock> block) : block_(std::move(block)) {
        summary_.rows = static_cast<std::uint32_t>(block_->times.values.size());
        summary_.has_metadata = block_->metadata != nullptr;
    }

    const BlockSummary& summary() const override { return summary_; }
    Result<TimeColumn> times() const override { return block_->times; }
    Result<OffsetColumn> offsets() const override { return block_->lines.offsets; }
    Result<LineColumn> lines() const override { return block_->lines; }
    Result<std::shared_ptr<const MetadataColumn>> levels() const override { return block_->levels; }
    Result<std::shared_ptr<const MetadataColumns>> metadata() const override {
        if (block_->metadata != nullptr) return block_->metadata;
        return std::make_shared<const MetadataColumns>();
    }
    std::uint64_t stored_bytes() const override { return 0; }

private:
    std::shared_ptr<const DecodedBlock> block_;
    BlockSummary summary_;
};

}  // namespace

std::vector<const PendingDelete*> RowCut::touching(const RunEntry& run) const {
    std::vector<const PendingDelete*> found;
    std::ranges::copy_if(deletes, std::back_inserter(found), [&](const PendingDelete* each) {
        return each->overlaps(run.min_time, run.max_time);
    });
    return found;
}

bool RowCut::takes_all(const RunEntry& run) const {
    return std::ranges::any_of(deletes, [&](const PendingDelete* each) {
        return each->rows->takes_all_rows() && each->start <= run.min_time &&
               each->end >= run.max_time;
    });
}

Result<std::vector<std::uint32_t>> deleted_rows(const RowCut& cut, const RunEntry& run,
                                                const std::shared_ptr<const DecodedBlock>& block,
                                                std::uint32_t begin, std::uint32_t end) {
    std::vector<std::uint32_t> rows;
    const std::vector<const PendingDelete*> deletes = cut.touching(run);
    if (deletes.empty()) return rows;
    Run asked;
    asked.block = std::make_shared<DecodedView>(block);
    asked.stream = cut.stream;
    asked.row_begin = run.row_begin;
    asked.row_end = run.row_end;
    asked.min_time = run.min_time;
    asked.max_time = run.max_time;
    const auto first = block->times.values.begin();
    for (const PendingDelete* each : deletes) {
        const auto from = std::lower_bound(first + begin, first + end, each->start);
        const auto to = std::upper_bound(from, first + end, each->end);
        const auto row_begin = static_cast<std::uint32_t>(from - first);
        const auto row_end = static_cast<std::uint32_t>(to - first);
        if (row_begin >= row_end) continue;
        if (each->rows->takes_all_rows()) {
            for (std::uint32_t row = row_begin; row < row_end; ++row) rows.push_back(row);
        } else {
            SKALD_CHECK(each->rows->select(asked, row_begin, row_end, rows));
        }
    }
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    return rows;
}

}  // namespace skald::storage

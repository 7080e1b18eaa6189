// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "decoded_block.h"
#include "row_cut.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/entry.h>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace skald::storage {

/// A run of one of the inputs.
struct RunRef {
    std::size_t input = 0;
    const RunEntry* run = nullptr;
};

/// Puts the rows of a stream's runs in the order of (time, generation, position, row).
/// A block is decoded when its first row is due and let go after its last one.
/// Threading: single-owner.
class RunMerge {
public:
    using Take =
        std::function<Result<void>(const EntryView& entry, std::span<const LabelView> pairs)>;

    RunMerge(BlockSource& source, const std::vector<MergeInput>& inputs)
        : source_(source), inputs_(inputs) {}

    /// Calls `take` for each row that the cut leaves.
    Result<void> merge(std::span<const RunRef> runs, const RowCut& cut, const Take& take);
    /// Rows that were passed over because they are older.
    std::uint64_t passed_over() const { return passed_over_; }
    /// Rows that delete requests have taken.
    std::uint64_t deleted() const { return deleted_; }

private:
    struct Cursor {
        RunRef ref;
        std::uint64_t order = 0;
        TimeNs time = 0;  ///< Of the next row.
        std::uint32_t row = 0;
        std::shared_ptr<const DecodedBlock> block;  ///< Null until its first row is due.
        std::vector<std::uint32_t> deleted;         ///< Rows to pass over, ascending,
        std::size_t next_deleted = 0;               ///< and how many of them are behind it.
    };
    static bool is_later(const Cursor& left, const Cursor& right);
    Result<void> open(Cursor& cursor, const RowCut& cut);
    bool pass_deleted(Cursor& cursor);
    Result<void> take_row(const DecodedBlock& block, std::uint32_t row, const Take& take);

    BlockSource& source_;
    const std::vector<MergeInput>& inputs_;
    std::vector<LabelView> pairs_;
    std::uint64_t passed_over_ = 0;
    std::uint64_t deleted_ = 0;
};

}  // namespace skald::storage

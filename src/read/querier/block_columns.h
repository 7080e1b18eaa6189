// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stage_cost.h"

#include <skald/foundation/base/result.h>
#include <skald/read/querier/query.h>
#include <skald/storage/block/block.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace skald::read {

/// The columns of one block, each read when it is first asked for, then kept. References stay valid
/// as long as this object. Threading: single-owner.
class BlockColumns {
public:
    /// The cost of reading is added to `cost`, which may be null.
    explicit BlockColumns(std::shared_ptr<const storage::Block> block, StageCost* cost = nullptr)
        : block_(std::move(block)), cost_(cost) {}

    const storage::Block& block() const noexcept { return *block_; }

    Result<const storage::TimeColumn*> times();
    /// From the lines if those are there.
    Result<const storage::OffsetColumn*> offsets();
    Result<const storage::LineColumn*> lines();
    Result<const storage::MetadataColumn*> levels();
    Result<const storage::MetadataColumns*> metadata();

    /// True if a column was read.
    bool touched() const noexcept {
        return times_ || offsets_ || lines_ || levels_ != nullptr || metadata_ != nullptr;
    }
    /// Adds what reading has cost so far; once, at the end.
    void account(QueryStats& stats) const;

private:
    void count(std::uint64_t bytes);

    std::shared_ptr<const storage::Block> block_;
    StageCost* cost_;
    std::optional<storage::TimeColumn> times_;
    std::optional<storage::OffsetColumn> offsets_;
    std::optional<storage::LineColumn> lines_;
    std::shared_ptr<const storage::MetadataColumn> levels_;
    std::shared_ptr<const storage::MetadataColumns> metadata_;
    std::uint64_t stored_bytes_ = 0;
};

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/storage/block/block.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace skald::storage {

/// Some rows of one run of a block as a block of their own; columns are copied when they are read.
/// Threading: immutable; reading is thread-safe.
class MaskedBlock final : public Block {
public:
    /// `rows` of `base`, ascending, at least one; `summary` is of these rows.
    MaskedBlock(std::shared_ptr<const Block> base, std::vector<std::uint32_t> rows,
                BlockSummary summary)
        : base_(std::move(base)), rows_(std::move(rows)), summary_(summary) {}

    const BlockSummary& summary() const override { return summary_; }
    Result<TimeColumn> times() const override;
    Result<OffsetColumn> offsets() const override;
    Result<LineColumn> lines() const override;
    Result<std::shared_ptr<const MetadataColumn>> levels() const override;
    Result<std::shared_ptr<const MetadataColumns>> metadata() const override;
    /// What the whole block does not hold, its rows do not hold either.
    std::shared_ptr<const BlockFilter> filter() const override { return base_->filter(); }
    std::uint64_t stored_bytes() const override { return base_->stored_bytes(); }

private:
    Result<void> check(std::size_t rows) const;
    MetadataColumn picked(const MetadataColumn& column) const;

    std::shared_ptr<const Block> base_;
    std::vector<std::uint32_t> rows_;
    BlockSummary summary_;
};

}  // namespace skald::storage

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/storage/block/block.h>

#include <memory>
#include <optional>
#include <utility>

namespace skald::storage {

/// A block that keeps each column that was read from it: for whoever looks at many runs of one
/// block, one after the other.
/// Threading: single-owner.
class MemoBlock final : public Block {
public:
    explicit MemoBlock(std::shared_ptr<const Block> base) : base_(std::move(base)) {}

    const std::shared_ptr<const Block>& base() const noexcept { return base_; }

    const BlockSummary& summary() const override { return base_->summary(); }
    Result<TimeColumn> times() const override { return kept(times_, &Block::times); }
    Result<OffsetColumn> offsets() const override { return kept(offsets_, &Block::offsets); }
    Result<LineColumn> lines() const override { return kept(lines_, &Block::lines); }
    Result<std::shared_ptr<const MetadataColumn>> levels() const override {
        return kept(levels_, &Block::levels);
    }
    Result<std::shared_ptr<const MetadataColumns>> metadata() const override {
        return kept(metadata_, &Block::metadata);
    }
    std::shared_ptr<const BlockFilter> filter() const override { return base_->filter(); }
    std::uint64_t stored_bytes() const override { return base_->stored_bytes(); }

private:
    template <class T>
    Result<T> kept(std::optional<T>& known, Result<T> (Block::*read)() const) const {
        if (!known) {
            SKALD_TRY(known, (base_.get()->*read)());
        }
        return *known;
    }

    std::shared_ptr<const Block> base_;
    mutable std::optional<TimeColumn> times_;
    mutable std::optional<OffsetColumn> offsets_;
    mutable std::optional<LineColumn> lines_;
    mutable std::optional<std::shared_ptr<const MetadataColumn>> levels_;
    mutable std::optional<std::shared_ptr<const MetadataColumns>> metadata_;
};

/// The block of the run that was asked about last. Runs of one block come together.
/// Threading: single-owner.
class LastBlock {
public:
    const std::shared_ptr<const MemoBlock>& of(const Run& run) {
        if (memo_ == nullptr || memo_->base() != run.block)
            memo_ = std::make_shared<const MemoBlock>(run.block);
        return memo_;
    }

private:
    std::shared_ptr<const MemoBlock> memo_;
};

}  // namespace skald::storage

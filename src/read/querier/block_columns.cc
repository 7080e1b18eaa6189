// SPDX-License-Identifier: Apache-2.0
#include "block_columns.h"

namespace skald::read {

void BlockColumns::count(std::uint64_t bytes) {
    if (cost_ == nullptr) return;
    cost_->bytes += bytes;
}

Result<const storage::TimeColumn*> BlockColumns::times() {
    if (!times_) {
        const StageTimer timer(cost_);
        SKALD_TRY(times_, block_->times());
        count(times_->values.size_bytes());
    }
    return &*times_;
}

Result<const storage::OffsetColumn*> BlockColumns::offsets() {
    if (lines_) return &lines_->offsets;
    if (!offsets_) {
        const StageTimer timer(cost_);
        SKALD_TRY(offsets_, block_->offsets());
        count(offsets_->offsets.size_bytes());
    }
    return &*offsets_;
}

Result<const storage::LineColumn*> BlockColumns::lines() {
    if (!lines_) {
        stored_bytes_ = block_->stored_bytes();
        const StageTimer timer(cost_);
        SKALD_TRY(lines_, block_->lines());
        count(lines_->text.size());
    }
    return &*lines_;
}

Result<const storage::MetadataColumn*> BlockColumns::levels() {
    if (levels_ == nullptr) {
        const StageTimer timer(cost_);
        SKALD_TRY(levels_, block_->levels());
        count(block_->summary().metadata_bytes);
    }
    return levels_.get();
}

Result<const storage::MetadataColumns*> BlockColumns::metadata() {
    if (metadata_ == nullptr) {
        const StageTimer timer(cost_);
        SKALD_TRY(metadata_, block_->metadata());
        count(block_->summary().metadata_bytes);
    }
    return metadata_.get();
}

void BlockColumns::account(QueryStats& stats) const {
    if (!touched()) return;
    ++stats.blocks_read;
    if (cost_ != nullptr) {
        ++cost_->rows;
        ++cost_->passed;
    }
    stats.stored_bytes_read += stored_bytes_;
    if (levels_ != nullptr || metadata_ != nullptr) {
        stats.metadata_bytes_processed += block_->summary().metadata_bytes;
    }
}

}  // namespace skald::read

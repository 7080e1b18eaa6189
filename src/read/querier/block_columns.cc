// SPDX-License-Identifier: Apache-2.0
#include "block_columns.h"

namespace skald::read {

Result<const storage::TimeColumn*> BlockColumns::times() {
    if (!times_) {
        SKALD_TRY(times_, block_->times());
    }
    return &*times_;
}

Result<const storage::OffsetColumn*> BlockColumns::offsets() {
    if (lines_) return &lines_->offsets;
    if (!offsets_) {
        SKALD_TRY(offsets_, block_->offsets());
    }
    return &*offsets_;
}

Result<const storage::LineColumn*> BlockColumns::lines() {
    if (!lines_) {
        stored_bytes_ = block_->stored_bytes();
        SKALD_TRY(lines_, block_->lines());
    }
    return &*lines_;
}

Result<const storage::MetadataColumn*> BlockColumns::levels() {
    if (levels_ == nullptr) {
        SKALD_TRY(levels_, block_->levels());
    }
    return levels_.get();
}

Result<const storage::MetadataColumns*> BlockColumns::metadata() {
    if (metadata_ == nullptr) {
        SKALD_TRY(metadata_, block_->metadata());
    }
    return metadata_.get();
}

void BlockColumns::account(QueryStats& stats) const {
    if (!touched()) return;
    ++stats.blocks_read;
    stats.stored_bytes_read += stored_bytes_;
    if (levels_ != nullptr || metadata_ != nullptr) {
        stats.metadata_bytes_processed += block_->summary().metadata_bytes;
    }
}

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "open_rows.h"

#include <skald/storage/block/block.h>

#include <cstddef>
#include <memory>

namespace skald::storage {

/// A block of one run over rows in memory. Requires: at least one row, in the order of a run, and
/// that nobody appends to this copy.
std::shared_ptr<const Block> make_snapshot_block(OpenRows rows);

/// Room for so many of them. Threading: single-owner while it is filled.
class SnapshotSlab : public std::enable_shared_from_this<SnapshotSlab> {
public:
    explicit SnapshotSlab(std::size_t count_max);
    ~SnapshotSlab();
    SnapshotSlab(const SnapshotSlab&) = delete;
    SnapshotSlab& operator=(const SnapshotSlab&) = delete;

    /// As make_snapshot_block; it keeps the slab alive.
    std::shared_ptr<const Block> add(OpenRows rows);

private:
    struct Room;
    std::unique_ptr<Room> room_;
};

}  // namespace skald::storage

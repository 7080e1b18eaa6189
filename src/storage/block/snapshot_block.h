// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "open_rows.h"

#include <skald/storage/block/block.h>

#include <memory>

namespace skald::storage {

/// A block of one run over rows in memory. Requires: at least one row, in the order of a run, and
/// that nobody appends to this copy.
std::shared_ptr<const Block> make_snapshot_block(OpenRows rows);

}  // namespace skald::storage

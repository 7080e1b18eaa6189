// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/storage/block/block.h>
#include <skald/storage/block/block_filter.h>

#include <cstdint>
#include <optional>

namespace skald::tools {

/// The first row that the filter wrongly says the block does not hold; nothing if it is right.
std::optional<std::uint32_t> row_that_filter_denies(const storage::BlockFilter& filter,
                                                    const storage::LineColumn& lines,
                                                    const storage::MetadataColumn& levels,
                                                    const storage::MetadataColumns& metadata);

}  // namespace skald::tools

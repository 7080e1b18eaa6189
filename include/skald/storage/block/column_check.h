// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/storage/block/block_codec.h>

#include <string_view>
#include <vector>

namespace skald::storage {

/// For people: "times", "text", ….
std::string_view column_name(Column column);

/// Whose checksum is not the header's. `stored` is the block as it is stored.
/// Requires: `stored` has the header's stored_size.
std::vector<Column> damaged_columns(const BlockHeader& header, std::string_view stored);

}  // namespace skald::storage

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/result.h>
#include <skald/storage/segment/segment.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace skald::storage {

/// Writes the filters of all blocks of a region (empty where a block has none) through `write`,
/// the first byte at `offset`.
Result<std::vector<FilterGroup>> write_filters(
    std::span<const std::string> filters, std::uint64_t offset,
    const std::function<Result<void>(std::string_view)>& write);

/// The groups of a table, which lie one after the other up to the table.
void encode_filter_groups(const std::vector<FilterGroup>& groups, ByteWriter& out);
/// `begin` is the end of the last block, `end` the offset of the table. Errors: kCorruption.
Result<std::vector<FilterGroup>> decode_filter_groups(ByteReader& in, std::size_t blocks,
                                                      std::uint64_t begin, std::uint64_t end);

}  // namespace skald::storage

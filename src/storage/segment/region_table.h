// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/storage/segment/segment.h>

#include <string>
#include <string_view>

namespace skald::storage {

/// Bytes of a region's tables before compression. Requires: the orders that RegionTable promises.
std::string encode_region_table(const RegionTable& table);

/// Checks everything that a reader relies on: indexes, orders, row ranges, and that blocks lie
/// before the table. Errors: kCorruption.
Result<RegionTable> decode_region_table(std::string_view raw, const RegionSummary& region,
                                        const StreamMaker& make = {});

}  // namespace skald::storage

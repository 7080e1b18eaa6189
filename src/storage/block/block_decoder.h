// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/storage/block/block_codec.h>

#include <memory>
#include <string_view>

namespace skald::storage {

/// The text column over `raw`, which `owner` keeps alive. Errors: kCorruption.
Result<LineColumn> line_column(const BlockHeader& header, std::string_view raw,
                               std::shared_ptr<const void> owner, OffsetColumn offsets);

/// Size and checksum of a column's stored bytes, and the header. Errors: kCorruption.
Result<void> check_stored(const BlockHeader& header, Column which, std::string_view stored);

}  // namespace skald::storage

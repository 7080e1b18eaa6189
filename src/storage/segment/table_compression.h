// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/buffer.h>
#include <skald/foundation/base/result.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace skald::storage {

/// zstd of `raw`, or `raw` itself if that is not smaller.
std::string compress_table(std::string_view raw);

/// The inverse: equal sizes mean that the table is stored as it is. Requires: a `raw_size` that was
/// checked against kTableBytesMax. Errors: kCorruption.
Result<Buffer> decompress_table(Buffer stored, std::size_t raw_size);

}  // namespace skald::storage

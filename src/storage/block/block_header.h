// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/storage/block/block_codec.h>

namespace skald::storage {

/// What every header must satisfy before any of its sizes is trusted. Errors: kCorruption.
Result<void> check_header(const BlockHeader& header);

}  // namespace skald::storage

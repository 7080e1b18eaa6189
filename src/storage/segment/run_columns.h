// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/result.h>
#include <skald/storage/segment/segment.h>

#include <cstddef>

namespace skald::storage {

/// The runs of a region, field by field, each as a difference to what a reader knows already.
void encode_runs(const RegionTable& table, ByteWriter& out);
/// Fills `table.runs`; its streams and blocks must be there. Errors: kCorruption.
Result<void> decode_runs(ByteReader& in, std::size_t count, RegionTable& table);

}  // namespace skald::storage

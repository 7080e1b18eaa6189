// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/result.h>
#include <skald/foundation/model/labels.h>
#include <skald/storage/segment/segment.h>

#include <cstddef>
#include <vector>

namespace skald::storage {

/// Front-coded labels: what each stream shares with the one before is not written again.
/// Requires: label order.
void encode_streams(const std::vector<StreamPtr>& streams, ByteWriter& out);
/// Errors: kCorruption, also if they are not in label order.
Result<std::vector<StreamPtr>> decode_streams(ByteReader& in, std::size_t count,
                                              const StreamMaker& make = {});

}  // namespace skald::storage

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "budget_share.h"

#include <skald/foundation/base/buffer.h>
#include <skald/foundation/base/result.h>
#include <skald/write/distributor/push_batch.h>

#include <cstdint>

namespace skald::api {

/// Decodes a snappy-compressed `logproto.PushRequest` (http-api 4.5). All texts of the batch are
/// views into the decompressed bytes, which its `owners` keep. The views are charged to `share`,
/// the bytes are the caller's to charge. A body without streams is not an error here: the
/// distributor refuses it. Errors: kInvalidArgument: `snappy: corrupt input`, `proto: …`,
/// `unexpected EOF`, or the declared size is above `max_decompressed` bytes (nothing is allocated
/// then); kUnavailable or kTooLarge if the budget does not allow it.
Result<write::PushBatch> decode_push_protobuf(Buffer snappy_body, std::uint64_t max_decompressed,
                                              BudgetShare& share);

/// The same for a message as it is, as gRPC carries it. Errors: kInvalidArgument, `proto: …`,
/// `unexpected EOF`; those of the budget.
Result<write::PushBatch> decode_push_message(Buffer message, BudgetShare& share);

}  // namespace skald::api

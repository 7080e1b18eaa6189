// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "budget_share.h"

#include <skald/foundation/base/buffer.h>
#include <skald/foundation/base/result.h>
#include <skald/write/distributor/push_batch.h>

namespace skald::api {

/// Decodes a JSON push (http-api 4.3; 4.4 if `legacy`). The body moves into the batch's `owners`
/// and all lines are views into it: escapes are resolved in place. A body without streams is not an
/// error here: the distributor refuses it. What it becomes beside the body is charged to `share`.
/// Errors: kInvalidArgument, with the place of the mistake; kUnavailable or kTooLarge if the budget
/// does not allow it.
Result<write::PushBatch> decode_push_json(Buffer body, bool legacy, BudgetShare& share);

}  // namespace skald::api

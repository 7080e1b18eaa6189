// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "budget_share.h"
#include "otlp_logs.h"

#include <skald/foundation/base/buffer.h>
#include <skald/foundation/base/result.h>

namespace skald::api {

/// Decodes an `ExportLogsServiceRequest` in protobuf's encoding (http-api 6.1). Texts are views
/// into the body; what it becomes beside that is charged to `share`. Errors: kInvalidArgument,
/// `proto: …` or `unexpected EOF`; kUnavailable or kTooLarge if the budget does not allow it.
Result<OtlpLogs> decode_otlp_protobuf(Buffer body, BudgetShare& share);

}  // namespace skald::api

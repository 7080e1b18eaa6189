// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "budget_share.h"
#include "otlp_logs.h"

#include <skald/foundation/base/buffer.h>
#include <skald/foundation/base/result.h>

namespace skald::api {

/// Decodes an `ExportLogsServiceRequest` in OTLP/JSON (http-api 6.1): names in camelCase or
/// snake_case, 64-bit numbers as numbers or strings, ids in hexadecimal, severity as number or
/// name; unknown members are skipped. Strings are unescaped inside the body.
/// What it becomes beside the body is charged to `share`.
/// Errors: kInvalidArgument, what is wrong and where; kUnavailable or kTooLarge if the budget does
/// not allow it.
Result<OtlpLogs> decode_otlp_json(Buffer body, BudgetShare& share);

}  // namespace skald::api

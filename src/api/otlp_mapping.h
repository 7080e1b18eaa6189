// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "budget_share.h"
#include "otlp_logs.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/limits.h>
#include <skald/foundation/model/time.h>
#include <skald/write/distributor/push_batch.h>

namespace skald::api {

/// Turns OpenTelemetry's records into streams and lines (http-api 6.2): which attributes are labels
/// is up to the tenant's `otlp_config`, the rest is structured metadata. Names come out normalised.
/// A record without any time gets `now`. Because each line carries its resource's and its scope's
/// metadata, the result may be much larger than the request: what it takes is charged to `share`.
/// Errors: kInvalidArgument (a name of which nothing is left), kUnavailable or kTooLarge if the
/// budget does not allow it.
Result<write::PushBatch> map_otlp(OtlpLogs logs, const Limits& limits, TimeNs now,
                                  BudgetShare& share);

}  // namespace skald::api

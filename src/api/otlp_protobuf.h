// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "otlp_logs.h"

#include <skald/foundation/base/buffer.h>
#include <skald/foundation/base/result.h>

namespace skald::api {

/// Decodes an `ExportLogsServiceRequest` in protobuf's encoding (http-api 6.1). Texts are views
/// into the body. Errors: kInvalidArgument, `proto: …` or `unexpected EOF`.
Result<OtlpLogs> decode_otlp_protobuf(Buffer body);

}  // namespace skald::api

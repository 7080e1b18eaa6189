// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <string_view>

namespace skald::read {

/// Checks a path of the json stage: `field`, `["key"]`, `[3]`, joined with dots or nothing (spec:
/// logql 3.2). Errors: kInvalidArgument, `syntax error: unexpected FIELD, expecting STRING or
/// INDEX`.
Result<void> check_json_path(std::string_view path);

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace skald::read {

/// A member of an object, or an element of an array.
struct JsonStep {
    bool element = false;
    std::string key;
    std::size_t index = 0;
};
using JsonPath = std::vector<JsonStep>;

/// Reads a path of the json stage: `field`, `["key"]`, `[3]`, joined with dots or nothing (spec:
/// logql 3.2). Errors: kInvalidArgument, `syntax error: unexpected FIELD, expecting STRING or
/// INDEX`.
Result<JsonPath> parse_json_path(std::string_view path);

}  // namespace skald::read

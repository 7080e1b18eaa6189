// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <string>
#include <string_view>

namespace skald {

/// The value of a quoted string, quotes included: ", ' with Go's escapes, or a raw `. Errors:
/// kInvalidArgument, `invalid syntax`.
Result<std::string> unquote_go(std::string_view quoted);

}  // namespace skald

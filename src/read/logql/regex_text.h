// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace skald::read {

/// Compiles a pattern in Go's syntax (`(?<name>…)` too, no `\C`), not anchored, `.` without '\n'.
/// Errors: kInvalidArgument, `error parsing regexp: …`.
/// Shared because compiled expressions are immutable and many threads match with one.
Result<std::shared_ptr<const re2::RE2>> compile_regex(std::string_view pattern);

/// What the `regexp` stage asks for: it compiles, has a named group, and the names are labels.
Result<void> check_capturing_regex(std::string_view pattern);

}  // namespace skald::read

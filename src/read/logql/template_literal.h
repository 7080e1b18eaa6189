// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "template_tree.h"

#include <skald/foundation/base/result.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace skald::read {

/// Go's strconv.ParseInt(text, 0, 64): 0x, 0o, 0b and 0 prefixes, '_' between digits.
std::optional<std::int64_t> parse_go_int(std::string_view text);
/// A number or character constant. Errors: kInvalidArgument.
Result<TemplateNumber> parse_template_number(std::string_view text);
/// Go's strconv.Unquote of "…" and `…`. Errors: kInvalidArgument, `invalid syntax`.
Result<std::string> unquote_go(std::string_view text);

}  // namespace skald::read

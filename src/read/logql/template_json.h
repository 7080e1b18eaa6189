// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "template_value.h"

#include <optional>
#include <string_view>

namespace skald::read {

/// What Go's json.Unmarshal makes of `text` without a type: numbers are float64, objects maps (of
/// two members with one name the last counts). Nothing if it is not JSON, too deep or too large for
/// `arena`, which holds the result.
std::optional<Value> parse_json_value(std::string_view text, Arena& arena);

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/config/config.h>

#include <string>
#include <string_view>
#include <vector>

namespace YAML {
class Node;
}

namespace skald {

/// What a key of Loki's asks for that this version can't give, so that it is not ignored in
/// silence: object stores and rings that aren't served, schema periods that make no sense. Empty if
/// the value asks for nothing of the kind.
std::vector<ConfigProblem> refusals(const std::string& path, const YAML::Node& value);
/// Which values of a key (as `foreign_keys` has it) are refused, and why; empty if none is.
std::string refusal_text(std::string_view path);

}  // namespace skald

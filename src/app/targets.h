// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <string>
#include <string_view>
#include <vector>

namespace skald::app {

/// The modules that `-target` asks for: a comma list of `all`, `read`, `write` and single modules.
/// Errors: kInvalidArgument, naming what is unknown or not served by this version.
Result<std::vector<std::string>> modules_of_target(std::string_view target);

/// What `-list-targets` prints.
std::string list_targets();

}  // namespace skald::app

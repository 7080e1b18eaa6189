// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/config/config.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace YAML {
class Node;
}

namespace skald {

inline constexpr std::string_view kSchemaPeriods = "schema_config.configs";

/// Checks `schema_config.configs`. Skald has one format of its own for all times, so the periods
/// decide only where it is kept (the last one's object store); but a period that Loki would refuse,
/// or one on an object store that isn't served, is a mistake that its owner wants to know.
std::vector<ConfigProblem> check_schema_periods(const YAML::Node& periods);
/// The object stores that the periods name, and their lines; those that are refused are left out.
std::vector<std::pair<std::size_t, std::string>> stores_of_periods(const YAML::Node& periods);

}  // namespace skald

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/config/config.h>

#include <vector>

namespace YAML {
class Node;
}

namespace skald {

/// Checks `schema_config.configs`. Skald has one format of its own for all times, so the periods
/// decide nothing here; but a period that Loki would refuse, or one on an object store that isn't
/// served, is a mistake that its owner wants to know.
std::vector<ConfigProblem> check_schema_periods(const YAML::Node& periods);

}  // namespace skald

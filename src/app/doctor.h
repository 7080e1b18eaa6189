// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/config/config.h>

#include <string>
#include <vector>

namespace skald::app {

/// One thing that was looked at.
struct Finding {
    enum class Level { kGood, kWarning, kProblem };
    Level level = Level::kGood;
    std::string what;
    std::string advice;  ///< What to change; empty if nothing.
};

/// Looks at the machine with the eyes of this configuration: folders and disks, clock,
/// permissions, descriptors, memory, ports. Writes a small file into each data folder and removes
/// it. Blocking, a second or two.
std::vector<Finding> examine(const LoadedConfig& loaded);

/// Prints what was found; returns the exit code: 1 if there is a problem.
int print_findings(const std::vector<Finding>& findings);

}  // namespace skald::app

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

/// Where a configuration came from.
struct ConfigFile {
    std::string path;  ///< Empty: the embedded one.
    bool has_secrets = false;
};

/// Looks at the machine with the eyes of this configuration: folders and disks, clock,
/// permissions, certificates, overrides, rules, the bucket, descriptors, memory, ports. Writes a
/// small file into each data folder and removes it. Blocking, a second or two, or until the bucket
/// has answered.
std::vector<Finding> examine(const LoadedConfig& loaded, const ConfigFile& file);

/// Prints what was found; returns the exit code: 1 if there is a problem.
int print_findings(const std::vector<Finding>& findings);

}  // namespace skald::app

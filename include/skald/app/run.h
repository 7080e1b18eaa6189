// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace skald::app {

/// The whole program: parses the arguments (without the program's name), runs the server until
/// SIGTERM or SIGINT, and returns the exit status: 0 after a clean stop, 1 for a bad configuration
/// or a failed start.
int run(const std::vector<std::string>& arguments);

}  // namespace skald::app

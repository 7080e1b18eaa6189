// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace skald::app {

/// Asks a running server over HTTP whether it is ready, for the health checks of containers. Prints
/// the answer and returns the exit code: 0 if it is, 1 if not. Blocking, 5 s at most.
int check_health(const std::string& url);

}  // namespace skald::app

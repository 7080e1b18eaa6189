// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tool_line.h"

#include <skald/foundation/config/config.h>

namespace skald::app {

/// Runs a tool on the data that the configuration names. Returns the exit status: 0 when all is
/// well, 1 when it is not, 2 when it could not be done.
int run_tool(const ToolLine& line, const Config& config);

}  // namespace skald::app

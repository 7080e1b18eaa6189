// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace skald::app {

/// Bytes of memory that this process may have: of the machine, or of the tightest control group
/// that it is in. 0 if nothing says so. `root` is put before the paths of /proc and /sys, for
/// tests.
std::uint64_t machine_memory(const std::string& root = {});

}  // namespace skald::app

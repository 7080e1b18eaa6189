// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/config/config.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace skald {

/// Sets `memory.limit` if nobody did (512 MiB, or four fifths of `machine` if that is less;
/// 0: unknown), and divides it into the shares that nobody set. `set` has the paths of keys that
/// were set. Returns what is wrong with them, if so. Threading: pure.
std::optional<std::string> divide_memory(Config& config, std::set<std::string> set,
                                         std::uint64_t machine);

}  // namespace skald

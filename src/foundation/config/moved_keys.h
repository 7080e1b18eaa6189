// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace skald {

/// The key that an older Loki's key has become; empty if it is not one of these.
std::string_view moved_to(std::string_view path);

}  // namespace skald

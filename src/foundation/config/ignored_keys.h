// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace skald {

/// Why a key of Loki's that is accepted means nothing here; "" where its name says it: parts that
/// there are none of. `path` as `foreign_keys` has it.
std::string_view why_ignored(std::string_view path) noexcept;

}  // namespace skald

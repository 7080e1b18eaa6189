// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace skald {

/// Keys of Loki's configuration files, of 1.x to 3.7, as dotted paths.
std::span<const std::string_view> foreign_keys();

/// True if Loki knows the key: it is accepted, and named in one warning if it means nothing here.
bool is_foreign_key(std::string_view path);
/// True if Loki has keys below this path.
bool is_foreign_section(std::string_view path);

}  // namespace skald

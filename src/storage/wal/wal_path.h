// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace skald::storage {

/// `directory/<generation, 16 hex digits>.wal`
std::string wal_path(std::string_view directory, std::uint64_t generation);

/// The generation of a file's name (without the folder), or nothing if it is no WAL file's.
std::optional<std::uint64_t> parse_wal_name(std::string_view name);

}  // namespace skald::storage

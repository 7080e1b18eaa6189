// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace skald::read {

/// "12 B", "1.5 KiB", "150 GiB": sizes for people, as go-humanize's IBytes writes them.
std::string format_iec_bytes(std::uint64_t bytes);

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace skald {

/// MD5 (RFC 1321), for what others have decided to spread by it; it protects nothing.
/// Threading: pure.
std::array<std::uint8_t, 16> md5(std::string_view bytes);

}  // namespace skald

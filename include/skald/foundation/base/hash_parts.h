// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace skald {

/// `hash64` of the bytes that the two make together, without copying them together.
std::uint64_t hash64_of_parts(std::string_view first, std::string_view second) noexcept;

}  // namespace skald

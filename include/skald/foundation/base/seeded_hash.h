// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace skald {

/// XXH3-64 with a seed, for sketches: texts that collide under one seed do not under another.
std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) noexcept;

}  // namespace skald

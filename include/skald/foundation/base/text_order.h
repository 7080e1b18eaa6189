// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace skald {

/// The indexes of the texts in the order of their bytes; equal ones in any order. Many texts that
/// begin alike cost about one look at each byte: eight bytes are compared at a time and the texts
/// are touched once for each eight. Requires: fewer than 2^32 texts.
std::vector<std::uint32_t> text_order(std::span<const std::string_view> texts);

}  // namespace skald

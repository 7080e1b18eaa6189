// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace skald {

// Upper and lower case of Unicode, letter by letter, as Go has it. Threading: pure.

std::uint32_t upper_of(std::uint32_t code_point);
std::uint32_t lower_of(std::uint32_t code_point);

/// Go's strings.ToUpper and strings.ToLower: ill-formed bytes become U+FFFD, one each.
std::string to_upper(std::string_view text);
std::string to_lower(std::string_view text);

}  // namespace skald

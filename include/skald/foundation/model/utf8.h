// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace skald {

/// Bytes of the well-formed character at `position`, 1 to 4; 0 if there is none.
std::size_t utf8_length(std::string_view text, std::size_t position) noexcept;
/// Code point of the well-formed character at `position`.
std::uint32_t utf8_code_point(std::string_view text, std::size_t position) noexcept;
/// `position`, or the start of the character that it is inside of.
std::size_t character_start(std::string_view text, std::size_t position) noexcept;
/// False (and nothing appended) for surrogates and numbers past U+10FFFF.
bool append_utf8(std::string& out, std::uint32_t code_point);
/// Bytes of the Unicode letter (with `digits`: or decimal digit) at `position`; 0 if there is none.
std::size_t letter_length(std::string_view text, std::size_t position, bool digits);

}  // namespace skald

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Bytes as text.
namespace skald {

/// RFC 4648, 4: with padding.
std::string encode_base64(std::string_view bytes);

/// Two lower-case hex digits a byte, to `out`, which has room for them. Returns their end.
char* write_hex(std::string_view bytes, char* out) noexcept;
std::string encode_hex(std::string_view bytes);
/// 16 lower-case hex digits.
std::string to_hex(std::uint64_t number);

/// Letters, digits and `-_.~` of ASCII (RFC 3986, 2.3).
bool is_unreserved(char c) noexcept;
/// `%2F`, in upper-case digits.
void append_percent(std::string& out, char c);
/// All but unreserved characters and those in `also_plain` as `%2F`.
std::string percent_encode(std::string_view text, std::string_view also_plain = {});

}  // namespace skald

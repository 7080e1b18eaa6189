// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace skald::read {

// Go's functions on strings, as its packages strings, html, net/url and encoding/base64 have them.

/// Go's strings.Title: the first letter of each word in upper case.
std::string to_title(std::string_view text);

/// Without the characters of `cutset` in front (`left`) and behind (`right`).
std::string_view trim_characters(std::string_view text, std::string_view cutset, bool left,
                                 bool right);
/// Without Unicode white space on both sides.
std::string_view trim_space(std::string_view text);

/// The first `count` occurrences replaced, all if it is negative; an empty `from` is found around
/// every character. Errors: kTooLarge if the result is longer than `bytes_max`.
Result<std::string> replace_text(std::string_view text, std::string_view from, std::string_view to,
                                 std::int64_t count, std::size_t bytes_max);
/// Spaces put in front of every line. Errors: kTooLarge.
Result<std::string> indent_text(std::string_view text, std::size_t spaces, std::size_t bytes_max);
/// Cut or filled up with spaces to `count` characters; `right` keeps the end.
std::string align_text(std::string_view text, std::size_t count, bool right);

std::string escape_html(std::string_view text);
std::string escape_js(std::string_view text);
/// Go's url.QueryEscape.
std::string escape_query(std::string_view text);
/// Errors: kInvalidArgument, `invalid URL escape "%zz"`.
Result<std::string> unescape_query(std::string_view text);

/// Errors: kInvalidArgument, `illegal base64 data at input byte 4`.
Result<std::string> decode_base64(std::string_view text);

}  // namespace skald::read

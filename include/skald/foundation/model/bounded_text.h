// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace skald {

/// `text`, or if it is longer than `bytes_max`, its begin with a mark that says how long it was:
/// "abc…(3300000 bytes)". For texts that people read and that anything may have got into.
/// Characters are not cut; the mark comes on top of `bytes_max`.
std::string bounded_text(std::string_view text, std::size_t bytes_max);

}  // namespace skald

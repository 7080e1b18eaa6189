// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace skald::read {

/// Where an error is shown to start: Loki counts lines from 0 for ranges.
enum class LineNumber { kCounted, kZero };

/// `parse error at line L, col C: message`, then the query's line, a caret and the hint, if any.
Error positioned_error(std::string_view query, std::size_t offset, LineNumber line,
                       std::string_view message, std::string_view hint);
/// `parse error : message`.
Error plain_error(std::string_view message);

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/telemetry/log.h>

#include <cstddef>
#include <span>
#include <string_view>

namespace skald {

/// Bytes of a field's value that `log` writes; of longer ones it tells how long they are.
constexpr std::size_t kLogValueMax = 4096;

/// As `log`, with fields whose number is not known when it is written.
/// A line that says the same as others a moment ago is held back after the first few, however it is
/// logged; the next one that is written tells how many there were in `repeated`.
/// `value_max` is for values that are to be read whole and have a bound of their own.
void log_line(LogLevel level, std::string_view message, std::span<const LogField> fields,
              std::size_t value_max = kLogValueMax);

}  // namespace skald

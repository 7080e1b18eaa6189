// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/telemetry/log.h>

#include <span>
#include <string_view>

namespace skald {

/// As `log`, with fields whose number is not known when it is written.
/// A line that says the same as others a moment ago is held back after the first few, however it is
/// logged; the next one that is written tells how many there were in `repeated`.
void log_line(LogLevel level, std::string_view message, std::span<const LogField> fields);

}  // namespace skald

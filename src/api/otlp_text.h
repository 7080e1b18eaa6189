// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "otlp_logs.h"

#include <cstdint>
#include <string_view>

namespace skald::api {

/// A value as one text, as OpenTelemetry's Collector prints it: strings as they are, numbers as
/// JSON has them, bytes in base64, arrays and maps as compact JSON with sorted keys (of equal keys
/// the last counts; numbers that JSON does not know are null). New text goes to `arena`.
std::string_view otlp_text(const OtlpLogs& logs, const OtlpNode& node, write::TextArena& arena);

/// `number` in decimal digits, in `arena`.
std::string_view number_text(std::uint64_t number, write::TextArena& arena);

}  // namespace skald::api

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace skald {

/// Nanoseconds since 1970-01-01T00:00:00Z; negative before it. A plain integer, because columns of
/// them are stored, searched and subtracted by the million.
using TimeNs = std::int64_t;
/// A length of time in nanoseconds.
using DurationNs = std::int64_t;

inline constexpr TimeNs kTimeMin = std::numeric_limits<TimeNs>::min();
inline constexpr TimeNs kTimeMax = std::numeric_limits<TimeNs>::max();

/// The storage period of a time: its UTC day. Regions of a segment hold one period each.
std::int32_t period_of(TimeNs time) noexcept;

/// Go's time.Duration text, as Loki's messages print it: "1h0m0s", "1.5s", "100ms", "0s".
std::string format_go_duration(DurationNs duration);
/// Prometheus' model.Duration text: "30d1h", "5m", "0s" (integers only, largest unit first; y w d h
/// m s ms).
std::string format_prometheus_duration(DurationNs duration);
/// Go's time.ParseDuration: "1h30m", "-1.5h", "100us", "1µs". Errors: kInvalidArgument, Go's text
/// (`time: invalid duration "x"`).
Result<DurationNs> parse_go_duration(std::string_view text);
/// Prometheus' ParseDuration: "1y2w3d4h5m6s7ms", descending units, integers; "0" is allowed.
/// Errors: kInvalidArgument with `not a valid duration string: "x"`, `unknown unit "x" in duration
/// "5x"`, `empty duration string`.
Result<DurationNs> parse_prometheus_duration(std::string_view text);

/// RFC 3339 with seconds, UTC: "2026-11-01T00:00:00Z".
std::string format_rfc3339(TimeNs time);
/// RFC 3339 with the shortest fraction that keeps all nanoseconds, UTC.
std::string format_rfc3339_nano(TimeNs time);
/// Go's default time.Time text in UTC: "2006-01-02 15:04:05.999999999 +0000 UTC".
std::string format_go_time(TimeNs time);
/// RFC 3339 with optional fraction and zone offset. Errors: kInvalidArgument.
Result<TimeNs> parse_rfc3339(std::string_view text);

}  // namespace skald

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/labels.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace skald::read {

/// The bits of the NaN by which Prometheus knows that a series has ended.
inline constexpr std::uint64_t kStaleBits = 0x7ff0000000000002;
double stale_marker();

/// Appends a series with one sample to a `prometheus.WriteRequest`
/// (https://prometheus.io/docs/specs/prw/remote_write_spec/); requests may be put one behind the
/// other.
void append_series(std::string& request, const Labels& labels, std::int64_t time_ms, double value);
/// As it goes over the wire.
std::string packed_request(std::string_view request);

}  // namespace skald::read

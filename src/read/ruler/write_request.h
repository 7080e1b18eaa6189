// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/relabel.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald::read {

/// The bits of the NaN by which Prometheus knows that a series has ended.
inline constexpr std::uint64_t kStaleBits = 0x7ff0000000000002;
double stale_marker();

/// Appends a series with one sample to a `prometheus.WriteRequest`
/// (https://prometheus.io/docs/specs/prw/remote_write_spec/); requests may be put one behind the
/// other.
void append_series(std::string& request, const Labels& labels, std::int64_t time_ms, double value);

/// Series at one time, each with its value.
struct RecordedSeries {
    std::int64_t time_ms = 0;
    std::vector<std::pair<Labels, double>> values;
};
/// Requests as `append_series` makes them, and how many samples they hold.
struct SeriesRequest {
    std::string bytes;
    std::size_t samples = 0;
};
/// What is left of the series behind the rules. Of those that become the same the first is sent: a
/// receiver would refuse the others, and the end of one must not end another.
SeriesRequest series_request(const RecordedSeries& series, const RelabelRules& rules);

/// As it goes over the wire.
std::string packed_request(std::string_view request);

}  // namespace skald::read

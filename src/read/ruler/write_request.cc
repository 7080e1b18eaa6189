// SPDX-License-Identifier: Apache-2.0
#include "write_request.h"

#include <skald/foundation/base/bytes.h>

#include <snappy.h>

#include <bit>
#include <optional>
#include <set>

namespace skald::read {

namespace {

void put_bytes(std::string& message, std::uint64_t field, std::string_view bytes) {
    ByteWriter out(message);
    out.varint(field << 3 | 2);
    out.text(bytes);
}

}  // namespace

double stale_marker() {
    return std::bit_cast<double>(kStaleBits);
}

void append_series(std::string& request, const Labels& labels, std::int64_t time_ms, double value) {
    std::string series;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        std::string label;
        put_bytes(label, 1, labels[i].name);
        put_bytes(label, 2, labels[i].value);
        put_bytes(series, 1, label);
    }
    std::string sample;
    ByteWriter out(sample);
    out.varint(1 << 3 | 1);
    out.u64(std::bit_cast<std::uint64_t>(value));
    out.varint(2 << 3);
    out.varint(static_cast<std::uint64_t>(time_ms));
    put_bytes(series, 2, sample);
    put_bytes(request, 1, series);
}

SeriesRequest series_request(const RecordedSeries& series, const RelabelRules& rules) {
    SeriesRequest request;
    std::set<Labels> seen;
    for (const auto& [labels, value] : series.values) {
        const std::optional<Labels> left = rules.apply(labels);
        if (!left || (!rules.empty() && !seen.insert(*left).second)) continue;
        append_series(request.bytes, *left, series.time_ms, value);
        ++request.samples;
    }
    return request;
}

std::string packed_request(std::string_view request) {
    std::string packed;
    snappy::Compress(request.data(), request.size(), &packed);
    return packed;
}

}  // namespace skald::read

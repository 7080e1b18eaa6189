// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/telemetry/metrics.h>

#include <string>

namespace skald {

/// What tells one kind of refused lines from others.
struct DiscardedLabels {
    std::string reason;  ///< "line_too_long" and the like (internals.md 19.2).
    std::string tenant;
    std::string retention_hours;  ///< "" where nobody knows it.
    std::string policy;           ///< "" for none.
    std::string format;           ///< "loki", "otlp"; "" where the ingester refuses.
};

/// `loki_discarded_samples_total`: lines that were refused.
Counter discarded_lines(MetricsRegistry& registry, const DiscardedLabels& labels);
/// `loki_discarded_bytes_total`: what they and their structured metadata come to.
Counter discarded_bytes(MetricsRegistry& registry, const DiscardedLabels& labels);

}  // namespace skald

// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/telemetry/discarded.h>

namespace skald {

namespace {

MetricLabels of(const DiscardedLabels& labels) {
    return {{"reason", labels.reason},
            {"tenant", labels.tenant},
            {"retention_hours", labels.retention_hours},
            {"policy", labels.policy},
            {"format", labels.format}};
}

}  // namespace

Counter discarded_lines(MetricsRegistry& registry, const DiscardedLabels& labels) {
    return registry.counter("loki_discarded_samples_total", "Lines that were refused, by reason.",
                            of(labels));
}

Counter discarded_bytes(MetricsRegistry& registry, const DiscardedLabels& labels) {
    return registry.counter("loki_discarded_bytes_total",
                            "Bytes of lines and structured metadata that were refused, by reason.",
                            of(labels));
}

}  // namespace skald

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/telemetry/metrics.h>

#include <cstddef>
#include <string>

namespace skald::read {

/// Figures of a group.
struct GroupMetrics {
    Counter evaluations;
    Counter failures;
    Counter iterations;
    Counter missed;
    Gauge last_duration;
    Gauge last_evaluation;
    Gauge rules;
    Gauge interval;
};

/// The metrics that Loki's dashboards read of a ruler. Threading: thread-safe.
class RulerMetrics {
public:
    explicit RulerMetrics(MetricsRegistry& registry);

    /// `name`: the `rule_group` label; empty: all groups together.
    GroupMetrics group(const std::string& name);
    /// Samples that were handed to remote write.
    void appended(const std::string& tenant, std::size_t samples);

    Gauge tenants;    ///< `loki_ruler_managers_total`
    Counter initial;  ///< `loki_ruler_sync_rules_total{reason}`
    Counter periodic;
    Counter bad_files;

private:
    MetricsRegistry& registry_;
};

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#include "ruler_metrics.h"

namespace skald::read {

RulerMetrics::RulerMetrics(MetricsRegistry& registry)
    : tenants(registry.gauge("skald_ruler_tenants", "Tenants that have rules.")),
      initial(registry.counter("loki_ruler_sync_rules_total",
                               "Total number of times the ruler sync operation triggered.",
                               {{"reason", "initial"}})),
      periodic(registry.counter("loki_ruler_sync_rules_total",
                                "Total number of times the ruler sync operation triggered.",
                                {{"reason", "periodic"}})),
      bad_files(registry.counter("skald_ruler_bad_files_total",
                                 "Times that a file of rules could not be used.")),
      registry_(registry) {}

GroupMetrics RulerMetrics::group(const std::string& name) {
    MetricLabels labels;
    if (!name.empty()) labels.emplace_back("rule_group", name);
    MetricsRegistry& r = registry_;
    return {
        r.counter("loki_prometheus_rule_evaluations_total", "The total number of rule evaluations.",
                  labels),
        r.counter("loki_prometheus_rule_evaluation_failures_total",
                  "The total number of rule evaluation failures.", labels),
        r.counter("loki_prometheus_rule_group_iterations_total",
                  "The total number of scheduled rule group evaluations.", labels),
        r.counter("loki_prometheus_rule_group_iterations_missed_total",
                  "The total number of rule group evaluations missed due to slow rule group "
                  "evaluation.",
                  labels),
        r.gauge("loki_prometheus_rule_group_last_duration_seconds",
                "The duration of the last rule group evaluation.", labels),
        r.gauge("loki_prometheus_rule_group_last_evaluation_timestamp_seconds",
                "The timestamp of the last rule group evaluation in seconds.", labels),
        r.gauge("loki_prometheus_rule_group_rules", "The number of rules.", labels),
        r.gauge("loki_prometheus_rule_group_interval_seconds", "The interval of a rule group.",
                labels),
    };
}

void RulerMetrics::appended(const std::string& tenant, std::size_t samples) {
    registry_
        .counter("loki_ruler_wal_samples_appended_total",
                 "Total number of samples appended to the WAL.", {{"tenant", tenant}})
        .add(static_cast<double>(samples));
}

}  // namespace skald::read

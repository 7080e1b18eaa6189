// SPDX-License-Identifier: Apache-2.0
#include "tenant_rules.h"

#include <string_view>
#include <utility>

namespace skald::write {

namespace {

constexpr std::string_view kBytesReceived = "loki_distributor_bytes_received_total";
constexpr std::string_view kMetadataReceived =
    "loki_distributor_structured_metadata_bytes_received_total";
constexpr std::string_view kLinesReceived = "loki_distributor_lines_received_total";
constexpr std::string_view kDiscardedLines = "loki_discarded_samples_total";
constexpr std::string_view kDiscardedBytes = "loki_discarded_bytes_total";

std::string_view name_of(PushFormat format) {
    return format == PushFormat::kOtlp ? "otlp" : "loki";
}

/// "744"; "0" if data is kept for ever.
std::string hours_of(DurationNs retention) {
    return std::to_string(retention / kNanosPerHour);
}

}  // namespace

std::string_view to_string(DiscardReason reason) noexcept {
    switch (reason) {
        case DiscardReason::kInvalidLabels: return "invalid_labels";
        case DiscardReason::kMissingLabels: return "missing_labels";
        case DiscardReason::kTooManyLabelNames: return "max_label_names_per_series";
        case DiscardReason::kLabelNameTooLong: return "label_name_too_long";
        case DiscardReason::kLabelValueTooLong: return "label_value_too_long";
        case DiscardReason::kDuplicateLabelNames: return "duplicate_label_names";
        case DiscardReason::kMissingEnforcedLabels: return "missing_enforced_labels";
        case DiscardReason::kBlocked: return "blocked_ingestion";
        case DiscardReason::kBlockedPolicy: return "blocked_ingestion_policy";
        case DiscardReason::kTooOld: return "greater_than_max_sample_age";
        case DiscardReason::kTooNew: return "too_far_in_future";
        case DiscardReason::kLineTooLong: return "line_too_long";
        case DiscardReason::kMetadataDisallowed: return "disallowed_structured_metadata";
        case DiscardReason::kMetadataTooLarge: return "structured_metadata_too_large";
        case DiscardReason::kMetadataTooMany: return "structured_metadata_too_many";
        case DiscardReason::kRateLimited: return "rate_limited";
    }
    return "";
}

TenantMetrics::TenantMetrics(MetricsRegistry& registry, const TenantId& tenant,
                             DurationNs retention)
    : registry_(registry), tenant_(tenant.text()), retention_hours_(hours_of(retention)) {}

void TenantMetrics::count(const PushTotals& totals, PushFormat format) {
    count_received(totals.received, format, false);
    if (totals.received_internal.lines > 0) count_received(totals.received_internal, format, true);
    count_discards(totals.discards, format);
    if (totals.sanitized > 0)
        registry_
            .counter("loki_distributor_push_structured_metadata_sanitized_total",
                     "Structured metadata pairs whose name or value was cleaned.",
                     {{"tenant", tenant_}, {"format", std::string(name_of(format))}})
            .add(static_cast<double>(totals.sanitized));
    if (totals.truncated_lines == 0) return;
    // The tenant stands in a label of this odd name in Loki too; dashboards know it so.
    const MetricLabels labels = {{"reason", "line_too_long"}, {"truncated", tenant_}};
    registry_.counter("loki_mutated_samples_total", "Lines that were changed on arrival.", labels)
        .add(static_cast<double>(totals.truncated_lines));
    registry_.counter("loki_mutated_bytes_total", "Bytes cut off lines on arrival.", labels)
        .add(static_cast<double>(totals.truncated_bytes));
}

void TenantMetrics::count_received(const PushTotals::Received& received, PushFormat format,
                                   bool internal) {
    const ReceivedCounters counters = handles_.with([&](Handles& handles) {
        auto& place = handles.received[static_cast<std::size_t>(format)][internal ? 1 : 0];
        if (!place) place = make_received(format, internal);
        return *place;
    });
    ReceivedCounters mine = counters;
    mine.lines.add(static_cast<double>(received.lines));
    mine.bytes.add(static_cast<double>(received.line_bytes + received.metadata_bytes));
    if (received.metadata_bytes > 0)
        mine.metadata_bytes.add(static_cast<double>(received.metadata_bytes));
}

TenantMetrics::ReceivedCounters TenantMetrics::make_received(PushFormat format, bool internal) {
    const std::string_view is_internal = internal ? "true" : "false";
    const MetricLabels lines = {{"tenant", tenant_},
                                {"is_internal_stream", std::string(is_internal)},
                                {"policy", ""},
                                {"format", std::string(name_of(format))}};
    MetricLabels bytes = lines;
    bytes.emplace_back("retention_hours", retention_hours_ == "0" ? "" : retention_hours_);
    return {
        registry_.counter(kLinesReceived, "Lines received.", lines),
        registry_.counter(kBytesReceived,
                          "Bytes received: lines and structured metadata, uncompressed.", bytes),
        registry_.counter(kMetadataReceived, "Bytes of structured metadata received.", bytes)};
}

void TenantMetrics::count_discards(const Discards& discards, PushFormat format) {
    for (std::size_t i = 0; i < kDiscardReasons; ++i) {
        const Discards::Count& count = discards.counts[i];
        if (count.lines == 0) continue;
        DiscardCounters counters = handles_.with([&](Handles& handles) {
            auto& place = handles.discards[static_cast<std::size_t>(format)][i];
            if (!place) place = make_discards(static_cast<DiscardReason>(i), format);
            return *place;
        });
        counters.lines.add(static_cast<double>(count.lines));
        counters.bytes.add(static_cast<double>(count.bytes));
    }
}

TenantMetrics::DiscardCounters TenantMetrics::make_discards(DiscardReason reason,
                                                            PushFormat format) {
    const MetricLabels labels = {{"reason", std::string(to_string(reason))},
                                 {"tenant", tenant_},
                                 {"retention_hours", retention_hours_},
                                 {"policy", ""},
                                 {"format", std::string(name_of(format))}};
    return {registry_.counter(kDiscardedLines, "Lines that were refused, by reason.", labels),
            registry_.counter(
                kDiscardedBytes,
                "Bytes of lines and structured metadata that were refused, by reason.", labels)};
}

TenantRules::TenantRules(const TenantId& of, std::shared_ptr<const Limits> its_limits,
                         std::uint64_t its_version, MetricsRegistry& registry)
    : tenant(of),
      limits(std::move(its_limits)),
      version(its_version),
      levels(*limits),
      metrics(registry, tenant, limits->retention_period) {}

std::shared_ptr<const TenantRules> TenantTable::rules_of(const TenantId& tenant) {
    std::shared_ptr<const Limits> limits = limits_.of(tenant);
    auto state = state_.lock();
    Tenant& known = state->tenants[tenant];
    // The rules hold on to their limits, so an equal address is the same object.
    if (!known.rules || known.rules->limits != limits)
        known.rules = std::make_shared<const TenantRules>(tenant, std::move(limits),
                                                          ++state->last_version, registry_);
    return known.rules;
}

bool TenantTable::take_rate(const TenantId& tenant, std::uint64_t bytes, TokenBucket::Limit limit,
                            Clock::TimePoint now) {
    return state_.with([&](State& state) {
        return state.tenants[tenant].bucket.take(static_cast<double>(bytes), limit, now);
    });
}

}  // namespace skald::write

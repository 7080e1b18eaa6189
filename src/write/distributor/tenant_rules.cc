// SPDX-License-Identifier: Apache-2.0
#include "tenant_rules.h"

#include "resolved_stream.h"

#include <skald/foundation/telemetry/discarded.h>

#include <string_view>
#include <utility>

namespace skald::write {

namespace {

constexpr std::string_view kBytesReceived = "loki_distributor_bytes_received_total";
constexpr std::string_view kMetadataReceived =
    "loki_distributor_structured_metadata_bytes_received_total";
constexpr std::string_view kLinesReceived = "loki_distributor_lines_received_total";

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

PushTotals::OfPolicy& PushTotals::of(std::string_view policy) {
    // Nearly always there is one.
    for (OfPolicy& known : policies)
        if (known.policy == policy) return known;
    policies.emplace_back().policy = policy;
    return policies.back();
}

TenantMetrics::TenantMetrics(MetricsRegistry& registry, const TenantId& tenant,
                             const Limits& limits)
    : registry_(registry),
      line_bytes_(registry.histogram("loki_bytes_per_line", "Bytes of the lines that are pushed.",
                                     {}, {1, 8, 64, 512, 4096, 32768, 262144, 2097152})),
      tenant_(tenant.text()),
      retention_hours_(hours_of(limits.retention_period)) {
    auto all = handles_.lock();
    all->try_emplace("");
    for (const std::string& policy : limits.policies.names()) all->try_emplace(policy);
}

TenantMetrics::Handles& TenantMetrics::handles_of(HandlesOf& all, std::string_view& policy) {
    const auto found = all.find(policy);
    if (found != all.end()) return found->second;
    policy = {};
    return all.find(policy)->second;
}

void TenantMetrics::count(const PushTotals& totals, PushFormat format) {
    line_bytes_.observe_many({totals.line_sizes.counts.begin(), totals.line_sizes.counts.end()},
                             static_cast<double>(totals.line_sizes.sum));
    for (const PushTotals::OfPolicy& part : totals.policies) {
        if (part.received.lines > 0) count_received(part.received, part.policy, format, false);
        if (part.received_internal.lines > 0)
            count_received(part.received_internal, part.policy, format, true);
        count_discards(part.discards, part.policy, format);
    }
    if (totals.sanitized > 0)
        registry_
            .counter("loki_distributor_push_structured_metadata_sanitized_total",
                     "Structured metadata pairs whose name or value was cleaned.",
                     {{"tenant", tenant_}, {"format", std::string(to_string(format))}})
            .add(static_cast<double>(totals.sanitized));
    if (totals.truncated_lines == 0) return;
    // The tenant stands in a label of this odd name in Loki too; dashboards know it so.
    const MetricLabels labels = {{"reason", "line_too_long"}, {"truncated", tenant_}};
    registry_.counter("loki_mutated_samples_total", "Lines that were changed on arrival.", labels)
        .add(static_cast<double>(totals.truncated_lines));
    registry_.counter("loki_mutated_bytes_total", "Bytes cut off lines on arrival.", labels)
        .add(static_cast<double>(totals.truncated_bytes));
}

void TenantMetrics::count_received(const PushTotals::Received& received, std::string_view policy,
                                   PushFormat format, bool internal) {
    const ReceivedCounters counters = handles_.with([&](HandlesOf& all) {
        auto& received_of = handles_of(all, policy).received;
        auto& place = received_of[static_cast<std::size_t>(format)][internal ? 1 : 0];
        if (!place) place = make_received(policy, format, internal);
        return *place;
    });
    ReceivedCounters mine = counters;
    mine.lines.add(static_cast<double>(received.lines));
    mine.bytes.add(static_cast<double>(received.line_bytes + received.metadata_bytes));
    if (received.metadata_bytes > 0)
        mine.metadata_bytes.add(static_cast<double>(received.metadata_bytes));
}

TenantMetrics::ReceivedCounters TenantMetrics::make_received(std::string_view policy,
                                                             PushFormat format, bool internal) {
    const std::string_view is_internal = internal ? "true" : "false";
    const MetricLabels lines = {{"tenant", tenant_},
                                {"is_internal_stream", std::string(is_internal)},
                                {"policy", std::string(policy)},
                                {"format", std::string(to_string(format))}};
    MetricLabels bytes = lines;
    bytes.emplace_back("retention_hours", retention_hours_ == "0" ? "" : retention_hours_);
    return {
        registry_.counter(kLinesReceived, "Lines received.", lines),
        registry_.counter(kBytesReceived,
                          "Bytes received: lines and structured metadata, uncompressed.", bytes),
        registry_.counter(kMetadataReceived, "Bytes of structured metadata received.", bytes)};
}

void TenantMetrics::count_discards(const Discards& discards, std::string_view policy,
                                   PushFormat format) {
    for (std::size_t i = 0; i < kDiscardReasons; ++i) {
        const Discards::Count& count = discards.counts[i];
        if (count.lines == 0) continue;
        DiscardCounters counters = handles_.with([&](HandlesOf& all) {
            auto& place = handles_of(all, policy).discards[static_cast<std::size_t>(format)][i];
            if (!place) place = make_discards(static_cast<DiscardReason>(i), policy, format);
            return *place;
        });
        counters.lines.add(static_cast<double>(count.lines));
        counters.bytes.add(static_cast<double>(count.bytes));
    }
}

TenantMetrics::DiscardCounters TenantMetrics::make_discards(DiscardReason reason,
                                                            std::string_view policy,
                                                            PushFormat format) {
    const DiscardedLabels labels{.reason = std::string(to_string(reason)),
                                 .tenant = tenant_,
                                 .retention_hours = retention_hours_,
                                 .policy = std::string(policy),
                                 .format = std::string(to_string(format))};
    return {discarded_lines(registry_, labels), discarded_bytes(registry_, labels)};
}

TenantRules::TenantRules(const TenantId& of, std::shared_ptr<const Limits> its_limits,
                         std::uint64_t its_version, MetricsRegistry& registry)
    : tenant(of),
      limits(std::move(its_limits)),
      version(its_version),
      levels(*limits),
      fields(std::make_shared<const GenericFields>(*limits)),
      policies(limits->policies.names()),
      metrics(registry, tenant, *limits) {}

std::shared_ptr<const std::string> TenantRules::counted_policy(const ResolvedStream& stream) const {
    return stream.policy && policies.contains(*stream.policy) ? stream.policy : nullptr;
}

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

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "discards.h"
#include "level_detector.h"
#include "token_bucket.h"

#include <skald/foundation/model/limits.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/runtime/guarded.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/write/distributor/push_batch.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace skald::write {

/// What a request brought, before validation, and what of it was refused.
struct PushTotals {
    struct Received {
        std::uint64_t lines = 0;
        std::uint64_t line_bytes = 0;
        std::uint64_t metadata_bytes = 0;
    };
    Received received;           ///< Of ordinary streams.
    Received received_internal;  ///< Of streams that the server writes to itself.
    Discards discards;
    std::uint64_t sanitized = 0;  ///< Metadata pairs whose name or value was cleaned.
    std::uint64_t truncated_lines = 0;
    std::uint64_t truncated_bytes = 0;  ///< What was cut off.
};

/// The counters of one tenant (http-api 5.4). Series are made when they first count something.
/// Threading: thread-safe.
class TenantMetrics {
public:
    TenantMetrics(MetricsRegistry& registry, const TenantId& tenant, DurationNs retention);

    void count(const PushTotals& totals, PushFormat format);
    void count_discards(const Discards& discards, PushFormat format);

private:
    static constexpr std::size_t kFormats = 2;

    struct ReceivedCounters {
        Counter lines;
        Counter bytes;
        Counter metadata_bytes;
    };
    struct DiscardCounters {
        Counter lines;
        Counter bytes;
    };
    struct Handles {
        /// [format][is it an internal stream].
        std::array<std::array<std::optional<ReceivedCounters>, 2>, kFormats> received;
        std::array<std::array<std::optional<DiscardCounters>, kDiscardReasons>, kFormats> discards;
    };

    void count_received(const PushTotals::Received& received, PushFormat format, bool internal);
    ReceivedCounters make_received(PushFormat format, bool internal);
    DiscardCounters make_discards(DiscardReason reason, PushFormat format);

    MetricsRegistry& registry_;
    const std::string tenant_;
    const std::string retention_hours_;
    Guarded<Handles> handles_;
};

/// One tenant's limits in the form that validation uses. A new one is made when the limits change.
/// Threading: immutable but for the metrics, which are thread-safe.
struct TenantRules {
    TenantRules(const TenantId& tenant, std::shared_ptr<const Limits> limits, std::uint64_t version,
                MetricsRegistry& registry);

    TenantId tenant;
    std::shared_ptr<const Limits> limits;
    /// Differs from that of every other TenantRules of the process: part of the label cache's keys.
    std::uint64_t version;
    LevelDetector levels;
    mutable TenantMetrics metrics;
};

/// The tenants that have pushed since the start, each with its rules and its rate.
/// Threading: thread-safe.
class TenantTable {
public:
    TenantTable(const LimitsSource& limits, MetricsRegistry& registry)
        : limits_(limits), registry_(registry) {}

    /// The rules that hold now. Shared: a request goes on with them when the limits change.
    std::shared_ptr<const TenantRules> rules_of(const TenantId& tenant);
    /// Takes `bytes` from what the tenant may write now.
    bool take_rate(const TenantId& tenant, std::uint64_t bytes, TokenBucket::Limit limit,
                   Clock::TimePoint now);

private:
    struct Tenant {
        std::shared_ptr<const TenantRules> rules;
        TokenBucket bucket;
    };
    struct State {
        std::unordered_map<TenantId, Tenant> tenants;
        std::uint64_t last_version = 0;
    };

    const LimitsSource& limits_;
    MetricsRegistry& registry_;
    Guarded<State> state_;
};

}  // namespace skald::write

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "discards.h"
#include "generic_fields.h"
#include "level_detector.h"

#include <skald/foundation/model/limits.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/runtime/guarded.h>
#include <skald/foundation/runtime/token_bucket.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/write/distributor/push_batch.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace skald::write {

/// Sizes of lines, by powers of eight up to 2 MiB. Threading: single-owner.
struct LineSizes {
    static constexpr std::size_t kBuckets = 9;  ///< The last is of larger ones.

    void add(std::size_t bytes) {
        // The first bucket is of 0 and 1 byte, the next of up to 8 …
        const auto bits = static_cast<std::size_t>(std::bit_width(bytes == 0 ? 0 : bytes - 1));
        ++counts[std::min((bits + 2) / 3, kBuckets - 1)];
        sum += bytes;
    }

    std::array<std::uint64_t, kBuckets> counts{};
    std::uint64_t sum = 0;
};

/// What a request brought, before validation, and what of it was refused.
/// Threading: single-owner.
struct PushTotals {
    struct Received {
        std::uint64_t lines = 0;
        std::uint64_t line_bytes = 0;
        std::uint64_t metadata_bytes = 0;
    };
    /// Of the streams that are under one policy.
    struct OfPolicy {
        std::string policy;          ///< "": none.
        Received received;           ///< Of ordinary streams.
        Received received_internal;  ///< Of streams that the server writes to itself.
        Discards::Count accepted;
        Discards discards;
    };
    std::vector<OfPolicy> policies;
    std::uint64_t sanitized = 0;  ///< Metadata pairs whose name or value was cleaned.
    LineSizes line_sizes;
    std::uint64_t truncated_lines = 0;
    std::uint64_t truncated_bytes = 0;  ///< What was cut off.

    OfPolicy& of(std::string_view policy);
};

/// The counters of one tenant (http-api 5.4). Series are made when they first count something.
///
/// The `policy` label names policies of the tenant's configuration only: a name that a client makes
/// up (`X-Loki-Ingestion-Policy`) counts as none.
/// Threading: thread-safe.
class TenantMetrics {
public:
    TenantMetrics(MetricsRegistry& registry, const TenantId& tenant, const Limits& limits);

    void count(const PushTotals& totals, PushFormat format);
    void count_discards(const Discards& discards, std::string_view policy, PushFormat format);

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

    using HandlesOf = std::map<std::string, Handles, std::less<>>;  ///< By policy.

    static Handles& handles_of(HandlesOf& all, std::string_view& policy);
    void count_received(const PushTotals::Received& received, std::string_view policy,
                        PushFormat format, bool internal);
    ReceivedCounters make_received(std::string_view policy, PushFormat format, bool internal);
    DiscardCounters make_discards(DiscardReason reason, std::string_view policy, PushFormat format);

    MetricsRegistry& registry_;
    Histogram line_bytes_;
    const std::string tenant_;
    const std::string retention_hours_;
    Guarded<HandlesOf> handles_;  ///< Of each policy that there is.
};

struct ResolvedStream;

/// One tenant's limits in the form that validation uses. A new one is made when the limits change.
/// Threading: immutable but for the metrics, which are thread-safe.
struct TenantRules {
    TenantRules(const TenantId& tenant, std::shared_ptr<const Limits> limits, std::uint64_t version,
                MetricsRegistry& registry);

    /// The policy that refused entries of the stream are counted under, or null: names that senders
    /// make up are no labels of metrics.
    std::shared_ptr<const std::string> counted_policy(const ResolvedStream& stream) const;

    TenantId tenant;
    std::shared_ptr<const Limits> limits;
    /// Differs from that of every other TenantRules of the process: part of the label cache's keys.
    std::uint64_t version;
    LevelDetector levels;
    std::shared_ptr<const GenericFields> fields;
    std::set<std::string> policies;  ///< That are spoken of in the limits.
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

// SPDX-License-Identifier: Apache-2.0
#include "fan_out.h"
#include "label_cache.h"
#include "push_validator.h"
#include "tenant_rules.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/runtime/guarded.h>
#include <skald/write/distributor/distributor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace skald::write {

namespace {

/// Requests with fewer bytes of lines are validated on the I/O thread: it takes some ten
/// microseconds, less than the way to a worker and back.
constexpr std::uint64_t kInlineBytes = 64 * kKiB;
/// What an entry costs beside its bytes, in the same unit.
constexpr std::uint64_t kEntryBytes = 64;

bool is_small(const PushBatch& push) {
    std::uint64_t bytes = push.streams.size() * kEntryBytes;
    for (const EntryView& entry : push.entries) {
        bytes += entry.line.size() + kEntryBytes * (1 + entry.metadata_count / 2);
        if (bytes >= kInlineBytes) return false;
    }
    return bytes < kInlineBytes;
}

/// `loki_distributor_ingester_append…`, one series an ingester.
class AppendMetrics {
public:
    explicit AppendMetrics(MetricsRegistry& registry) : registry_(registry) {}

    void count(const std::string& instance, bool failed) {
        Handles handles = by_instance_.with([&](auto& known) {
            const auto found = known.find(instance);
            if (found != known.end()) return found->second;
            return known.emplace(instance, make(instance)).first->second;
        });
        handles.appends.add();
        if (failed) handles.failures.add();
    }

private:
    struct Handles {
        Counter appends;
        Counter failures;
    };

    Handles make(const std::string& instance) {
        const MetricLabels labels = {{"ingester", instance}};
        return {registry_.counter("loki_distributor_ingester_appends_total",
                                  "Batches sent to an ingester.", labels),
                registry_.counter("loki_distributor_ingester_append_failures_total",
                                  "Batches that an ingester did not take.", labels)};
    }

    MetricsRegistry& registry_;
    Guarded<std::unordered_map<std::string, Handles>> by_instance_;
};

class DistributorImpl final : public Distributor {
public:
    DistributorImpl(Options options, const LimitsSource& limits, const cluster::Ring& ring,
                    Clients clients, Clock& clock, WorkerPool& workers, MetricsRegistry& metrics)
        : ring_(ring),
          clients_(std::move(clients)),
          clock_(clock),
          workers_(workers),
          tenants_(limits, metrics),
          cache_(options.label_cache_entries),
          appends_(metrics) {}

    Task<Result<void>> push(TenantId tenant, PushBatch batch) override {
        if (batch.streams.empty())
            co_return Error{ErrorCode::kUnprocessable,
                            "error at least one valid stream is required for ingestion"};
        const PushFormat format = batch.format;
        const std::shared_ptr<const TenantRules> rules = tenants_.rules_of(tenant);
        std::optional<Result<ValidatedPush>> validated;
        if (is_small(batch)) {
            validated = validate_push(std::move(batch), *rules, cache_, clock_.wall_now());
        } else {
            auto work = [this, rules, moved = std::move(batch), now = clock_.wall_now()]() mutable {
                return validate_push(std::move(moved), *rules, cache_, now);
            };
            auto running = run_on(workers_, {Lane::kIngest, tenant.flow()}, std::move(work));
            validated = co_await std::move(running);
        }
        if (!*validated) co_return std::move(*validated).error();
        ValidatedPush accepted = **std::move(validated);
        rules->metrics.count(accepted.totals, format);
        if (!accepted.batch.entries.empty()) {
            SKALD_CO_CHECK(take_rate(*rules, accepted, format));
            Result<void> sent =
                co_await send(std::move(accepted.batch), std::move(accepted.tokens));
            if (!sent) co_return std::move(sent).error();
        }
        if (accepted.refused) co_return *std::move(accepted.refused);
        co_return Result<void>();
    }

private:
    Result<void> take_rate(const TenantRules& rules, const ValidatedPush& push, PushFormat format);
    Task<Result<void>> send(cluster::StreamBatch batch, std::vector<std::uint32_t> tokens);
    Task<Result<void>> send_to_one(std::string instance, cluster::StreamBatch batch);

    const cluster::Ring& ring_;
    const Clients clients_;
    Clock& clock_;
    WorkerPool& workers_;
    TenantTable tenants_;
    LabelCache cache_;
    AppendMetrics appends_;
};

Result<void> DistributorImpl::take_rate(const TenantRules& rules, const ValidatedPush& push,
                                        PushFormat format) {
    const double rate = rules.limits->ingestion_rate_mb * static_cast<double>(kMiB);
    if (rate <= 0) return {};
    const double burst = rules.limits->ingestion_burst_size_mb * static_cast<double>(kMiB);
    if (tenants_.take_rate(rules.tenant, push.bytes, {rate, burst}, clock_.now())) return {};
    const std::uint64_t lines = push.batch.entries.size();
    for (const PushTotals::OfPolicy& part : push.totals.policies) {
        Discards discards;
        discards.add(DiscardReason::kRateLimited, part.accepted.lines, part.accepted.bytes);
        rules.metrics.count_discards(discards, part.policy, format);
    }
    return Error{
        ErrorCode::kLimitExceeded,
        "ingestion rate limit exceeded for user " + rules.tenant.text() +
            " (limit: " + std::to_string(static_cast<std::int64_t>(rate)) +
            " bytes/sec) while attempting to ingest '" + std::to_string(lines) +
            "' lines totaling '" + std::to_string(push.bytes) +
            "' bytes, reduce log volume or contact your Loki administrator to see if the "
            "limit can be increased" +
            (static_cast<double>(push.bytes) > burst ? " (limits_config.ingestion_burst_size_mb)"
                                                     : " (limits_config.ingestion_rate_mb)")};
}

Task<Result<void>> DistributorImpl::send(cluster::StreamBatch batch,
                                         std::vector<std::uint32_t> tokens) {
    SKALD_CO_TRY(const cluster::Ring::Routes routes, ring_.route(tokens, clock_.wall_now()));
    if (routes.one_owner) {
        Result<void> sent = co_await send_to_one(routes.instances.front(), std::move(batch));
        co_return sent;
    }
    std::vector<Share> shares = split(batch, routes);
    SendShare send_share = [this](std::string instance, cluster::StreamBatch share) {
        return send_to_one(std::move(instance), std::move(share));
    };
    Result<void> sent = co_await send_all(std::move(shares), batch.streams.size(), routes.quorum,
                                          std::move(send_share));
    co_return sent;
}

Task<Result<void>> DistributorImpl::send_to_one(std::string instance, cluster::StreamBatch batch) {
    cluster::IngesterClient* const client = clients_(instance);
    if (client == nullptr) co_return Error{ErrorCode::kUnavailable, "unknown ingester " + instance};
    Result<void> sent = co_await client->push(std::move(batch));
    // Refused entries are the client's trouble, not the ingester's.
    const bool failed = !sent && sent.error().code != ErrorCode::kInvalidArgument &&
                        sent.error().code != ErrorCode::kLimitExceeded;
    appends_.count(instance, failed);
    co_return sent;
}

}  // namespace

std::unique_ptr<Distributor> Distributor::create(Options options, const LimitsSource& limits,
                                                 const cluster::Ring& ring, Clients clients,
                                                 Clock& clock, WorkerPool& workers,
                                                 MetricsRegistry& metrics) {
    return std::make_unique<DistributorImpl>(options, limits, ring, std::move(clients), clock,
                                             workers, metrics);
}

}  // namespace skald::write

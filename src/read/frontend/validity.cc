// SPDX-License-Identifier: Apache-2.0
#include "validity.h"

#include <skald/foundation/model/retention.h>

#include <algorithm>

namespace skald::read {
namespace {

std::string retention_text(const Limits& limits) {
    std::string text = limits.deletion_mode + " " + std::to_string(limits.retention_period) + "\n";
    for (const RetentionRule& rule : limits.retention_stream) {
        text += std::to_string(rule.priority) + " " + std::to_string(rule.period) + " " +
                rule.selector + "\n";
    }
    return text;
}

}  // namespace

Validity::Validity(storage::ChangeLog& changes, const QueryRequest& request,
                   const LimitsSource& limits, TimeNs now)
    : changes_(changes), tenants_(request.more_tenants) {
    tenants_.push_back(request.tenant);
    for (const TenantId& tenant : tenants_) {
        changes_.watch(tenant);
        const auto of_tenant = limits.of(tenant);
        newest_ = std::min(newest_, now - of_tenant->max_cache_freshness_per_query);
        const DurationNs shortest = shortest_retention(*of_tenant);
        if (shortest > 0) oldest_ = std::max(oldest_, kept_from(shortest, now));
        retention_ += retention_text(*of_tenant);
    }
    version_ = changes_.version();
}

bool Validity::unchanged(TimeNs min, TimeNs max, std::uint64_t since) const {
    return std::all_of(tenants_.begin(), tenants_.end(), [&](const TenantId& tenant) {
        return changes_.unchanged(tenant, min, max, since);
    });
}

}  // namespace skald::read

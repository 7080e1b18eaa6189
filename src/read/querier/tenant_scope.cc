// SPDX-License-Identifier: Apache-2.0
#include "tenant_scope.h"

#include <skald/read/querier/query_checks.h>

#include <algorithm>
#include <string>
#include <utility>

namespace skald::read {
namespace {

constexpr std::string_view kOriginalLabel = "original___tenant_id__";

/// The smaller of those that are set: 0 stands for no limit.
template <class T>
void tighten(T& limit, T other) {
    if (other > 0 && (limit <= 0 || other < limit)) limit = other;
}

/// What tenants have and clients may ask for.
template <class Other>
void tighten_common(Limits& limits, const Other& other) {
    tighten(limits.max_entries_limit_per_query, other.max_entries_limit_per_query);
    tighten(limits.max_query_length, other.max_query_length);
    tighten(limits.max_query_lookback, other.max_query_lookback);
    tighten(limits.max_query_range, other.max_query_range);
    tighten(limits.query_timeout, other.query_timeout);
    tighten(limits.max_query_bytes_read, other.max_query_bytes_read);
    limits.minimum_labels_number =
        std::max(limits.minimum_labels_number, other.minimum_labels_number);
    limits.required_labels.insert(limits.required_labels.end(), other.required_labels.begin(),
                                  other.required_labels.end());
}

void tighten_all(Limits& limits, const Limits& other) {
    tighten_common(limits, other);
    tighten(limits.max_query_series, other.max_query_series);
    tighten(limits.max_streams_matchers_per_query, other.max_streams_matchers_per_query);
    tighten(limits.max_query_parallelism, other.max_query_parallelism);
    tighten(limits.max_querier_bytes_read, other.max_querier_bytes_read);
    tighten(limits.volume_max_series, other.volume_max_series);
    limits.blocked_queries.insert(limits.blocked_queries.end(), other.blocked_queries.begin(),
                                  other.blocked_queries.end());
}

bool is_chosen(const std::vector<Matcher>& matchers, const TenantId& tenant) {
    return std::all_of(matchers.begin(), matchers.end(), [&](const Matcher& matcher) {
        return matcher.name() != kTenantLabel || matcher.matches(tenant.text());
    });
}

}  // namespace

Result<std::vector<storage::Selection>> split_by_tenant(const storage::Selection& selection,
                                                        const std::vector<TenantId>& more) {
    if (more.empty()) return std::vector<storage::Selection>{selection};
    storage::Selection stored = selection;
    stored.matchers.clear();
    for (const Matcher& matcher : selection.matchers) {
        if (matcher.name() == kTenantLabel) continue;
        if (matcher.name() != kOriginalLabel) {
            stored.matchers.push_back(matcher);
            continue;
        }
        SKALD_TRY(Matcher renamed,
                  Matcher::create(matcher.op(), std::string(kTenantLabel), matcher.value()));
        stored.matchers.push_back(std::move(renamed));
    }
    std::vector<storage::Selection> selections;
    const auto add = [&](const TenantId& tenant) {
        if (!is_chosen(selection.matchers, tenant)) return;
        selections.push_back(stored);
        selections.back().tenant = tenant;
    };
    add(selection.tenant);
    for (const TenantId& tenant : more) add(tenant);
    return selections;
}

StreamPtr TenantStreamNames::of(const StreamPtr& stream) {
    StreamPtr& known = known_[stream->id];
    if (known) return known;
    std::vector<Labels::Pair> pairs;
    pairs.emplace_back(kTenantLabel, tenant_);
    for (std::size_t i = 0; i < stream->labels.size(); ++i) {
        const LabelView label = stream->labels[i];
        pairs.emplace_back(label.name == kTenantLabel ? kOriginalLabel : label.name, label.value);
    }
    known = std::make_shared<const Stream>(Labels::from_pairs(std::move(pairs)));
    return known;
}

std::shared_ptr<const Limits> strictest_limits(const LimitsSource& limits, const TenantId& tenant,
                                               const std::vector<TenantId>& more,
                                               const AskedLimits* asked) {
    std::shared_ptr<const Limits> own = limits.of(tenant);
    if (more.empty() && asked == nullptr) return own;
    auto strictest = std::make_shared<Limits>(*own);
    for (const TenantId& other : more) tighten_all(*strictest, *limits.of(other));
    if (asked != nullptr) tighten_common(*strictest, *asked);
    return strictest;
}

}  // namespace skald::read

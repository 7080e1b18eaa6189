// SPDX-License-Identifier: Apache-2.0
#include "resolved_stream.h"

#include <skald/cluster/ring/ring.h>
#include <skald/foundation/model/split.h>
#include <skald/foundation/model/text.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace skald::write {

namespace {

using Pairs = std::vector<Labels::Pair>;

constexpr std::string_view kServiceName = "service_name";
constexpr std::string_view kUnknownService = "unknown_service";
constexpr std::string_view kAggregatedMetric = "__aggregated_metric__";
constexpr std::string_view kPattern = "__pattern__";

/// The value of the first pair of that name, or "". `pairs` is sorted by name.
std::string_view value_of(const Pairs& pairs, std::string_view name) {
    const auto found = std::lower_bound(
        pairs.begin(), pairs.end(), name,
        [](const Labels::Pair& pair, std::string_view wanted) { return pair.first < wanted; });
    return found != pairs.end() && found->first == name ? std::string_view(found->second)
                                                        : std::string_view();
}

bool is_internal(const Pairs& pairs) {
    return !value_of(pairs, kAggregatedMetric).empty() || !value_of(pairs, kPattern).empty();
}

void add_service_name(Pairs& pairs, const Limits& limits) {
    if (limits.discover_service_name.empty() || !value_of(pairs, kServiceName).empty()) return;
    std::string_view service = kUnknownService;
    for (const std::string& name : limits.discover_service_name) {
        const std::string_view value = value_of(pairs, name);
        if (value.empty()) continue;
        service = value;
        break;
    }
    Labels::Pair added(kServiceName, service);
    const auto place = std::upper_bound(
        pairs.begin(), pairs.end(), added,
        [](const Labels::Pair& a, const Labels::Pair& b) { return a.first < b.first; });
    pairs.insert(place, std::move(added));
}

/// Canonical text that, unlike `Labels`, can show a name twice.
std::string text_of(const Pairs& pairs) {
    std::string text = "{";
    for (const auto& [name, value] : pairs) {
        if (text.size() > 1) text += ", ";
        text += name;
        text += '=';
        append_go_quoted(text, value);
    }
    text += '}';
    return text;
}

ResolvedStream refuse(DiscardReason reason, std::string error) {
    ResolvedStream refused;
    refused.outcome = ResolvedStream::Outcome::kRefused;
    refused.reason = reason;
    refused.note = std::make_unique<const std::string>(std::move(error));
    return refused;
}

bool exceeds(std::size_t size, std::uint32_t limit) {
    return limit != 0 && size > limit;
}

/// Loki's label checks; `accepted` is filled if one fails.
bool fails_limits(const Pairs& pairs, const Limits& limits, ResolvedStream& result) {
    if (pairs.empty()) {
        result = refuse(DiscardReason::kMissingLabels,
                        "error at least one label pair is required per stream");
        return true;
    }
    const std::size_t names = pairs.size() - (value_of(pairs, kServiceName).empty() ? 0 : 1);
    if (exceeds(names, limits.max_label_names_per_series)) {
        result =
            refuse(DiscardReason::kTooManyLabelNames,
                   "entry for stream '" + text_of(pairs) + "' has " + std::to_string(names) +
                       " label names; limit " + std::to_string(limits.max_label_names_per_series) +
                       " (limits_config.max_label_names_per_series)");
        return true;
    }
    const auto refuse_label = [&](DiscardReason reason, const char* what, const std::string& text,
                                  const char* key) {
        result = refuse(reason,
                        "stream '" + text_of(pairs) + "' has " + what + ": '" + text + "'" + key);
        return true;
    };
    const std::string* last = nullptr;
    for (const auto& [name, value] : pairs) {
        if (exceeds(name.size(), limits.max_label_name_length))
            return refuse_label(DiscardReason::kLabelNameTooLong, "label name too long", name,
                                " (limits_config.max_label_name_length)");
        if (exceeds(value.size(), limits.max_label_value_length))
            return refuse_label(DiscardReason::kLabelValueTooLong, "label value too long", value,
                                " (limits_config.max_label_value_length)");
        if (last != nullptr && *last == name)
            return refuse_label(DiscardReason::kDuplicateLabelNames, "duplicate label name", name,
                                "");
        last = &name;
    }
    return false;
}

void add_new(std::vector<std::string_view>& list, std::string_view text) {
    if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
}

/// Enforced labels that a stream lacks, and the keys that ask for them.
struct LackingLabels {
    std::vector<std::string_view> names;
    std::vector<std::string_view> keys;

    void check(const std::vector<std::string>& enforced, const Labels& labels,
               std::string_view key) {
        for (const std::string& name : enforced) {
            if (!labels.value_or_empty(name).empty()) continue;
            add_new(names, name);
            add_new(keys, key);
        }
    }
};

/// Why the stream is refused, or nothing. The tenant's labels come first, then those of all
/// policies, then those of the stream's own.
std::string lacking_labels(const Labels& labels, const std::string& policy,
                           const TenantRules& rules) {
    LackingLabels lacking;
    lacking.check(rules.limits->enforced_labels, labels, "limits_config.enforced_labels");
    const auto& of_policies = rules.limits->policies.enforced_labels;
    for (const std::string& of : {std::string("*"), policy}) {
        const auto found = of_policies.find(of);
        if (found != of_policies.end())
            lacking.check(found->second, labels, "limits_config.policy_enforced_labels");
    }
    if (lacking.names.empty()) return {};
    return "missing required labels '" + joined(lacking.names, ",") + "' for user '" +
           rules.tenant.text() + "' for stream '" + labels.to_string() + "' (policy: '" + policy +
           "') (" + joined(lacking.keys, ", ") + ")";
}

}  // namespace

ResolvedStream resolve_stream(std::string_view label_text, const TenantRules& rules,
                              const std::string& named_policy) {
    Pairs pairs;
    // An agent without labels may send no text at all; service_name still makes it a stream.
    if (!label_text.empty()) {
        Result<Pairs> parsed = parse_label_pairs(label_text);
        if (!parsed) {
            ResolvedStream unparsable;
            unparsable.outcome = ResolvedStream::Outcome::kUnparsable;
            unparsable.note = std::make_unique<const std::string>("couldn't parse labels: " +
                                                                  parsed.error().message);
            return unparsable;
        }
        pairs = *std::move(parsed);
    }
    const bool internal = is_internal(pairs);
    if (!internal) add_service_name(pairs, *rules.limits);

    ResolvedStream result;
    const bool fails = fails_limits(pairs, *rules.limits, result);
    Labels labels = Labels::from_pairs(std::move(pairs));
    const std::string& policy =
        named_policy.empty() ? rules.limits->policies.policy_of(labels) : named_policy;
    std::string lacking = fails ? std::string() : lacking_labels(labels, policy, rules);
    if (!lacking.empty())
        result = refuse(DiscardReason::kMissingEnforcedLabels, std::move(lacking));
    if (!policy.empty()) result.policy = std::make_shared<const std::string>(policy);
    if (result.outcome != ResolvedStream::Outcome::kAccepted) return result;
    result.stream = std::make_shared<const Stream>(std::move(labels));
    result.token = cluster::ring_token(rules.tenant, result.stream->labels.to_string());
    result.level = rules.levels.from_labels(result.stream->labels);
    result.internal = internal;
    return result;
}

}  // namespace skald::write

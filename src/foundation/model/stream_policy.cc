// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/model/stream_policy.h>

#include <tuple>

namespace skald {

const std::string& PolicyConfig::policy_of(const Labels& labels) const {
    static const std::string none;
    const PolicyRule* best = nullptr;
    for (const PolicyRule& rule : rules) {
        const bool is_better = best == nullptr || std::tie(best->priority, rule.policy) <
                                                      std::tie(rule.priority, best->policy);
        if (is_better && matches_all(rule.matchers, labels)) best = &rule;
    }
    return best == nullptr ? none : best->policy;
}

std::set<std::string> PolicyConfig::names() const {
    std::set<std::string> names;
    for (const PolicyRule& rule : rules) names.insert(rule.policy);
    for (const auto& [policy, labels] : enforced_labels) names.insert(policy);
    for (const auto& [policy, until] : blocked_until) names.insert(policy);
    names.erase("*");
    return names;
}

TimeNs PolicyConfig::blocked_until_of(const std::string& policy) const {
    auto found = blocked_until.find(policy);
    if (found == blocked_until.end()) found = blocked_until.find("*");
    return found == blocked_until.end() ? 0 : found->second;
}

}  // namespace skald

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/matcher.h>
#include <skald/foundation/model/time.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace skald {

/// Puts streams under a policy.
struct PolicyRule {
    std::string policy;
    std::string selector;  ///< As it was written.
    std::vector<Matcher> matchers;
    std::int64_t priority = 0;
};

/// Which streams are under which policy, and what policies ask. The policy "*" stands for all
/// streams where labels are enforced, and for those without a policy of their own where writes are
/// blocked.
struct PolicyConfig {
    std::vector<PolicyRule> rules;                                    ///< `policy_stream_mapping`
    std::map<std::string, std::vector<std::string>> enforced_labels;  ///< `policy_enforced_labels`
    std::map<std::string, TimeNs> blocked_until;  ///< `block_ingestion_policy_until`

    /// The policy of the matching rule with the highest priority, of equal ones the first by name;
    /// empty if none matches.
    const std::string& policy_of(const Labels& labels) const;
    /// Of all policies that are spoken of, each once; "*" is none.
    std::set<std::string> names() const;
    /// When writing to streams of the policy is allowed again; 0: it is not forbidden.
    TimeNs blocked_until_of(const std::string& policy) const;
};

}  // namespace skald

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/blocked_query.h>
#include <skald/foundation/model/stream_policy.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace skald {

// Limits that are lists and maps, from YAML and as YAML in one line. Errors of parsing:
// kInvalidArgument, what is wrong with the first bad one.

/// `{policy: [{selector: '{…}', priority: 1}]}`
Result<std::vector<PolicyRule>> parse_policy_rules(const std::string& yaml);
std::string policy_rules_text(const std::vector<PolicyRule>& rules);

/// `{policy: [label, …]}`
using PolicyLabels = std::map<std::string, std::vector<std::string>>;
Result<PolicyLabels> parse_policy_labels(const std::string& yaml);
std::string policy_labels_text(const PolicyLabels& labels);

/// `{name: [field, …]}`, where the names can be those of labels.
Result<PolicyLabels> parse_generic_fields(const std::string& yaml);

/// `{policy: time}`
using PolicyTimes = std::map<std::string, TimeNs>;
Result<PolicyTimes> parse_policy_times(const std::string& yaml);
std::string policy_times_text(const PolicyTimes& times);

/// `[{pattern: '…', regex: true, hash: 1, types: [metric], tags: {name: value}}]`
Result<std::vector<BlockedQuery>> parse_blocked_queries(const std::string& yaml);
std::string blocked_queries_text(const std::vector<BlockedQuery>& queries);

/// A moment: RFC 3339, a day or a minute of it (2026-01-31, 2026-01-31T12:00, UTC); "0" is 0.
Result<TimeNs> parse_config_time(std::string_view text);
std::string config_time_text(TimeNs time);

}  // namespace skald

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/time.h>
#include <skald/read/logql/ast.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace skald::read {

/// A recording rule (`record` is set) or an alerting one (`alert` is).
struct Rule {
    std::string record;
    std::string alert;
    std::string expr;
    DurationNs hold = 0;         ///< `for`
    DurationNs keep_firing = 0;  ///< `keep_firing_for`
    std::map<std::string, std::string> labels;
    std::map<std::string, std::string> annotations;
    ExprPtr parsed;  ///< Of `expr`; set by the parsers.

    const std::string& name() const { return alert.empty() ? record : alert; }
    bool is_alert() const { return !alert.empty(); }
};

/// Rules that are evaluated together, in their order. Durations of 0 are not set.
struct RuleGroup {
    std::string name;
    DurationNs interval = 0;  ///< 0: `ruler.evaluation_interval`.
    std::uint64_t limit = 0;  ///< Alerts or series of a rule; 0: no limit.
    std::vector<Rule> rules;
};

/// Asked before so many more bytes are used; its errors end the work.
using MemoryCharge = std::function<Result<void>(std::uint64_t bytes)>;

/// Texts of more bytes are not read.
inline constexpr std::size_t kRuleFileBytesMax = std::size_t{8} << 20;

/// Reads one group, as the API takes it. Errors: kInvalidArgument, `unable to decoded rule group`,
/// or what is wrong with the group, in Loki's words with ", " between; kTooLarge; those of
/// `charge`, which is asked for all that reading takes. Threading: pure.
Result<RuleGroup> parse_rule_group(std::string_view yaml, const MemoryCharge& charge);
/// Reads a file of groups, `groups: [...]`. Errors: kInvalidArgument, kTooLarge. Threading: pure.
Result<std::vector<RuleGroup>> parse_rule_file(std::string_view yaml);

/// As YAML, with the keys that Grafana knows.
std::string rule_group_yaml(const RuleGroup& group);
/// `groups: [...]`, as parse_rule_file reads it.
std::string rule_file_yaml(const std::vector<RuleGroup>& groups);
/// A map of namespaces to their groups.
std::string rule_namespaces_yaml(const std::map<std::string, std::vector<RuleGroup>>& namespaces);

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/relabel.h>

#include <optional>
#include <string>

namespace YAML {
class Node;
}

namespace skald {

// Prometheus' relabel rules from YAML and as YAML in one line. Errors: kInvalidArgument, the first
// bad rule and its setting.

/// `[{source_labels: [a, b], separator: ;, regex: '(.*)', action: replace, …}]`. What yaml-cpp
/// throws is the caller's.
Result<RelabelRules> read_relabel_rules(const YAML::Node& list);
Result<RelabelRules> parse_relabel_rules(const std::string& yaml);
/// For a list that may be missing, which is not an empty one.
Result<std::optional<RelabelRules>> parse_optional_relabel_rules(const std::string& yaml);

/// The settings that are not the usual ones.
std::string relabel_rules_text(const RelabelRules& rules);
/// "null" if there is none.
std::string optional_relabel_rules_text(const std::optional<RelabelRules>& rules);

}  // namespace skald

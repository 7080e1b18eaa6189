// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/retention.h>

#include <string>
#include <string_view>
#include <vector>

namespace skald {

/// The matchers of a stream selector, `{name="value", other=~"regex"}`. Errors: kInvalidArgument.
Result<std::vector<Matcher>> parse_selector(std::string_view text);

/// The rules of `retention_stream` from YAML: a list of `{selector: …, priority: …, period: …}`.
/// Errors: kInvalidArgument, what is wrong with the first bad one.
Result<std::vector<RetentionRule>> parse_retention_rules(const std::string& yaml);

/// The rules as YAML in one line.
std::string retention_rules_text(const std::vector<RetentionRule>& rules);

}  // namespace skald

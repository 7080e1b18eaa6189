// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/otlp_config.h>

#include <string>
#include <vector>

namespace skald {

/// The rules of an `otlp_config` from YAML: a list of `{action: …, attributes: […]}` and `{action:
/// …, regex: …}`. Errors: kInvalidArgument, what is wrong with the first bad one.
Result<std::vector<OtlpRule>> parse_otlp_rules(const std::string& yaml, bool may_index);

/// The rules as YAML in one line.
std::string otlp_rules_text(const std::vector<OtlpRule>& rules);

}  // namespace skald

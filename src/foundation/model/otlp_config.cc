// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/model/otlp_config.h>

#include <algorithm>

namespace skald {

namespace {

bool contains(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

OtlpAction first_match(const std::vector<OtlpRule>& rules, std::string_view attribute) {
    for (const OtlpRule& rule : rules)
        if (rule.matches(attribute)) return rule.action;
    return OtlpAction::kStructuredMetadata;
}

}  // namespace

std::string_view to_string(OtlpAction action) noexcept {
    switch (action) {
        case OtlpAction::kIndexLabel: return "index_label";
        case OtlpAction::kStructuredMetadata: return "structured_metadata";
        case OtlpAction::kDrop: return "drop";
    }
    return "";
}

bool OtlpRule::matches(std::string_view attribute) const {
    return contains(attributes, attribute) || (regex && regex->matches(attribute));
}

OtlpAction OtlpConfig::resource_action(std::string_view attribute) const {
    if (!ignore_defaults && contains(default_index_attributes, attribute))
        return OtlpAction::kIndexLabel;
    return first_match(resource_rules, attribute);
}

OtlpAction OtlpConfig::scope_action(std::string_view attribute) const {
    return first_match(scope_rules, attribute);
}

OtlpAction OtlpConfig::log_action(std::string_view attribute) const {
    return first_match(log_rules, attribute);
}

}  // namespace skald

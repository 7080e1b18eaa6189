// SPDX-License-Identifier: Apache-2.0
#include "otlp_rules.h"

#include <skald/foundation/model/text.h>

#include <yaml-cpp/yaml.h>

#include <utility>

namespace skald {

namespace {

Error wrong(std::string message) {
    return {ErrorCode::kInvalidArgument, std::move(message)};
}

Result<OtlpAction> parse_action(const std::string& text, bool may_index) {
    for (const OtlpAction action :
         {OtlpAction::kIndexLabel, OtlpAction::kStructuredMetadata, OtlpAction::kDrop}) {
        if (to_string(action) != text) continue;
        if (action == OtlpAction::kIndexLabel && !may_index)
            return wrong("index_label action is only supported for resource_attributes");
        return action;
    }
    return wrong("action must be one of index_label | structured_metadata | drop, got " +
                 go_quote(text));
}

Result<std::vector<std::string>> parse_names(const YAML::Node& node) {
    std::vector<std::string> names;
    if (node.IsScalar()) names.push_back(node.Scalar());
    if (node.IsSequence()) {
        for (const auto& item : node) {
            if (!item.IsScalar()) return wrong("attributes must be a list of names");
            names.push_back(item.Scalar());
        }
    }
    if (names.empty()) return wrong("attributes must be a list of names");
    return names;
}

Result<OtlpRule> parse_map(const YAML::Node& map, bool may_index) {
    if (!map.IsMap()) return wrong("each rule must be a map with an action");
    OtlpRule rule;
    bool has_action = false;
    for (const auto& item : map) {
        const std::string name = item.first.IsScalar() ? item.first.Scalar() : "";
        const YAML::Node& value = item.second;
        if (name == "action" && value.IsScalar()) {
            SKALD_TRY(rule.action, parse_action(value.Scalar(), may_index));
            has_action = true;
        } else if (name == "attributes" && !value.IsNull()) {
            SKALD_TRY(rule.attributes, parse_names(value));
        } else if (name == "regex" && value.IsScalar()) {
            SKALD_TRY(rule.regex, Matcher::create(MatchOp::kRegex, "attribute", value.Scalar()));
        } else if (!value.IsNull()) {
            return wrong("a rule has the keys action, attributes and regex, not " + go_quote(name));
        }
    }
    if (!has_action) return wrong("each rule needs an action");
    if (rule.attributes.empty() != rule.regex.has_value())
        return wrong("each rule needs either attributes or a regex");
    return rule;
}

}  // namespace

Result<std::vector<OtlpRule>> parse_otlp_rules(const std::string& yaml, bool may_index) {
    try {
        const YAML::Node list = YAML::Load(yaml);
        if (!list.IsSequence()) return wrong("must be a list of rules, got " + go_quote(yaml));
        std::vector<OtlpRule> rules;
        for (const auto& item : list) {
            SKALD_TRY(OtlpRule rule, parse_map(item, may_index));
            rules.push_back(std::move(rule));
        }
        return rules;
    } catch (const YAML::Exception& exception) {
        return wrong("not YAML: " + exception.msg);
    }
}

std::string otlp_rules_text(const std::vector<OtlpRule>& rules) {
    std::string text = "[";
    for (const OtlpRule& rule : rules) {
        if (text.size() > 1) text += ", ";
        text += "{action: " + std::string(to_string(rule.action));
        if (rule.regex) {
            text += ", regex: " + go_quote(rule.regex->value()) + "}";
            continue;
        }
        text += ", attributes: [";
        for (std::size_t i = 0; i < rule.attributes.size(); ++i)
            text += (i > 0 ? ", " : "") + go_quote(rule.attributes[i]);
        text += "]}";
    }
    return text + "]";
}

}  // namespace skald

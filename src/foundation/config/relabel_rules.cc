// SPDX-License-Identifier: Apache-2.0
#include "relabel_rules.h"

#include <skald/foundation/model/text.h>

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <utility>
#include <vector>

namespace skald {

namespace {

Error wrong(std::string text) {
    return {ErrorCode::kInvalidArgument, std::move(text)};
}

Result<std::vector<std::string>> names_of(const YAML::Node& list) {
    if (!list.IsSequence()) return wrong("source_labels: must be a list of names");
    std::vector<std::string> names;
    for (const auto& item : list) {
        if (!item.IsScalar() || !is_valid_label_name(item.Scalar()))
            return wrong("source_labels: each must be the name of a label");
        names.push_back(item.Scalar());
    }
    return names;
}

Result<std::uint64_t> modulus_of(const std::string& text) {
    std::uint64_t modulus = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), modulus);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size())
        return wrong("modulus: must be a whole number, got " + go_quote(text));
    return modulus;
}

Result<void> read_setting(const std::string& key, const YAML::Node& value, RelabelRule& rule) {
    if (key == "source_labels") {
        SKALD_TRY(rule.source_labels, names_of(value));
        return {};
    }
    if (!value.IsScalar()) return wrong(key + ": must be text");
    const std::string& text = value.Scalar();
    if (key == "action") {
        SKALD_TRY(rule.action, parse_relabel_action(text));
    } else if (key == "modulus") {
        SKALD_TRY(rule.modulus, modulus_of(text));
    } else if (key == "separator") {
        rule.separator = text;
    } else if (key == "regex") {
        rule.regex = text;
    } else if (key == "target_label") {
        rule.target_label = text;
    } else if (key == "replacement") {
        rule.replacement = text;
    }
    return {};
}

bool is_setting(const std::string& key) {
    return key == "source_labels" || key == "separator" || key == "regex" || key == "modulus" ||
           key == "target_label" || key == "replacement" || key == "action";
}

Result<RelabelRule> rule_of(const YAML::Node& map) {
    if (!map.IsMap()) return wrong("must be a map of settings");
    RelabelRule rule;
    for (const auto& item : map) {
        const std::string key = item.first.IsScalar() ? item.first.Scalar() : std::string();
        if (!is_setting(key))
            return wrong(
                "a relabel rule has the keys source_labels, separator, regex, modulus, "
                "target_label, replacement and action, not " +
                go_quote(key));
        if (item.second.IsNull()) continue;
        SKALD_CHECK(read_setting(key, item.second, rule));
    }
    return rule;
}

std::string rule_text(const RelabelRule& rule) {
    static const RelabelRule kUsual;
    std::string text = "{action: " + std::string(to_string(rule.action));
    if (!rule.source_labels.empty()) {
        text += ", source_labels: [";
        for (std::size_t i = 0; i < rule.source_labels.size(); ++i)
            text += (i > 0 ? ", " : "") + go_quote(rule.source_labels[i]);
        text += "]";
    }
    const auto add = [&](const char* key, const std::string& value, const std::string& usual) {
        if (value != usual) text += ", " + std::string(key) + ": " + go_quote(value);
    };
    add("separator", rule.separator, kUsual.separator);
    add("regex", rule.regex, kUsual.regex);
    if (rule.modulus != 0) text += ", modulus: " + std::to_string(rule.modulus);
    add("target_label", rule.target_label, kUsual.target_label);
    add("replacement", rule.replacement, kUsual.replacement);
    return text + "}";
}

}  // namespace

Result<RelabelRules> read_relabel_rules(const YAML::Node& list) {
    if (list.IsNull()) return RelabelRules();
    if (!list.IsSequence()) return wrong("must be a list of relabel rules");
    std::vector<RelabelRule> rules;
    // Not longer than what is refused anyway.
    for (const auto& item : list) {
        if (rules.size() > RelabelRules::kRulesMax) break;
        Result<RelabelRule> rule = rule_of(item);
        if (!rule)
            return wrong("rule " + std::to_string(rules.size() + 1) + ": " + rule.error().message);
        rules.push_back(*std::move(rule));
    }
    return RelabelRules::create(std::move(rules));
}

Result<RelabelRules> parse_relabel_rules(const std::string& yaml) {
    try {
        return read_relabel_rules(YAML::Load(yaml));
    } catch (const YAML::Exception& exception) {
        return wrong("not YAML: " + exception.msg);
    }
}

Result<std::optional<RelabelRules>> parse_optional_relabel_rules(const std::string& yaml) {
    SKALD_TRY(RelabelRules rules, parse_relabel_rules(yaml));
    return std::optional(std::move(rules));
}

std::string relabel_rules_text(const RelabelRules& rules) {
    std::string text = "[";
    for (const RelabelRule& rule : rules.rules())
        text += (text.size() > 1 ? ", " : "") + rule_text(rule);
    return text + "]";
}

std::string optional_relabel_rules_text(const std::optional<RelabelRules>& rules) {
    return rules ? relabel_rules_text(*rules) : "null";
}

}  // namespace skald

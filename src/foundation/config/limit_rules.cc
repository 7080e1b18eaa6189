// SPDX-License-Identifier: Apache-2.0
#include "limit_rules.h"

#include <skald/foundation/model/entry.h>
#include <skald/foundation/model/text.h>

#include <yaml-cpp/yaml.h>

#include <limits>
#include <utility>

namespace skald {

namespace {

Error wrong(std::string message) {
    return {ErrorCode::kInvalidArgument, std::move(message)};
}

/// `read` with the parsed YAML; what yaml-cpp throws stays here.
template <class T, class Read>
Result<T> read_yaml(const std::string& yaml, Read read) {
    try {
        return read(YAML::Load(yaml));
    } catch (const YAML::Exception& exception) {
        return wrong("not YAML: " + exception.msg);
    }
}

Result<std::string> text_of(const YAML::Node& node, const std::string& what) {
    if (!node.IsScalar()) return wrong(what + " must be text");
    return node.Scalar();
}

Result<std::vector<std::string>> texts_of(const YAML::Node& node, const std::string& what) {
    std::vector<std::string> texts;
    if (node.IsScalar()) return std::vector<std::string>{node.Scalar()};
    if (!node.IsSequence()) return wrong(what + " must be a list of names");
    for (const auto& item : node) {
        SKALD_TRY(std::string text, text_of(item, "each of " + what));
        texts.push_back(std::move(text));
    }
    return texts;
}

/// Calls `take(name, value)` for each item of a map.
template <class Take>
Result<void> each_of_map(const YAML::Node& map, const std::string& what, Take take) {
    if (map.IsNull()) return {};
    if (!map.IsMap()) return wrong(what + " must be a map");
    for (const auto& item : map) {
        SKALD_TRY(const std::string name, text_of(item.first, "each name of " + what));
        if (item.second.IsNull()) continue;
        SKALD_CHECK(take(name, item.second));
    }
    return {};
}

Result<PolicyRule> policy_rule_of(const std::string& policy, const YAML::Node& node) {
    PolicyRule rule;
    rule.policy = policy;
    const auto take = [&](const std::string& name, const YAML::Node& value) -> Result<void> {
        SKALD_TRY(const std::string text, text_of(value, name));
        if (name == "selector") {
            rule.selector = text;
        } else if (name == "priority") {
            SKALD_TRY(rule.priority, parse_int(text));
        } else {
            return wrong("a rule has the keys selector and priority, not " + go_quote(name));
        }
        return {};
    };
    SKALD_CHECK(each_of_map(node, "each rule of policy " + policy, take));
    SKALD_TRY(rule.matchers, parse_matchers(rule.selector));
    return rule;
}

Result<BlockedQuery::Rule> blocked_rule_of(const YAML::Node& node) {
    BlockedQuery::Rule rule;
    const auto take_tag = [&](const std::string& name, const YAML::Node& value) -> Result<void> {
        SKALD_TRY(std::string text, text_of(value, "tags." + name));
        rule.tags.emplace_back(name, std::move(text));
        return {};
    };
    const auto take = [&](const std::string& name, const YAML::Node& value) -> Result<void> {
        if (name == "types") {
            SKALD_TRY(rule.types, texts_of(value, "types"));
            return {};
        }
        if (name == "tags") return each_of_map(value, "tags", take_tag);
        SKALD_TRY(const std::string text, text_of(value, name));
        if (name == "pattern") {
            rule.pattern = text;
        } else if (name == "regex") {
            rule.regex = text == "true";
            if (text != "true" && text != "false") return wrong("regex must be true or false");
        } else if (name == "hash") {
            SKALD_TRY(const std::int64_t hash, parse_int(text));
            if (hash < 0 || hash > std::numeric_limits<std::uint32_t>::max())
                return wrong("hash must be a number of 32 bits");
            rule.hash = static_cast<std::uint32_t>(hash);
        } else {
            return wrong("a blocked query has the keys pattern, regex, hash, types and tags, not " +
                         go_quote(name));
        }
        return {};
    };
    SKALD_CHECK(each_of_map(node, "each blocked query", take));
    return rule;
}

std::string list_text(const std::vector<std::string>& items) {
    std::string text = "[";
    for (const std::string& item : items) text += (text.size() > 1 ? ", " : "") + go_quote(item);
    return text + "]";
}

std::string blocked_text(const BlockedQuery::Rule& rule) {
    std::string text = "{";
    const auto add = [&text](const std::string& item) {
        text += (text.size() > 1 ? ", " : "") + item;
    };
    if (!rule.pattern.empty()) add("pattern: " + go_quote(rule.pattern));
    if (rule.regex) add("regex: true");
    if (rule.hash != 0) add("hash: " + std::to_string(rule.hash));
    if (!rule.types.empty()) add("types: " + list_text(rule.types));
    if (rule.tags.empty()) return text + "}";
    std::string tags;
    for (const auto& [name, value] : rule.tags)
        tags += (tags.empty() ? "" : ", ") + go_quote(name) + ": " + go_quote(value);
    add("tags: {" + tags + "}");
    return text + "}";
}

/// `{name: [text, …]}`; `what`: the names, for errors.
Result<PolicyLabels> lists_by_name(const std::string& yaml, const std::string& what) {
    return read_yaml<PolicyLabels>(yaml, [&](const YAML::Node& root) -> Result<PolicyLabels> {
        PolicyLabels lists;
        const auto take = [&](const std::string& name, const YAML::Node& list) -> Result<void> {
            SKALD_TRY(lists[name], texts_of(list, what + " " + name));
            return {};
        };
        SKALD_CHECK(each_of_map(root, "it", take));
        return lists;
    });
}

}  // namespace

Result<std::vector<PolicyRule>> parse_policy_rules(const std::string& yaml) {
    using Rules = std::vector<PolicyRule>;
    return read_yaml<Rules>(yaml, [](const YAML::Node& root) -> Result<Rules> {
        Rules rules;
        const auto take = [&](const std::string& policy, const YAML::Node& list) -> Result<void> {
            if (!list.IsSequence()) return wrong("policy " + policy + " must have a list of rules");
            for (const auto& item : list) {
                SKALD_TRY(PolicyRule rule, policy_rule_of(policy, item));
                rules.push_back(std::move(rule));
            }
            return {};
        };
        SKALD_CHECK(each_of_map(root, "it", take));
        return rules;
    });
}

std::string policy_rules_text(const std::vector<PolicyRule>& rules) {
    std::map<std::string, std::string> lists;
    for (const PolicyRule& rule : rules) {
        std::string& list = lists[rule.policy];
        list += std::string(list.empty() ? "" : ", ") + "{selector: " + go_quote(rule.selector) +
                ", priority: " + std::to_string(rule.priority) + "}";
    }
    std::string text = "{";
    for (const auto& [policy, list] : lists)
        text += (text.size() > 1 ? ", " : "") + go_quote(policy) + ": [" + list + "]";
    return text + "}";
}

Result<PolicyLabels> parse_policy_labels(const std::string& yaml) {
    return lists_by_name(yaml, "policy");
}

Result<PolicyLabels> parse_generic_fields(const std::string& yaml) {
    SKALD_TRY(PolicyLabels fields, lists_by_name(yaml, "field"));
    for (const auto& [name, found_in] : fields) {
        if (!is_valid_label_name(name) || name == kDetectedLevel)
            return wrong(go_quote(name) + " can't be the name of a field");
    }
    return fields;
}

std::string policy_labels_text(const PolicyLabels& labels) {
    std::string text = "{";
    for (const auto& [policy, names] : labels)
        text += (text.size() > 1 ? ", " : "") + go_quote(policy) + ": " + list_text(names);
    return text + "}";
}

Result<PolicyTimes> parse_policy_times(const std::string& yaml) {
    return read_yaml<PolicyTimes>(yaml, [](const YAML::Node& root) -> Result<PolicyTimes> {
        PolicyTimes times;
        const auto take = [&](const std::string& policy, const YAML::Node& value) -> Result<void> {
            SKALD_TRY(const std::string text, text_of(value, "policy " + policy));
            SKALD_TRY(times[policy], parse_config_time(text));
            return {};
        };
        SKALD_CHECK(each_of_map(root, "it", take));
        return times;
    });
}

std::string policy_times_text(const PolicyTimes& times) {
    std::string text = "{";
    for (const auto& [policy, time] : times)
        text += (text.size() > 1 ? ", " : "") + go_quote(policy) + ": " + config_time_text(time);
    return text + "}";
}

Result<std::vector<BlockedQuery>> parse_blocked_queries(const std::string& yaml) {
    using Queries = std::vector<BlockedQuery>;
    return read_yaml<Queries>(yaml, [](const YAML::Node& root) -> Result<Queries> {
        Queries queries;
        if (!root.IsSequence()) return wrong("must be a list of blocked queries");
        for (const auto& item : root) {
            SKALD_TRY(BlockedQuery::Rule rule, blocked_rule_of(item));
            SKALD_TRY(BlockedQuery query, BlockedQuery::create(std::move(rule)));
            queries.push_back(std::move(query));
        }
        return queries;
    });
}

std::string blocked_queries_text(const std::vector<BlockedQuery>& queries) {
    std::string text = "[";
    for (const BlockedQuery& query : queries)
        text += (text.size() > 1 ? ", " : "") + blocked_text(query.rule());
    return text + "]";
}

Result<TimeNs> parse_config_time(std::string_view text) {
    if (text == "0" || text.empty()) return TimeNs{0};
    for (const std::string_view rest : {"", "Z", ":00Z", "T00:00:00Z"}) {
        const Result<TimeNs> time = parse_rfc3339(std::string(text) + std::string(rest));
        if (time) return *time;
    }
    return wrong("must be a time such as 2026-01-31T12:00:00Z, got " + go_quote(text));
}

std::string config_time_text(TimeNs time) {
    return time == 0 ? "0" : go_quote(format_rfc3339_nano(time));
}

}  // namespace skald

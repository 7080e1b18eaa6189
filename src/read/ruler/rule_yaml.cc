// SPDX-License-Identifier: Apache-2.0
//
// Rules in Prometheus' format
// (https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/).
#include "rule_check.h"

#include <skald/foundation/model/text.h>
#include <skald/read/logql/parser.h>
#include <skald/read/ruler/rule_group.h>

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

namespace skald::read {

namespace {

constexpr std::size_t kYamlBytesMax = 8 << 20;

/// Something in a rule file that does not belong there.
Error undecodable(const std::string& what) {
    return {ErrorCode::kInvalidArgument, what};
}

Result<void> check_keys(const YAML::Node& node, std::span<const std::string_view> known) {
    if (!node.IsMap()) return undecodable("a group and a rule are maps");
    for (const auto& item : node) {
        if (!item.first.IsScalar() ||
            std::find(known.begin(), known.end(), item.first.Scalar()) == known.end())
            return undecodable("line " + std::to_string(item.first.Mark().line + 1) +
                               ": unknown key " +
                               (item.first.IsScalar() ? go_quote(item.first.Scalar()) : ""));
    }
    return {};
}

Result<std::string> read_text(const YAML::Node& node, const char* key) {
    const YAML::Node value = node[key];
    if (!value || value.IsNull()) return std::string();
    if (!value.IsScalar()) return undecodable(std::string(key) + " must be text");
    return value.Scalar();
}

Result<DurationNs> read_duration(const YAML::Node& node, const char* key) {
    SKALD_TRY(const std::string text, read_text(node, key));
    if (text.empty() || text == "0") return DurationNs{0};
    SKALD_TRY(const DurationNs value, parse_prometheus_duration(text));
    if (value < 0) return undecodable(std::string(key) + " must not be negative");
    return value;
}

Result<std::map<std::string, std::string>> read_map(const YAML::Node& node, const char* key) {
    std::map<std::string, std::string> map;
    const YAML::Node value = node[key];
    if (!value || value.IsNull()) return map;
    if (!value.IsMap()) return undecodable(std::string(key) + " must be a map");
    for (const auto& item : value) {
        if (!item.first.IsScalar() || !(item.second.IsScalar() || item.second.IsNull()))
            return undecodable(std::string(key) + " must be a map of texts");
        map[item.first.Scalar()] = item.second.IsNull() ? "" : item.second.Scalar();
    }
    return map;
}

Result<Rule> read_rule(const YAML::Node& node) {
    static constexpr std::array<std::string_view, 7> kKeys = {
        "record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"};
    SKALD_CHECK(check_keys(node, kKeys));
    Rule rule;
    SKALD_TRY(rule.record, read_text(node, "record"));
    SKALD_TRY(rule.alert, read_text(node, "alert"));
    SKALD_TRY(rule.expr, read_text(node, "expr"));
    SKALD_TRY(rule.hold, read_duration(node, "for"));
    SKALD_TRY(rule.keep_firing, read_duration(node, "keep_firing_for"));
    SKALD_TRY(rule.labels, read_map(node, "labels"));
    SKALD_TRY(rule.annotations, read_map(node, "annotations"));
    return rule;
}

Result<RuleGroup> read_group(const YAML::Node& node) {
    // Those that mean nothing to Loki are read and forgotten, as it does.
    static constexpr std::array<std::string_view, 9> kKeys = {
        "name",   "interval",       "limit",
        "rules",  "query_offset",   "evaluation_delay",
        "labels", "source_tenants", "align_evaluation_time_on_interval"};
    SKALD_CHECK(check_keys(node, kKeys));
    RuleGroup group;
    SKALD_TRY(group.name, read_text(node, "name"));
    SKALD_TRY(group.interval, read_duration(node, "interval"));
    SKALD_TRY(const std::string limit, read_text(node, "limit"));
    if (!limit.empty()) {
        SKALD_TRY(const std::int64_t value, parse_int(limit));
        if (value < 0) return undecodable("limit must not be negative");
        group.limit = static_cast<std::uint64_t>(value);
    }
    const YAML::Node rules = node["rules"];
    if (rules && !rules.IsNull() && !rules.IsSequence()) return undecodable("rules must be a list");
    if (rules) {
        for (const auto& item : rules) {
            SKALD_TRY(Rule rule, read_rule(item));
            group.rules.push_back(std::move(rule));
        }
    }
    return group;
}

/// Runs `read` on the parsed text; yaml-cpp throws.
template <class T, class Read>
Result<T> with_yaml(std::string_view yaml, Read read) {
    if (yaml.size() > kYamlBytesMax) return undecodable("too many rules in one text");
    try {
        return read(YAML::Load(std::string(yaml)));
    } catch (const YAML::Exception& exception) {
        return undecodable(exception.what());
    }
}

void emit_map(YAML::Emitter& out, const char* key, const std::map<std::string, std::string>& map) {
    if (map.empty()) return;
    out << YAML::Key << key << YAML::Value << YAML::BeginMap;
    for (const auto& [name, value] : map) out << YAML::Key << name << YAML::Value << value;
    out << YAML::EndMap;
}

void emit_text(YAML::Emitter& out, const char* key, const std::string& text) {
    if (!text.empty()) out << YAML::Key << key << YAML::Value << text;
}

void emit_duration(YAML::Emitter& out, const char* key, DurationNs time) {
    if (time != 0) out << YAML::Key << key << YAML::Value << format_prometheus_duration(time);
}

void emit_group(YAML::Emitter& out, const RuleGroup& group) {
    out << YAML::BeginMap << YAML::Key << "name" << YAML::Value << group.name;
    emit_duration(out, "interval", group.interval);
    if (group.limit != 0) out << YAML::Key << "limit" << YAML::Value << group.limit;
    out << YAML::Key << "rules" << YAML::Value << YAML::BeginSeq;
    for (const Rule& rule : group.rules) {
        out << YAML::BeginMap;
        emit_text(out, "record", rule.record);
        emit_text(out, "alert", rule.alert);
        emit_text(out, "expr", rule.expr);
        emit_duration(out, "for", rule.hold);
        emit_duration(out, "keep_firing_for", rule.keep_firing);
        emit_map(out, "labels", rule.labels);
        emit_map(out, "annotations", rule.annotations);
        out << YAML::EndMap;
    }
    out << YAML::EndSeq << YAML::EndMap;
}

std::string finished(const YAML::Emitter& out) {
    return std::string(out.c_str(), out.size()) + "\n";
}

}  // namespace

Result<RuleGroup> parse_rule_group(std::string_view yaml) {
    Result<RuleGroup> group =
        with_yaml<RuleGroup>(yaml, [](const YAML::Node& node) { return read_group(node); });
    if (!group) return Error{ErrorCode::kInvalidArgument, "unable to decoded rule group"};
    if (const std::string problems = problems_of_groups({&*group, 1}); !problems.empty())
        return Error{ErrorCode::kInvalidArgument, problems};
    return group;
}

Result<std::vector<RuleGroup>> parse_rule_file(std::string_view yaml) {
    using Groups = std::vector<RuleGroup>;
    SKALD_TRY(Groups groups, with_yaml<Groups>(yaml, [](const YAML::Node& node) -> Result<Groups> {
                  Groups found;
                  if (node.IsNull()) return found;
                  static constexpr std::array<std::string_view, 1> kKeys = {"groups"};
                  SKALD_CHECK(check_keys(node, kKeys));
                  const YAML::Node list = node["groups"];
                  if (!list || list.IsNull()) return found;
                  if (!list.IsSequence()) return undecodable("groups must be a list");
                  for (const auto& item : list) {
                      SKALD_TRY(RuleGroup group, read_group(item));
                      found.push_back(std::move(group));
                  }
                  return found;
              }));
    if (const std::string problems = problems_of_groups(groups); !problems.empty())
        return Error{ErrorCode::kInvalidArgument, problems};
    return groups;
}

std::string rule_group_yaml(const RuleGroup& group) {
    YAML::Emitter out;
    emit_group(out, group);
    return finished(out);
}

std::string rule_file_yaml(const std::vector<RuleGroup>& groups) {
    YAML::Emitter out;
    out << YAML::BeginMap << YAML::Key << "groups" << YAML::Value << YAML::BeginSeq;
    for (const RuleGroup& group : groups) emit_group(out, group);
    out << YAML::EndSeq << YAML::EndMap;
    return finished(out);
}

std::string rule_namespaces_yaml(const std::map<std::string, std::vector<RuleGroup>>& namespaces) {
    YAML::Emitter out;
    out << YAML::BeginMap;
    for (const auto& [name, groups] : namespaces) {
        out << YAML::Key << name << YAML::Value << YAML::BeginSeq;
        for (const RuleGroup& group : groups) emit_group(out, group);
        out << YAML::EndSeq;
    }
    out << YAML::EndMap;
    return finished(out);
}

}  // namespace skald::read

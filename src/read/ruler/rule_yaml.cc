// SPDX-License-Identifier: Apache-2.0
//
// Rules in Prometheus' format
// (https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/).
#include "rule_check.h"
#include "yaml_tree.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/text.h>
#include <skald/foundation/runtime/memory_budget.h>
#include <skald/read/ruler/rule_group.h>

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

namespace skald::read {

namespace {

using Node = YamlTree::Node;
using Kind = YamlTree::Kind;

/// What a file may take while it is read, with all that its aliases stand for.
constexpr std::uint64_t kFileMemoryMax = 256 * kMiB;
/// Of a member of a map, beside its text.
constexpr std::size_t kMapNodeBytes = 112;
/// An expression's text becomes a tree.
constexpr std::size_t kTreeBytesPerByte = 8;

/// Something in a rule file that does not belong there.
Error undecodable(const std::string& what) {
    return {ErrorCode::kInvalidArgument, what};
}

Result<void> check_keys(const Node& node, std::span<const std::string_view> known) {
    if (node.kind != Kind::kMap) return undecodable("a group and a rule are maps");
    return YamlTree::each_member(node, [known](const Node& key, const Node&) -> Result<void> {
        if (key.kind == Kind::kScalar &&
            std::find(known.begin(), known.end(), key.text) != known.end())
            return {};
        return undecodable("line " + std::to_string(key.line) + ": unknown key " +
                           (key.kind == Kind::kScalar ? go_quote(key.text) : ""));
    });
}

/// Makes groups of a tree. An alias may stand for much many times, so whatever is made is charged
/// once more.
class GroupReader {
public:
    explicit GroupReader(const MemoryCharge& charge) : charge_(charge) {}

    Result<RuleGroup> read_group(const Node& node) const;

private:
    Result<std::string> read_text(const Node& node, const char* key) const;
    Result<DurationNs> read_duration(const Node& node, const char* key) const;
    Result<std::map<std::string, std::string>> read_map(const Node& node, const char* key) const;
    Result<Rule> read_rule(const Node& node) const;

    const MemoryCharge& charge_;
};

Result<std::string> GroupReader::read_text(const Node& node, const char* key) const {
    const Node* value = YamlTree::find(node, key);
    if (value == nullptr || value->kind == Kind::kNull) return std::string();
    if (value->kind != Kind::kScalar) return undecodable(std::string(key) + " must be text");
    SKALD_CHECK(charge_(value->text.size()));
    return value->text;
}

Result<DurationNs> GroupReader::read_duration(const Node& node, const char* key) const {
    SKALD_TRY(const std::string text, read_text(node, key));
    if (text.empty() || text == "0") return DurationNs{0};
    SKALD_TRY(const DurationNs value, parse_prometheus_duration(text));
    if (value < 0) return undecodable(std::string(key) + " must not be negative");
    return value;
}

Result<std::map<std::string, std::string>> GroupReader::read_map(const Node& node,
                                                                 const char* key) const {
    std::map<std::string, std::string> map;
    const Node* value = YamlTree::find(node, key);
    if (value == nullptr || value->kind == Kind::kNull) return map;
    if (value->kind != Kind::kMap) return undecodable(std::string(key) + " must be a map");
    const auto add = [&](const Node& name, const Node& text) -> Result<void> {
        if (name.kind != Kind::kScalar || (text.kind != Kind::kScalar && text.kind != Kind::kNull))
            return undecodable(std::string(key) + " must be a map of texts");
        SKALD_CHECK(charge_(kMapNodeBytes + name.text.size() + text.text.size()));
        map[name.text] = text.text;
        return {};
    };
    SKALD_CHECK(YamlTree::each_member(*value, add));
    return map;
}

Result<Rule> GroupReader::read_rule(const Node& node) const {
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
    SKALD_CHECK(charge_(rule.expr.size() * kTreeBytesPerByte));
    return rule;
}

Result<RuleGroup> GroupReader::read_group(const Node& node) const {
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
    const Node* rules = YamlTree::find(node, "rules");
    if (rules == nullptr || rules->kind == Kind::kNull) return group;
    if (rules->kind != Kind::kList) return undecodable("rules must be a list");
    const auto add = [&](const Node& item) -> Result<void> {
        // The list grows by doubling: a place in it, one that waits, and one in the list before.
        SKALD_CHECK(charge_(3 * sizeof(Rule)));
        SKALD_TRY(Rule rule, read_rule(item));
        group.rules.push_back(std::move(rule));
        return {};
    };
    SKALD_CHECK(YamlTree::each_item(*rules, add));
    return group;
}

Result<void> check_size(std::size_t bytes) {
    if (bytes <= kRuleFileBytesMax) return {};
    return Error{ErrorCode::kTooLarge, "too many rules in one text: " + std::to_string(bytes) +
                                           " bytes, at most " + std::to_string(kRuleFileBytesMax) +
                                           " are read"};
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

Result<RuleGroup> parse_rule_group(std::string_view yaml, const MemoryCharge& charge) {
    const auto read = [&]() -> Result<RuleGroup> {
        SKALD_TRY(const YamlTree tree, YamlTree::parse(yaml, charge, charge));
        return GroupReader(charge).read_group(tree.root());
    };
    SKALD_CHECK(check_size(yaml.size()));
    Result<RuleGroup> group = read();
    if (!group && group.error().code != ErrorCode::kInvalidArgument) return group;
    if (!group) return Error{ErrorCode::kInvalidArgument, "unable to decoded rule group"};
    if (const std::string problems = problems_of_groups({&*group, 1}); !problems.empty())
        return Error{ErrorCode::kInvalidArgument, problems};
    return group;
}

Result<std::vector<RuleGroup>> parse_rule_file(std::string_view yaml) {
    std::vector<RuleGroup> groups;
    MemoryBudget budget(kFileMemoryMax);
    const MemoryCharge charge = [&budget](std::uint64_t bytes) -> Result<void> {
        if (budget.take(bytes)) return {};
        return Error{ErrorCode::kTooLarge, "too many rules in one text: they take more than " +
                                               std::to_string(budget.limit()) + " bytes"};
    };
    SKALD_CHECK(check_size(yaml.size()));
    // Files may have long texts, and what the API wrote must be read again. The lists in brackets
    // that take so much are written by the operator alone.
    const MemoryCharge charge_tokens = [](std::uint64_t) -> Result<void> { return {}; };
    SKALD_TRY(const YamlTree tree, YamlTree::parse(yaml, charge, charge_tokens));
    const Node& root = tree.root();
    if (root.kind == Kind::kNull) return groups;
    static constexpr std::array<std::string_view, 1> kKeys = {"groups"};
    SKALD_CHECK(check_keys(root, kKeys));
    const Node* list = YamlTree::find(root, "groups");
    if (list == nullptr || list->kind == Kind::kNull) return groups;
    if (list->kind != Kind::kList) return undecodable("groups must be a list");
    const auto add = [&](const Node& item) -> Result<void> {
        SKALD_CHECK(charge(3 * sizeof(RuleGroup)));
        SKALD_TRY(RuleGroup group, GroupReader(charge).read_group(item));
        groups.push_back(std::move(group));
        return {};
    };
    SKALD_CHECK(YamlTree::each_item(*list, add));
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

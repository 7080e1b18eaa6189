// SPDX-License-Identifier: Apache-2.0
#include "rule_check.h"

#include "alert_template.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/text.h>
#include <skald/read/logql/parser.h>

#include <algorithm>
#include <set>
#include <utility>

namespace skald::read {

namespace {

bool is_name_char(char c, bool first) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    return letter || (!first && c >= '0' && c <= '9');
}

bool is_label_name(const std::string& name) {
    if (name.empty()) return false;
    for (std::size_t i = 0; i < name.size(); ++i)
        if (!is_name_char(name[i], i == 0)) return false;
    return true;
}

bool is_metric_name(const std::string& name) {
    if (name.empty()) return false;
    for (std::size_t i = 0; i < name.size(); ++i)
        if (name[i] != ':' && !is_name_char(name[i], i == 0)) return false;
    return true;
}

/// Of all problems together. Each may have the whole name of its group in it, so all of them could
/// be much more than the rules.
constexpr std::size_t kProblemBytesMax = 64 * kKiB;

/// What is wrong, in one text.
class Problems {
public:
    void add(std::string_view problem) {
        if (is_full()) return;
        if (!text_.empty()) text_ += ", ";
        text_ += problem;
        if (is_full()) text_ += ", and maybe more";
    }
    /// More are not kept.
    bool is_full() const { return text_.size() >= kProblemBytesMax; }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

/// Looks for what is wrong with one group.
class GroupCheck {
public:
    GroupCheck(RuleGroup& group, Problems& problems) : group_(group), problems_(problems) {}

    void run() {
        for (Rule& rule : group_.rules) {
            if (problems_.is_full()) return;
            check_rule(rule);
        }
    }

private:
    void problem(std::string_view text) { problems_.add(text); }

    void check_rule(Rule& rule) {
        if (!rule.record.empty() && !rule.alert.empty())
            problem("only one of 'record' and 'alert' must be set");
        if (rule.record.empty() && rule.alert.empty())
            problem("one of 'record' or 'alert' must be set");
        check_expression(rule);
        if (!rule.record.empty()) check_recording(rule);
        check_names(rule);
        if (rule.is_alert()) check_templates(rule);
    }

    void check_expression(Rule& rule) {
        if (rule.expr.empty()) return problem("field 'expr' must be set in rule");
        const std::string what = rule.is_alert() ? "alert" : "record";
        const std::string where = "could not parse expression for " + what + " '" + rule.name() +
                                  "' in group '" + group_.name + "': ";
        Result<ExprPtr> parsed = parse_query(rule.expr);
        if (!parsed) return problem(where + std::string(without_hint(parsed.error().message)));
        rule.parsed = *std::move(parsed);
    }

    void check_recording(const Rule& rule) {
        if (!rule.annotations.empty()) problem("invalid field 'annotations' in recording rule");
        if (rule.hold != 0) problem("invalid field 'for' in recording rule");
        if (rule.keep_firing != 0) problem("invalid field 'keep_firing_for' in recording rule");
        if (!is_metric_name(rule.record)) problem("invalid recording rule name: " + rule.record);
    }

    void check_names(const Rule& rule) {
        for (const auto& [name, value] : rule.labels)
            if (!is_label_name(name) || name == "__name__") problem("invalid label name: " + name);
        for (const auto& [name, value] : rule.annotations)
            if (!is_label_name(name)) problem("invalid annotation name: " + name);
    }

    void check_templates(const Rule& rule) {
        for (const auto* map : {&rule.labels, &rule.annotations}) {
            for (const auto& [name, text] : *map) {
                const Result<void> good = check_alert_template(rule.alert, text);
                if (!good)
                    problem((map == &rule.labels ? "label " : "annotation ") + go_quote(name) +
                            ": " + good.error().message);
            }
        }
    }

    RuleGroup& group_;
    Problems& problems_;
};

}  // namespace

std::string problems_of_groups(std::span<RuleGroup> groups) {
    Problems problems;
    std::set<std::string> names;
    for (std::size_t i = 0; i < groups.size() && !problems.is_full(); ++i) {
        RuleGroup& group = groups[i];
        if (group.name.empty())
            problems.add("group " + std::to_string(i) + ": Groupname must not be empty");
        else if (!names.insert(group.name).second)
            problems.add("groupname: " + go_quote(group.name) + " is repeated in the same file");
        GroupCheck(group, problems).run();
    }
    return problems.take();
}

}  // namespace skald::read

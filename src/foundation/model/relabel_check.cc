// SPDX-License-Identifier: Apache-2.0
#include "relabel_check.h"

#include <skald/foundation/model/text.h>

#include <algorithm>
#include <initializer_list>

namespace skald {

namespace {

using enum RelabelAction;

Error wrong(std::string text) {
    return {ErrorCode::kInvalidArgument, std::move(text)};
}

bool is_one_of(RelabelAction action, std::initializer_list<RelabelAction> actions) {
    return std::find(actions.begin(), actions.end(), action) != actions.end();
}

bool is_word(char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// A label's name where `$1` and `${1}` stand for anything.
bool is_name_with_groups(std::string_view text) {
    std::string name;
    while (!text.empty()) {
        if (!text.starts_with('$')) {
            name += text.front();
            text.remove_prefix(1);
            continue;
        }
        const bool braced = text.starts_with("${");
        const std::size_t begin = braced ? 2 : 1;
        std::size_t end = begin;
        while (end < text.size() && is_word(text[end])) ++end;
        if (end == begin || (braced && !text.substr(end).starts_with('}'))) return false;
        text.remove_prefix(end + (braced ? 1 : 0));
        name += '_';
    }
    return is_valid_label_name(name);
}

Result<void> check_sizes(const RelabelRule& rule) {
    const auto too_long = [](const std::string& text) {
        return text.size() > RelabelRules::kTextBytesMax;
    };
    if (rule.source_labels.size() > RelabelRules::kSourcesMax)
        return wrong("source_labels: there are more than " +
                     std::to_string(RelabelRules::kSourcesMax));
    if (too_long(rule.separator) || too_long(rule.regex) || too_long(rule.target_label) ||
        too_long(rule.replacement) ||
        std::any_of(rule.source_labels.begin(), rule.source_labels.end(), too_long))
        return wrong("a text is longer than " + std::to_string(RelabelRules::kTextBytesMax) +
                     " bytes");
    return {};
}

Result<void> check_target(const RelabelRule& rule) {
    const std::string action(to_string(rule.action));
    if (!is_one_of(rule.action,
                   {kReplace, kHashMod, kLowercase, kUppercase, kKeepEqual, kDropEqual}))
        return {};
    if (rule.target_label.empty()) return wrong("target_label: the action " + action + " needs it");
    const bool may_have_groups = rule.action == kReplace;
    const bool is_name = may_have_groups ? is_name_with_groups(rule.target_label)
                                         : is_valid_label_name(rule.target_label);
    if (!is_name)
        return wrong("target_label: " + go_quote(rule.target_label) + " is no name of a label");
    return {};
}

/// Settings that the action would not look at are mistakes.
Result<void> check_needless(const RelabelRule& rule) {
    static const RelabelRule kUsual;
    const std::string action(to_string(rule.action));
    const auto needless = [&](const char* setting) {
        return wrong(std::string(setting) + ": the action " + action + " has no use for it");
    };
    const bool by_name = is_one_of(rule.action, {kLabelDrop, kLabelKeep});
    const bool compares = is_one_of(rule.action, {kKeepEqual, kDropEqual});
    const bool turns_case = is_one_of(rule.action, {kLowercase, kUppercase});
    if (by_name && !rule.source_labels.empty()) return needless("source_labels");
    if (by_name && !rule.target_label.empty()) return needless("target_label");
    if (compares && rule.regex != kUsual.regex) return needless("regex");
    if ((by_name || compares) && rule.separator != kUsual.separator) return needless("separator");
    if ((by_name || compares) && rule.modulus != 0) return needless("modulus");
    if ((by_name || compares || turns_case) && rule.replacement != kUsual.replacement)
        return needless("replacement");
    return {};
}

}  // namespace

Result<void> check_relabel_rule(const RelabelRule& rule) {
    SKALD_CHECK(check_sizes(rule));
    SKALD_CHECK(check_target(rule));
    if (rule.action == kHashMod && rule.modulus == 0)
        return wrong("modulus: the action hashmod needs it, and more than 0");
    if (rule.action == kLabelMap && !is_name_with_groups(rule.replacement))
        return wrong("replacement: " + go_quote(rule.replacement) + " is no name of a label");
    return check_needless(rule);
}

}  // namespace skald

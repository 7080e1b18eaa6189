// SPDX-License-Identifier: Apache-2.0
#include "relabel_check.h"

#include <skald/foundation/base/md5.h>
#include <skald/foundation/model/letter_case.h>
#include <skald/foundation/model/matcher.h>
#include <skald/foundation/model/regex_replacement.h>
#include <skald/foundation/model/split.h>
#include <skald/foundation/model/text.h>

#include <re2/re2.h>

#include <array>
#include <map>
#include <ranges>
#include <utility>

namespace skald {

namespace {

using enum RelabelAction;

constexpr std::array<std::pair<std::string_view, RelabelAction>, 11> kActions = {{
    {"replace", kReplace},
    {"keep", kKeep},
    {"drop", kDrop},
    {"keepequal", kKeepEqual},
    {"dropequal", kDropEqual},
    {"hashmod", kHashMod},
    {"labelmap", kLabelMap},
    {"labeldrop", kLabelDrop},
    {"labelkeep", kLabelKeep},
    {"lowercase", kLowercase},
    {"uppercase", kUppercase},
}};

/// Each expression may take so much; a hundred rules of a thousand tenants are many.
constexpr std::int64_t kRegexBytesMax = 1 << 20;

using Set = std::map<std::string, std::string, std::less<>>;

re2::StringPiece piece_of(std::string_view text) {
    return {text.data(), text.size()};
}

/// A label without a value is one that is not there.
void set_label(Set& set, const std::string& name, std::string value) {
    if (value.empty())
        set.erase(name);
    else
        set.insert_or_assign(name, std::move(value));
}

std::size_t bytes_of(const Set& set) {
    std::size_t bytes = 0;
    for (const auto& [name, value] : set) bytes += name.size() + value.size();
    return bytes;
}

std::string joined_sources(const RelabelRule& rule, const Set& set) {
    std::string joined;
    for (std::size_t i = 0; i < rule.source_labels.size(); ++i) {
        if (i > 0) joined += rule.separator;
        const auto found = set.find(rule.source_labels[i]);
        if (found != set.end()) joined += found->second;
    }
    return joined;
}

/// The last eight bytes of the MD5 decide, as in Prometheus: who shards by it counts on that.
std::string hash_modulo(std::string_view text, std::uint64_t modulus) {
    const auto digest = md5(text);
    std::uint64_t number = 0;
    for (std::size_t i = 8; i < digest.size(); ++i) number = number << 8 | digest[i];
    return std::to_string(number % modulus);
}

/// One rule on one set.
class Step {
public:
    Step(const RelabelRule& rule, const re2::RE2& regex, Set& set)
        : rule_(rule), regex_(regex), set_(set) {}

    /// False: the set is dropped.
    bool run();

private:
    bool matches(std::string_view text) const {
        return regex_.Match(piece_of(text), 0, text.size(), re2::RE2::ANCHOR_BOTH, nullptr, 0);
    }
    bool equals_target(const std::string& value) const;
    bool set_target(std::string value);
    bool replace(const std::string& value);
    bool map_names();
    bool erase_names(bool matching);
    /// False if it gets too long.
    bool expand(std::string_view text, const std::vector<re2::StringPiece>& groups,
                std::string& out) const;
    std::vector<re2::StringPiece> groups_of(std::string_view text) const;

    const RelabelRule& rule_;
    const re2::RE2& regex_;
    Set& set_;
};

bool Step::run() {
    if (rule_.action == kLabelMap) return map_names();
    if (rule_.action == kLabelDrop) return erase_names(true);
    if (rule_.action == kLabelKeep) return erase_names(false);
    std::string value = joined_sources(rule_, set_);
    if (value.size() > RelabelRules::kSetBytesMax) return false;
    switch (rule_.action) {
        case kKeep: return matches(value);
        case kDrop: return !matches(value);
        case kKeepEqual: return equals_target(value);
        case kDropEqual: return !equals_target(value);
        case kHashMod: return set_target(hash_modulo(value, rule_.modulus));
        case kLowercase: return set_target(to_lower(value));
        case kUppercase: return set_target(to_upper(value));
        default: return replace(value);
    }
}

bool Step::equals_target(const std::string& value) const {
    const auto found = set_.find(rule_.target_label);
    return value == (found == set_.end() ? std::string_view() : std::string_view(found->second));
}

bool Step::set_target(std::string value) {
    set_label(set_, rule_.target_label, std::move(value));
    return true;
}

/// The whole match and its groups; nothing if there is no match.
std::vector<re2::StringPiece> Step::groups_of(std::string_view text) const {
    const int count = regex_.NumberOfCapturingGroups() + 1;
    std::vector<re2::StringPiece> groups(static_cast<std::size_t>(count));
    if (!regex_.Match(piece_of(text), 0, text.size(), re2::RE2::ANCHOR_BOTH, groups.data(), count))
        groups.clear();
    return groups;
}

bool Step::expand(std::string_view text, const std::vector<re2::StringPiece>& groups,
                  std::string& out) const {
    for (const ReplacementPart& part : split_replacement(regex_, text)) {
        out.append(part.text);
        if (part.group && *part.group >= 0) {
            const re2::StringPiece& group = groups[static_cast<std::size_t>(*part.group)];
            if (!group.empty()) out.append(group.data(), group.size());
        }
        if (out.size() > RelabelRules::kSetBytesMax) return false;
    }
    return true;
}

bool Step::replace(const std::string& value) {
    const std::vector<re2::StringPiece> groups = groups_of(value);
    if (groups.empty()) return true;
    std::string target;
    std::string replacement;
    if (!expand(rule_.target_label, groups, target)) return false;
    if (!is_valid_label_name(target)) return true;
    if (!expand(rule_.replacement, groups, replacement)) return false;
    set_label(set_, target, std::move(replacement));
    return true;
}

bool Step::map_names() {
    const Set before = set_;
    for (const auto& [name, value] : before) {
        const std::vector<re2::StringPiece> groups = groups_of(name);
        if (groups.empty()) continue;
        std::string mapped;
        if (!expand(rule_.replacement, groups, mapped)) return false;
        if (is_valid_label_name(mapped)) set_label(set_, mapped, value);
        if (bytes_of(set_) > RelabelRules::kSetBytesMax) return false;
    }
    return true;
}

bool Step::erase_names(bool matching) {
    std::erase_if(set_, [&](const auto& label) { return matches(label.first) == matching; });
    return true;
}

Result<std::shared_ptr<const re2::RE2>> compile(const std::string& regex) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_dot_nl(true);
    options.set_max_mem(kRegexBytesMax);
    auto compiled = std::make_shared<const re2::RE2>(regex, options);
    if (!compiled->ok())
        return Error{ErrorCode::kInvalidArgument, "regex: " + go_regex_error(regex, *compiled)};
    return std::shared_ptr<const re2::RE2>(std::move(compiled));
}

}  // namespace

std::string_view to_string(RelabelAction action) noexcept {
    for (const auto& [text, each] : kActions)
        if (each == action) return text;
    return {};
}

Result<RelabelAction> parse_relabel_action(std::string_view text) {
    const std::string lower = to_lower(text);
    for (const auto& [name, action] : kActions)
        if (name == lower) return action;
    return Error{ErrorCode::kInvalidArgument, "action: must be one of " +
                                                  joined(std::views::keys(kActions), " | ") +
                                                  ", got " + go_quote(text)};
}

Result<RelabelRules> RelabelRules::create(std::vector<RelabelRule> rules) {
    if (rules.size() > kRulesMax)
        return Error{ErrorCode::kInvalidArgument,
                     "there are more than " + std::to_string(kRulesMax) + " rules"};
    RelabelRules made;
    for (const RelabelRule& rule : rules) {
        const Result<void> checked = check_relabel_rule(rule);
        Result<std::shared_ptr<const re2::RE2>> regex = compile(rule.regex);
        if (!checked || !regex)
            return Error{ErrorCode::kInvalidArgument,
                         "rule " + std::to_string(made.regexes_.size() + 1) + ": " +
                             (checked ? regex.error() : checked.error()).message};
        made.regexes_.push_back(*std::move(regex));
    }
    made.rules_ = std::move(rules);
    return made;
}

std::optional<Labels> RelabelRules::apply(const Labels& labels) const {
    if (rules_.empty()) return labels;
    Set set;
    for (std::size_t i = 0; i < labels.size(); ++i)
        set_label(set, std::string(labels[i].name), std::string(labels[i].value));
    for (std::size_t i = 0; i < rules_.size(); ++i) {
        if (bytes_of(set) > kSetBytesMax) return std::nullopt;
        if (!Step(rules_[i], *regexes_[i], set).run()) return std::nullopt;
    }
    if (set.empty() || bytes_of(set) > kSetBytesMax) return std::nullopt;
    return Labels::from_pairs({set.begin(), set.end()});
}

}  // namespace skald

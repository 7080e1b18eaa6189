// SPDX-License-Identifier: Apache-2.0
#include "retention_rules.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/text.h>

#include <yaml-cpp/yaml.h>

#include <array>
#include <utility>

namespace skald {

namespace {

Error wrong(std::string message) {
    return {ErrorCode::kInvalidArgument, std::move(message)};
}

/// Reads a selector from left to right.
class SelectorReader {
public:
    explicit SelectorReader(std::string_view text) : text_(text), rest_(text) {}

    Result<std::vector<Matcher>> read() {
        std::vector<Matcher> matchers;
        if (!take("{")) return bad();
        while (!take("}")) {
            SKALD_TRY(Matcher matcher, read_matcher());
            matchers.push_back(std::move(matcher));
            if (!take(",") && !rest_.starts_with('}')) return bad();
        }
        if (!rest_.empty() || matchers.empty()) return bad();
        return matchers;
    }

private:
    Error bad() const {
        return wrong("selector must be like {app=\"x\", env=~\"a|b\"}, got " + go_quote(text_));
    }
    void skip_space() {
        const std::size_t at = rest_.find_first_not_of(" \t\n");
        rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at);
    }
    bool take(std::string_view token) {
        skip_space();
        if (!rest_.starts_with(token)) return false;
        rest_.remove_prefix(token.size());
        skip_space();
        return true;
    }

    Result<Matcher> read_matcher() {
        constexpr std::array<std::pair<std::string_view, MatchOp>, 4> kOps = {
            {{"=~", MatchOp::kRegex},
             {"!~", MatchOp::kNotRegex},
             {"!=", MatchOp::kNotEqual},
             {"=", MatchOp::kEqual}}};
        const std::size_t end = std::min(rest_.find_first_of("=! \t\n"), rest_.size());
        std::string name(rest_.substr(0, end));
        rest_.remove_prefix(end);
        if (!is_valid_label_name(name)) return bad();
        for (const auto& [token, op] : kOps) {
            if (!take(token)) continue;
            SKALD_TRY(std::string value, read_value());
            return Matcher::create(op, std::move(name), std::move(value));
        }
        return bad();
    }

    Result<std::string> read_value() {
        if (rest_.empty() || (rest_[0] != '"' && rest_[0] != '`')) return bad();
        const char quote = rest_[0];
        std::size_t end = 1;
        while (end < rest_.size() && rest_[end] != quote)
            end += quote == '"' && rest_[end] == '\\' ? 2 : 1;
        if (end >= rest_.size()) return bad();
        // Escapes are read as those of pushed labels.
        const std::string quoted = "{value=" + std::string(rest_.substr(0, end + 1)) + "}";
        SKALD_TRY(const std::vector<Labels::Pair> pairs, parse_label_pairs(quoted));
        rest_.remove_prefix(end + 1);
        skip_space();
        return pairs.empty() ? std::string() : pairs.front().second;
    }

    std::string_view text_;
    std::string_view rest_;
};

Result<DurationNs> parse_period(const std::string& text) {
    Result<DurationNs> period = parse_prometheus_duration(text);
    if (!period) period = parse_go_duration(text);
    if (!period) return wrong("period must be a duration such as 24h or 7d, got " + go_quote(text));
    if (*period < kNanosPerDay)
        return wrong("retention period must be >= 24h was " + format_prometheus_duration(*period));
    return period;
}

Result<RetentionRule> parse_map(const YAML::Node& map) {
    if (!map.IsMap()) return wrong("each rule must be a map with selector, priority and period");
    RetentionRule rule;
    for (const auto& item : map) {
        const std::string name = item.first.IsScalar() ? item.first.Scalar() : "";
        if (!item.second.IsScalar()) return wrong(go_quote(name) + " must have one value");
        const std::string& value = item.second.Scalar();
        if (name == "selector") {
            rule.selector = value;
            SKALD_TRY(rule.matchers, parse_selector(value));
        } else if (name == "priority") {
            SKALD_TRY(rule.priority, parse_int(value));
        } else if (name == "period") {
            SKALD_TRY(rule.period, parse_period(value));
        } else {
            return wrong("a rule has the keys selector, priority and period, not " +
                         go_quote(name));
        }
    }
    if (rule.matchers.empty()) return wrong("each rule needs a selector");
    if (rule.period == 0) return wrong("retention period must be >= 24h was 0s");
    return rule;
}

}  // namespace

Result<std::vector<Matcher>> parse_selector(std::string_view text) {
    return SelectorReader(text).read();
}

Result<std::vector<RetentionRule>> parse_retention_rules(const std::string& yaml) {
    try {
        const YAML::Node list = YAML::Load(yaml);
        std::vector<RetentionRule> rules;
        if (list.IsNull()) return rules;
        if (!list.IsSequence()) return wrong("must be a list of rules");
        for (const auto& item : list) {
            SKALD_TRY(RetentionRule rule, parse_map(item));
            rules.push_back(std::move(rule));
        }
        return rules;
    } catch (const YAML::Exception& exception) {
        return wrong("not YAML: " + exception.msg);
    }
}

std::string retention_rules_text(const std::vector<RetentionRule>& rules) {
    std::string text = "[";
    for (const RetentionRule& rule : rules) {
        if (text.size() > 1) text += ", ";
        text += "{selector: " + go_quote(rule.selector) +
                ", priority: " + std::to_string(rule.priority) +
                ", period: " + format_prometheus_duration(rule.period) + "}";
    }
    return text + "]";
}

}  // namespace skald

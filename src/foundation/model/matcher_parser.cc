// SPDX-License-Identifier: Apache-2.0
#include "unquote.h"

#include <skald/foundation/model/matcher.h>
#include <skald/foundation/model/text.h>

#include <algorithm>
#include <array>
#include <utility>

namespace skald {

namespace {

/// Reads a selector from its beginning to its end.
class MatcherParser {
public:
    explicit MatcherParser(std::string_view text) : text_(text) {}

    Result<std::vector<Matcher>> parse() {
        std::vector<Matcher> matchers;
        if (!take("{")) return wrong("must begin with {");
        while (!take("}")) {
            SKALD_TRY(Matcher matcher, parse_matcher());
            matchers.push_back(std::move(matcher));
            if (take(",")) continue;
            if (!take("}")) return wrong("must go on with a comma or }");
            break;
        }
        skip_space();
        if (at_ != text_.size()) return wrong("must end after }");
        if (matchers.empty()) return wrong("must name a label");
        return matchers;
    }

private:
    using Operator = std::pair<std::string_view, MatchOp>;
    static constexpr std::array<Operator, 4> kOperators = {{{"=~", MatchOp::kRegex},
                                                            {"!~", MatchOp::kNotRegex},
                                                            {"!=", MatchOp::kNotEqual},
                                                            {"=", MatchOp::kEqual}}};

    Result<Matcher> parse_matcher() {
        skip_space();
        const std::size_t begin = at_;
        while (at_ < text_.size() && is_valid_label_name(text_.substr(begin, at_ + 1 - begin)))
            ++at_;
        if (at_ == begin) return wrong("must have a label's name");
        std::string name(text_.substr(begin, at_ - begin));
        const auto* const op = std::find_if(kOperators.begin(), kOperators.end(),
                                            [&](const Operator& each) { return take(each.first); });
        if (op == kOperators.end()) return wrong("must have =, !=, =~ or !~ after " + name);
        SKALD_TRY(std::string value, parse_value());
        return Matcher::create(op->second, std::move(name), std::move(value));
    }

    Result<std::string> parse_value() {
        skip_space();
        const std::size_t begin = at_;
        const char quote = at_ < text_.size() ? text_[at_] : '\0';
        if (quote != '"' && quote != '`') return wrong("must have a value in quotes");
        for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_)
            if (quote == '"' && text_[at_] == '\\') ++at_;
        if (at_ >= text_.size()) return wrong("has a quote without an end");
        ++at_;
        return unquote_go(text_.substr(begin, at_ - begin));
    }

    void skip_space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
    bool take(std::string_view token) {
        skip_space();
        if (!text_.substr(at_).starts_with(token)) return false;
        at_ += token.size();
        return true;
    }
    Error wrong(const std::string& what) const {
        return {ErrorCode::kInvalidArgument, "selector " + go_quote(text_) + " " + what +
                                                 " (byte " + std::to_string(at_ + 1) + ")"};
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

Result<std::vector<Matcher>> parse_matchers(std::string_view selector) {
    return MatcherParser(selector).parse();
}

}  // namespace skald

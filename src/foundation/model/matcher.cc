// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/model/matcher.h>
#include <skald/foundation/model/regex_allowance.h>
#include <skald/foundation/model/text.h>

#include <re2/re2.h>

#include <algorithm>

namespace skald {

namespace {

/// The words of `a|b|c` if the pattern is nothing else; empty otherwise. Dashboards send these by
/// the dozen, and a comparison is cheaper than an automaton.
std::vector<std::string> literal_alternatives(std::string_view pattern) {
    static constexpr std::string_view kMeta = "\\.+*?()[]{}^$";
    if (pattern.find_first_of(kMeta) != std::string_view::npos) return {};
    std::vector<std::string> words;
    std::size_t begin = 0;
    for (;;) {
        const std::size_t bar = pattern.find('|', begin);
        words.emplace_back(pattern.substr(begin, bar - begin));
        if (bar == std::string_view::npos) return words;
        begin = bar + 1;
    }
}

}  // namespace

std::string_view to_string(MatchOp op) noexcept {
    switch (op) {
        case MatchOp::kEqual: return "=";
        case MatchOp::kNotEqual: return "!=";
        case MatchOp::kRegex: return "=~";
        case MatchOp::kNotRegex: return "!~";
    }
    return "=";
}

Result<Matcher> Matcher::create(MatchOp op, std::string name, std::string value) {
    Matcher matcher;
    matcher.op_ = op;
    matcher.name_ = std::move(name);
    matcher.value_ = std::move(value);
    if (op == MatchOp::kEqual || op == MatchOp::kNotEqual) return matcher;

    matcher.literals_ = literal_alternatives(matcher.value_);
    if (!matcher.literals_.empty()) return matcher;
    RE2::Options options;
    options.set_log_errors(false);
    options.set_dot_nl(true);
    if (!is_valid_utf8(matcher.value_)) options.set_encoding(RE2::Options::EncodingLatin1);
    // FullMatch anchors at both ends; wrapping the text in a group would let "a)(b" through.
    SKALD_TRY(std::shared_ptr<const RE2> compiled,
              RegexAllowance::compile(matcher.value_, options));
    if (!compiled->ok())
        return Error{ErrorCode::kInvalidArgument, go_regex_error(matcher.value_, *compiled)};
    matcher.regex_ = std::move(compiled);
    return matcher;
}

bool Matcher::matches(std::string_view value) const {
    switch (op_) {
        case MatchOp::kEqual: return value == value_;
        case MatchOp::kNotEqual: return value != value_;
        case MatchOp::kRegex:
        case MatchOp::kNotRegex: break;
    }
    const bool found =
        regex_ != nullptr ? RE2::FullMatch(re2::StringPiece(value.data(), value.size()), *regex_)
                          : std::find(literals_.begin(), literals_.end(), value) != literals_.end();
    return found == (op_ == MatchOp::kRegex);
}

std::string Matcher::to_string() const {
    std::string text = name_;
    text += skald::to_string(op_);
    append_go_quoted(text, value_);
    return text;
}

bool matches_all(const std::vector<Matcher>& matchers, const Labels& labels) {
    return std::all_of(matchers.begin(), matchers.end(),
                       [&](const Matcher& matcher) { return matcher.matches(labels); });
}

std::string go_regex_error(std::string_view pattern, const re2::RE2& failed) {
    const std::string& argument = failed.error_arg();
    const auto with = [](std::string_view what, std::string_view part) {
        return "error parsing regexp: " + std::string(what) + ": `" + std::string(part) + "`";
    };
    switch (failed.error_code()) {
        // Go names the whole pattern where RE2 names nothing or the rest.
        case RE2::ErrorMissingParen: return with("missing closing )", pattern);
        case RE2::ErrorMissingBracket: return with("missing closing ]", argument);
        case RE2::ErrorUnexpectedParen: return with("unexpected )", pattern);
        case RE2::ErrorBadEscape: return with("invalid escape sequence", argument);
        case RE2::ErrorBadCharClass: return with("invalid character class", argument);
        case RE2::ErrorBadCharRange: return with("invalid character class range", argument);
        case RE2::ErrorRepeatArgument:
            return with("missing argument to repetition operator", argument);
        case RE2::ErrorRepeatSize: return with("invalid repeat count", argument);
        case RE2::ErrorRepeatOp: return with("invalid nested repetition operator", argument);
        case RE2::ErrorBadPerlOp: return with("invalid or unsupported Perl syntax", argument);
        case RE2::ErrorBadUTF8: return "error parsing regexp: invalid UTF-8: `" + argument + "`";
        case RE2::ErrorBadNamedCapture: return with("invalid named capture", argument);
        case RE2::ErrorTrailingBackslash:
            return "error parsing regexp: trailing backslash at end of expression: ``";
        case RE2::ErrorPatternTooLarge: return "error parsing regexp: expression too large";
        default: return with(failed.error(), pattern);
    }
}

}  // namespace skald

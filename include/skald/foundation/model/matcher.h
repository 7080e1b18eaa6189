// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/labels.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace skald {

enum class MatchOp { kEqual, kNotEqual, kRegex, kNotRegex };

/// `=`, `!=`, `=~`, `!~`.
std::string_view to_string(MatchOp op) noexcept;

/// One condition of a stream selector, `name op "value"`. Regular expressions are anchored at both
/// ends and `.` matches newlines, as Prometheus compiles them.
/// Threading: immutable, cheap to copy (the compiled expression is shared).
class Matcher {
public:
    /// Errors: kInvalidArgument, `error parsing regexp: …` in Go's words where RE2 knows them.
    static Result<Matcher> create(MatchOp op, std::string name, std::string value);

    MatchOp op() const noexcept { return op_; }
    const std::string& name() const noexcept { return name_; }
    const std::string& value() const noexcept { return value_; }

    /// `value` is "" for a label that is not there.
    bool matches(std::string_view value) const;
    bool matches(const Labels& labels) const { return matches(labels.value_or_empty(name_)); }
    bool matches_empty() const { return matches(std::string_view{}); }

    /// `name="value"` with Go quoting.
    std::string to_string() const;

private:
    Matcher() = default;

    MatchOp op_ = MatchOp::kEqual;
    std::string name_;
    std::string value_;
    std::shared_ptr<const re2::RE2> regex_;  ///< Set for the regex operators, unless literals_ is.
    std::vector<std::string> literals_;      ///< A regex that is only an alternation of literals.
};

/// True if every matcher accepts the set.
bool matches_all(const std::vector<Matcher>& matchers, const Labels& labels);

/// A stream selector, `{name="value", other=~"regex"}`, as rules of the configuration name streams.
/// Errors: kInvalidArgument, what is wrong and where.
Result<std::vector<Matcher>> parse_matchers(std::string_view selector);

/// The text that Go's regexp package would print for a pattern that RE2 refuses:
/// "error parsing regexp: missing closing ): `(`".
std::string go_regex_error(std::string_view pattern, const re2::RE2& failed);

}  // namespace skald

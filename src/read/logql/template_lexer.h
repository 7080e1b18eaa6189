// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace skald::read {

enum class TemplateTokenKind {
    kError,
    kBool,
    kChar,  ///< Any other printable ASCII character, such as ','.
    kCharConstant,
    kAssign,
    kDeclare,
    kEnd,
    kField,
    kIdentifier,
    kLeftDelimiter,
    kLeftParenthesis,
    kNumber,
    kPipe,
    kRawString,
    kRightDelimiter,
    kRightParenthesis,
    kSpace,
    kString,
    kText,
    kVariable,
    // Keywords from here on.
    kDot,
    kBlock,
    kBreak,
    kContinue,
    kDefine,
    kElse,
    kEndKeyword,
    kIf,
    kNil,
    kRange,
    kTemplate,
    kWith,
};

struct TemplateToken {
    TemplateTokenKind kind = TemplateTokenKind::kEnd;
    std::size_t position = 0;  ///< Of its first byte.
    std::size_t line = 1;
    std::string_view text;  ///< As in the template.
    std::string error;      ///< Of kError.

    /// As messages call it: `"foo"`, `<end>`, `EOF`.
    std::string to_string() const;
};

/// Splits a template into tokens, each made when it is asked for.
class TemplateLexer {
public:
    explicit TemplateLexer(std::string_view text) : text_(text) {}

    TemplateToken next();

private:
    using Kind = TemplateTokenKind;

    TemplateToken next_text();
    TemplateToken next_in_action();
    bool take_comment(TemplateToken& error);
    TemplateToken left_delimiter(std::size_t position);
    TemplateToken right_delimiter();
    TemplateToken space();
    TemplateToken word();
    TemplateToken field_or_variable(Kind kind);
    TemplateToken number();
    TemplateToken quoted(char quote, Kind kind, const char* error);
    TemplateToken make(Kind kind);
    TemplateToken fail(std::string message);

    bool at(std::string_view expected) const {
        return text_.substr(position_).starts_with(expected);
    }
    bool at_right_delimiter(bool& trims) const;
    bool at_terminator() const;
    char peek(std::size_t ahead = 0) const;
    std::string describe_character() const;
    std::size_t word_character() const;
    bool accept(std::string_view any);
    void accept_run(std::string_view any);
    void skip_space();

    std::string_view text_;
    std::size_t position_ = 0;
    std::size_t start_ = 0;  ///< Of the token at hand.
    std::size_t line_ = 1;   ///< At start_.
    std::size_t parentheses_ = 0;
    bool in_action_ = false;
    bool failed_ = false;
};

}  // namespace skald::read

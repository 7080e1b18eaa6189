// SPDX-License-Identifier: Apache-2.0
//
// The tokens of Go's text/template, https://pkg.go.dev/text/template.
#include "template_lexer.h"

#include <skald/foundation/model/text.h>
#include <skald/foundation/model/utf8.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace skald::read {

namespace {

constexpr std::string_view kSpaces = " \t\r\n";
constexpr std::string_view kLeft = "{{";
constexpr std::string_view kRight = "}}";
constexpr std::string_view kDecimal = "0123456789_";

struct Keyword {
    std::string_view text;
    TemplateTokenKind kind;
};

constexpr std::array kKeywords = {
    Keyword{"block", TemplateTokenKind::kBlock},
    Keyword{"break", TemplateTokenKind::kBreak},
    Keyword{"continue", TemplateTokenKind::kContinue},
    Keyword{"define", TemplateTokenKind::kDefine},
    Keyword{"else", TemplateTokenKind::kElse},
    Keyword{"end", TemplateTokenKind::kEndKeyword},
    Keyword{"if", TemplateTokenKind::kIf},
    Keyword{"nil", TemplateTokenKind::kNil},
    Keyword{"range", TemplateTokenKind::kRange},
    Keyword{"template", TemplateTokenKind::kTemplate},
    Keyword{"with", TemplateTokenKind::kWith},
    Keyword{"true", TemplateTokenKind::kBool},
    Keyword{"false", TemplateTokenKind::kBool},
};

bool is_space(char c) {
    return kSpaces.find(c) != std::string_view::npos && c != '\0';
}

std::size_t newlines_in(std::string_view text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

bool has_left_trim_marker(std::string_view text) {
    return text.size() >= 2 && text[0] == '-' && is_space(text[1]);
}

}  // namespace

std::string TemplateToken::to_string() const {
    if (kind == TemplateTokenKind::kEnd) return "EOF";
    if (kind == TemplateTokenKind::kError) return error;
    if (kind >= TemplateTokenKind::kDot) return "<" + std::string(text) + ">";
    // Go counts characters here.
    std::size_t length = 0;
    for (int i = 0; i < 10 && length < text.size(); ++i) {
        length += std::max<std::size_t>(1, utf8_length(text, length));
    }
    if (text.size() > 10) return go_quote(text.substr(0, length)) + "...";
    return go_quote(text);
}

TemplateToken TemplateLexer::next() {
    if (failed_) return {};
    line_ += newlines_in(text_.substr(start_, position_ - start_));
    start_ = position_;
    return in_action_ ? next_in_action() : next_text();
}

TemplateToken TemplateLexer::make(Kind kind) {
    return {kind, start_, line_, text_.substr(start_, position_ - start_), {}};
}

TemplateToken TemplateLexer::fail(std::string message) {
    failed_ = true;
    const std::size_t line = line_ + newlines_in(text_.substr(start_, position_ - start_));
    return {Kind::kError, start_, line, {}, std::move(message)};
}

/// Text up to the next action; comments and trimmed space are passed over.
TemplateToken TemplateLexer::next_text() {
    while (true) {
        const std::size_t begin = position_;
        const std::size_t delimiter = text_.find(kLeft, begin);
        std::size_t end = std::min(delimiter, text_.size());
        if (delimiter != std::string_view::npos &&
            has_left_trim_marker(text_.substr(delimiter + kLeft.size()))) {
            const std::size_t last = text_.substr(begin, end - begin).find_last_not_of(kSpaces);
            end = last == std::string_view::npos ? begin : begin + last + 1;
        }
        if (end > begin) {
            TemplateToken token{Kind::kText, begin, line_, text_.substr(begin, end - begin), {}};
            position_ = std::min(delimiter, text_.size());
            return token;
        }
        if (delimiter == std::string_view::npos) return make(Kind::kEnd);
        position_ = delimiter;
        TemplateToken error;
        if (!take_comment(error)) {
            return error.kind == Kind::kError ? error : left_delimiter(delimiter);
        }
        line_ += newlines_in(text_.substr(start_, position_ - start_));
        start_ = position_;
    }
}

/// True if a comment was there and has been passed over; else `error` may be one.
bool TemplateLexer::take_comment(TemplateToken& error) {
    std::size_t open = position_ + kLeft.size();
    if (has_left_trim_marker(text_.substr(open))) open += 2;
    if (!text_.substr(open).starts_with("/*")) return false;
    const std::size_t close = text_.find("*/", open + 2);
    if (close == std::string_view::npos) {
        position_ = open;
        error = fail("unclosed comment");
        return false;
    }
    position_ = close + 2;
    bool trims = false;
    if (!at_right_delimiter(trims)) {
        error = fail("comment ends before closing delimiter");
        return false;
    }
    position_ += kRight.size() + (trims ? 2 : 0);
    if (trims) skip_space();
    return true;
}

TemplateToken TemplateLexer::left_delimiter(std::size_t position) {
    line_ += newlines_in(text_.substr(start_, position - start_));
    start_ = position;
    position_ = position + kLeft.size();
    const TemplateToken token = make(Kind::kLeftDelimiter);
    if (has_left_trim_marker(text_.substr(position_))) position_ += 2;
    in_action_ = true;
    parentheses_ = 0;
    return token;
}

bool TemplateLexer::at_right_delimiter(bool& trims) const {
    const std::string_view rest = text_.substr(position_);
    trims = rest.size() >= 4 && is_space(rest[0]) && rest[1] == '-' &&
            rest.substr(2).starts_with(kRight);
    return trims || rest.starts_with(kRight);
}

TemplateToken TemplateLexer::right_delimiter() {
    bool trims = false;
    at_right_delimiter(trims);
    if (trims) {
        line_ += newlines_in(text_.substr(position_, 2));
        start_ = position_ += 2;
    }
    position_ += kRight.size();
    const TemplateToken token = make(Kind::kRightDelimiter);
    if (trims) skip_space();
    in_action_ = false;
    return token;
}

TemplateToken TemplateLexer::next_in_action() {
    bool trims = false;
    if (at_right_delimiter(trims)) {
        return parentheses_ == 0 ? right_delimiter() : fail("unclosed left paren");
    }
    if (position_ >= text_.size()) return fail("unclosed action");
    const char c = peek();
    if (is_space(c)) return space();
    if (word_character() > 0 && (c < '0' || c > '9')) return word();
    const bool digit_follows = peek(1) >= '0' && peek(1) <= '9';
    if ((c >= '0' && c <= '9') || c == '+' || c == '-' || (c == '.' && digit_follows)) {
        return number();
    }
    const std::string described = describe_character();
    position_ += std::max<std::size_t>(1, utf8_length(text_, position_));
    switch (c) {
        case '=': return make(Kind::kAssign);
        case ':':
            if (peek() != '=') return fail("expected :=");
            ++position_;
            return make(Kind::kDeclare);
        case '|': return make(Kind::kPipe);
        case '"': return quoted('"', Kind::kString, "unterminated quoted string");
        case '`': return quoted('`', Kind::kRawString, "unterminated raw quoted string");
        case '\'': return quoted('\'', Kind::kCharConstant, "unterminated character constant");
        case '$': return field_or_variable(Kind::kVariable);
        case '.': return field_or_variable(Kind::kField);
        case '(': ++parentheses_; return make(Kind::kLeftParenthesis);
        case ')':
            if (parentheses_ == 0) return fail("unexpected right paren");
            --parentheses_;
            return make(Kind::kRightParenthesis);
        default: break;
    }
    if (c > ' ' && c < 0x7F) return make(Kind::kChar);
    return fail("unrecognized character in action: " + described);
}

TemplateToken TemplateLexer::space() {
    while (is_space(peek())) ++position_;
    // The last space may belong to a " -}}".
    --position_;
    bool trims = false;
    if (!at_right_delimiter(trims) || !trims) ++position_;
    if (position_ == start_) return right_delimiter();
    return make(Kind::kSpace);
}

/// Bytes of the letter, digit or underscore here; 0 if it is none.
std::size_t TemplateLexer::word_character() const {
    const char c = peek();
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_') {
        return 1;
    }
    if (static_cast<unsigned char>(c) < 0x80) return 0;
    return letter_length(text_, position_, true);
}

TemplateToken TemplateLexer::word() {
    while (const std::size_t length = word_character()) position_ += length;
    if (!at_terminator()) return fail("bad character " + describe_character());
    const std::string_view text = text_.substr(start_, position_ - start_);
    for (const Keyword& keyword : kKeywords) {
        if (keyword.text == text) return make(keyword.kind);
    }
    return make(Kind::kIdentifier);
}

/// The '.' or '$' has been taken.
TemplateToken TemplateLexer::field_or_variable(Kind kind) {
    if (at_terminator()) return make(kind == Kind::kField ? Kind::kDot : kind);
    while (const std::size_t length = word_character()) position_ += length;
    if (!at_terminator()) return fail("bad character " + describe_character());
    return make(kind);
}

bool TemplateLexer::at_terminator() const {
    if (position_ >= text_.size()) return true;
    const char c = peek();
    return is_space(c) || std::string_view(".,|:)(}").find(c) != std::string_view::npos;
}

/// Takes what may be a number; whether it is one, its conversion tells.
TemplateToken TemplateLexer::number() {
    accept("+-");
    std::string_view digits = kDecimal;
    bool hex = false;
    if (accept("0")) {
        if (accept("xX")) {
            digits = "0123456789abcdefABCDEF_";
            hex = true;
        } else if (accept("oO")) {
            digits = "01234567_";
        } else if (accept("bB")) {
            digits = "01_";
        }
    }
    accept_run(digits);
    if (accept(".")) accept_run(digits);
    if ((digits == kDecimal && accept("eE")) || (hex && accept("pP"))) {
        accept("+-");
        accept_run(kDecimal);
    }
    accept("i");
    // A complex number, which logs have no use for.
    if (accept("+-")) {
        accept_run(kDecimal);
        return fail("bad number syntax: " + go_quote(text_.substr(start_, position_ - start_)));
    }
    if (const std::size_t length = word_character()) {
        position_ += length;
        return fail("bad number syntax: " + go_quote(text_.substr(start_, position_ - start_)));
    }
    return make(Kind::kNumber);
}

/// The opening quote has been taken.
TemplateToken TemplateLexer::quoted(char quote, Kind kind, const char* error) {
    const bool raw = quote == '`';
    while (position_ < text_.size()) {
        const char c = text_[position_++];
        if (c == quote) return make(kind);
        if (raw) continue;
        if (c == '\n') return fail(error);
        if (c == '\\') {
            if (position_ >= text_.size() || text_[position_] == '\n') return fail(error);
            ++position_;
        }
    }
    return fail(error);
}

char TemplateLexer::peek(std::size_t ahead) const {
    return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0';
}

/// Go's %#U of the character here.
std::string TemplateLexer::describe_character() const {
    const std::size_t length = utf8_length(text_, position_);
    const std::uint32_t code = length == 0 ? 0xFFFD : utf8_code_point(text_, position_);
    char number[16];
    std::snprintf(number, sizeof number, "U+%04X", code);
    std::string out = number;
    const std::string quoted = go_quote(text_.substr(position_, length));
    const bool printable =
        length > 0 && (quoted.size() == length + 2 || code == '"' || code == '\\');
    if (printable) out.append(" '").append(text_.substr(position_, length)).append("'");
    return out;
}

bool TemplateLexer::accept(std::string_view any) {
    if (position_ >= text_.size() || any.find(text_[position_]) == std::string_view::npos) {
        return false;
    }
    ++position_;
    return true;
}

void TemplateLexer::accept_run(std::string_view any) {
    while (accept(any)) {
    }
}

void TemplateLexer::skip_space() {
    position_ = std::min(text_.find_first_not_of(kSpaces, position_), text_.size());
}

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#include "unquote.h"

#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/text.h>

#include <algorithm>

namespace skald {

namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_name_byte(char c) {
    return is_name_start(c) || (c >= '0' && c <= '9');
}
bool is_quote(char c) {
    return c == '"' || c == '\'' || c == '`';
}

/// A cursor over the label text; the position in its errors counts from 1.
class LabelParser {
public:
    explicit LabelParser(std::string_view text) : text_(text) {}

    Result<std::vector<Labels::Pair>> parse() {
        skip_space();
        if (!done() && is_name_start(peek())) {
            pairs_.emplace_back("__name__", std::string(take_name()));
            skip_space();
            if (done()) return std::move(pairs_);
        }
        if (done()) return error("unexpected end of input");
        if (peek() != '{') return error("unexpected character: " + quoted_character());
        ++at_;
        SKALD_CHECK(parse_pairs());
        skip_space();
        if (!done())
            return error("unexpected character after the closing brace: " + quoted_character());
        std::stable_sort(pairs_.begin(), pairs_.end(),
                         [](const auto& a, const auto& b) { return a.first < b.first; });
        return std::move(pairs_);
    }

private:
    Result<void> parse_pairs() {
        for (;;) {
            skip_space();
            if (done()) return error("unexpected end of input inside braces");
            if (peek() == '}') {
                ++at_;
                return {};
            }
            SKALD_CHECK(parse_pair());
            skip_space();
            if (done()) return error("unexpected end of input inside braces");
            if (peek() == ',') {
                ++at_;
                continue;
            }
            if (peek() != '}')
                return error("unexpected character inside braces: " + quoted_character());
        }
    }

    Result<void> parse_pair() {
        std::string name;
        if (is_quote(peek())) {
            SKALD_TRY(name, parse_string());
        } else if (is_name_start(peek())) {
            name = take_name();
        } else {
            return error("unexpected character inside braces: " + quoted_character());
        }
        skip_space();
        SKALD_CHECK(parse_equals());
        skip_space();
        if (done()) return error("unexpected end of input inside braces");
        if (!is_quote(peek())) {
            if (is_name_start(peek()))
                return error("unexpected identifier " + go_quote(take_name()) +
                             " in label set, expected string");
            return error("unexpected character inside braces: " + quoted_character());
        }
        SKALD_TRY(std::string value, parse_string());
        if (!value.empty()) pairs_.emplace_back(std::move(name), std::move(value));
        return {};
    }

    Result<void> parse_equals() {
        if (done()) return error("unexpected end of input inside braces");
        const std::string_view rest = text_.substr(at_);
        for (const std::string_view op : {"=~", "!~", "!="})
            if (rest.starts_with(op))
                return error("unexpected <op:" + std::string(op) +
                             "> in label set, expected \"=\"");
        if (rest.front() != '=')
            return error("unexpected character inside braces: " + quoted_character());
        ++at_;
        return {};
    }

    Result<std::string> parse_string() {
        const std::size_t begin = at_;
        const char quote = peek();
        for (++at_; !done() && peek() != quote; ++at_)
            if (quote != '`' && peek() == '\\') ++at_;
        if (at_ >= text_.size()) {
            at_ = begin;
            return error("unterminated quoted string");
        }
        ++at_;
        Result<std::string> value = unquote_go(text_.substr(begin, at_ - begin));
        if (!value) {
            at_ = begin;
            return error(value.error().message);
        }
        return value;
    }

    std::string_view take_name() {
        const std::size_t begin = at_;
        while (!done() && is_name_byte(peek())) ++at_;
        return text_.substr(begin, at_ - begin);
    }
    void skip_space() {
        while (!done() && is_space(peek())) ++at_;
    }
    bool done() const { return at_ >= text_.size(); }
    char peek() const { return text_[at_]; }
    std::string quoted_character() const { return "'" + std::string(1, peek()) + "'"; }
    Error error(const std::string& what) const {
        return {ErrorCode::kInvalidArgument,
                "1:" + std::to_string(at_ + 1) + ": parse error: " + what};
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<Labels::Pair> pairs_;
};

}  // namespace

Result<std::vector<Labels::Pair>> parse_label_pairs(std::string_view text) {
    return LabelParser(text).parse();
}

}  // namespace skald

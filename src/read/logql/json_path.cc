// SPDX-License-Identifier: Apache-2.0
#include "json_path.h"

#include <charconv>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace skald::read {

namespace {

/// More than lines that anybody writes; looking a path up calls itself at each step.
constexpr std::size_t kStepsMax = 256;

bool is_name(char c, bool first) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (!first && c >= '0' && c <= '9');
}

class PathReader {
public:
    explicit PathReader(std::string_view path) : rest_(path) { advance(); }

    std::string_view token() const { return token_; }
    /// As written.
    std::string_view text() const { return text_; }
    void advance() {
        while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\t')) rest_.remove_prefix(1);
        std::size_t length = 1;
        if (rest_.empty()) {
            token_ = "$end";
            return;
        }
        const char c = rest_[0];
        if (c == '.') {
            token_ = "DOT";
        } else if (c == '[') {
            token_ = "LSB";
        } else if (c == ']') {
            token_ = "RSB";
        } else if (c == '"') {
            length = string_length();
            token_ = length == 0 ? "" : "STRING";
        } else if (c >= '0' && c <= '9') {
            while (length < rest_.size() && rest_[length] >= '0' && rest_[length] <= '9') ++length;
            token_ = "INDEX";
        } else if (is_name(c, true)) {
            while (length < rest_.size() && is_name(rest_[length], false)) ++length;
            token_ = "FIELD";
        } else {
            token_ = "";
        }
        text_ = rest_.substr(0, length);
        rest_.remove_prefix(length);
    }

private:
    /// With the quotes; 0 if the closing one is missing.
    std::size_t string_length() const {
        for (std::size_t i = 1; i < rest_.size(); ++i) {
            if (rest_[i] == '\\') {
                ++i;
            } else if (rest_[i] == '"') {
                return i + 1;
            }
        }
        return 0;
    }

    std::string_view rest_;
    std::string_view text_;
    std::string_view token_;  ///< "" for what is no token.
};

Error unexpected(const PathReader& reader, std::string_view expected) {
    if (reader.token().empty()) return Error{ErrorCode::kInvalidArgument, "unexpected character"};
    std::string text = "syntax error: unexpected " + std::string(reader.token());
    if (!expected.empty()) text += ", expecting " + std::string(expected);
    return Error{ErrorCode::kInvalidArgument, std::move(text)};
}

/// Without quotes; a backslash stands for the character behind it.
std::string unquoted(std::string_view text) {
    std::string out;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        if (text[i] == '\\') ++i;
        out.push_back(text[i]);
    }
    return out;
}

/// A number too large for any array is one past what an array can have.
std::size_t index_of(std::string_view digits) {
    std::size_t index = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    return read.ec == std::errc() ? index : std::numeric_limits<std::size_t>::max();
}

Result<JsonStep> bracket_step(PathReader& reader) {
    reader.advance();
    JsonStep step;
    if (reader.token() == "STRING") {
        step.key = unquoted(reader.text());
    } else if (reader.token() == "INDEX") {
        step.element = true;
        step.index = index_of(reader.text());
    } else {
        return unexpected(reader, "STRING or INDEX");
    }
    reader.advance();
    if (reader.token() != "RSB") return unexpected(reader, "RSB");
    reader.advance();
    return step;
}

Result<JsonStep> field_step(PathReader& reader, bool first) {
    if (!first) {
        if (reader.token() != "DOT") return unexpected(reader, "DOT or LSB");
        reader.advance();
    }
    if (reader.token() != "FIELD") return unexpected(reader, first ? "FIELD or LSB" : "FIELD");
    JsonStep step{false, std::string(reader.text()), 0};
    reader.advance();
    return step;
}

}  // namespace

Result<JsonPath> parse_json_path(std::string_view text) {
    PathReader reader(text);
    JsonPath path;
    while (path.empty() || reader.token() != "$end") {
        SKALD_TRY(JsonStep step, reader.token() == "LSB" ? bracket_step(reader)
                                                         : field_step(reader, path.empty()));
        path.push_back(std::move(step));
        if (path.size() > kStepsMax) {
            return Error{ErrorCode::kInvalidArgument,
                         "more than " + std::to_string(kStepsMax) + " steps"};
        }
    }
    return path;
}

}  // namespace skald::read

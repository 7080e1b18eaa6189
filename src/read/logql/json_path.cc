// SPDX-License-Identifier: Apache-2.0
#include "json_path.h"

#include <string>
#include <string_view>

namespace skald::read {

namespace {

bool is_name(char c, bool first) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (!first && c >= '0' && c <= '9');
}

class PathReader {
public:
    explicit PathReader(std::string_view path) : rest_(path) { advance(); }

    std::string_view token() const { return token_; }
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
    std::string_view token_;  ///< "" for what is no token.
};

Error unexpected(const PathReader& reader, std::string_view expected) {
    if (reader.token().empty()) return Error{ErrorCode::kInvalidArgument, "unexpected character"};
    std::string text = "syntax error: unexpected " + std::string(reader.token());
    if (!expected.empty()) text += ", expecting " + std::string(expected);
    return Error{ErrorCode::kInvalidArgument, std::move(text)};
}

}  // namespace

Result<void> check_json_path(std::string_view path) {
    PathReader reader(path);
    for (bool first = true; first || reader.token() != "$end"; first = false) {
        if (reader.token() == "LSB") {
            reader.advance();
            if (reader.token() != "STRING" && reader.token() != "INDEX") {
                return unexpected(reader, "STRING or INDEX");
            }
            reader.advance();
            if (reader.token() != "RSB") return unexpected(reader, "RSB");
            reader.advance();
            continue;
        }
        if (!first) {
            if (reader.token() != "DOT") return unexpected(reader, "DOT or LSB");
            reader.advance();
            if (reader.token() != "FIELD") return unexpected(reader, "FIELD");
        } else if (reader.token() != "FIELD") {
            return unexpected(reader, "FIELD or LSB");
        }
        reader.advance();
    }
    return {};
}

}  // namespace skald::read

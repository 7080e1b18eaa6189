// SPDX-License-Identifier: Apache-2.0
#include "http_form.h"

#include <skald/foundation/model/text.h>

#include <algorithm>
#include <optional>

namespace skald::api {

namespace {

std::optional<unsigned> hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

bool is_token_char(char c) noexcept {
    if (c <= ' ' || c >= 0x7F) return false;
    return std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
}

std::string_view take_token(std::string_view& text) noexcept {
    std::size_t length = 0;
    while (length < text.size() && is_token_char(text[length])) ++length;
    const std::string_view token = text.substr(0, length);
    text.remove_prefix(length);
    return token;
}

/// Takes a token or a quoted string; false if there is neither.
bool skip_parameter_value(std::string_view& text) noexcept {
    if (text.empty() || text.front() != '"') return !take_token(text).empty();
    text.remove_prefix(1);
    while (!text.empty() && text.front() != '"')
        text.remove_prefix(text.front() == '\\' && text.size() > 1 ? 2 : 1);
    if (text.empty()) return false;
    text.remove_prefix(1);
    return true;
}

/// `;name=value` as often as there is; false if anything else is found.
bool skip_parameters(std::string_view text) noexcept {
    while (!(text = trim_blanks(text)).empty()) {
        if (text.front() != ';') return false;
        text = trim_blanks(text.substr(1));
        if (text.empty()) return true;  // A trailing semicolon is harmless.
        if (take_token(text).empty()) return false;
        if (text.empty() || text.front() != '=') return false;
        text.remove_prefix(1);
        if (!skip_parameter_value(text)) return false;
    }
    return true;
}

}  // namespace

Result<std::string> percent_decode(std::string_view text, EscapeIn where) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && where == EscapeIn::kQuery) {
            out.push_back(' ');
        } else if (text[i] != '%') {
            out.push_back(text[i]);
        } else {
            const auto high = i + 1 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
            const auto low = i + 2 < text.size() ? hex_digit(text[i + 2]) : std::nullopt;
            if (!high || !low) {
                return Error{ErrorCode::kInvalidArgument,
                             "invalid URL escape " + go_quote(text.substr(i, 3))};
            }
            out.push_back(static_cast<char>(*high * 16 + *low));
            i += 2;
        }
    }
    return out;
}

Result<std::string> parse_media_type(std::string_view header) {
    std::string_view rest = trim_blanks(header);
    const std::string_view type = take_token(rest);
    if (type.empty()) return Error{ErrorCode::kInvalidArgument, "mime: no media type"};
    std::string name(type);
    if (!rest.empty() && rest.front() == '/') {
        rest.remove_prefix(1);
        const std::string_view subtype = take_token(rest);
        if (subtype.empty())
            return Error{ErrorCode::kInvalidArgument, "mime: expected token after slash"};
        name.push_back('/');
        name.append(subtype);
    }
    rest = trim_blanks(rest);
    if (!rest.empty() && rest.front() != ';') {
        return Error{ErrorCode::kInvalidArgument, "mime: unexpected content after media type"};
    }
    if (!skip_parameters(rest))
        return Error{ErrorCode::kInvalidArgument, "mime: invalid media parameter"};
    for (char& c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return name;
}

Result<Form> Form::of_request(const HttpRequest& request) {
    Form form;
    const bool may_have_form = request.method == Method::kPost || request.method == Method::kPut;
    const auto content_type = request.headers.find("Content-Type");
    if (may_have_form && content_type && !content_type->empty()) {
        SKALD_TRY(const std::string type, parse_media_type(*content_type));
        if (type == "application/x-www-form-urlencoded") {
            SKALD_CHECK(form.add(request.body.view()));
        }
    }
    SKALD_CHECK(form.add(request.query));
    return form;
}

Result<void> Form::add(std::string_view encoded) {
    while (!encoded.empty()) {
        const std::size_t end = std::min(encoded.find('&'), encoded.size());
        const std::string_view pair = encoded.substr(0, end);
        encoded.remove_prefix(std::min(end + 1, encoded.size()));
        if (pair.empty()) continue;
        if (pairs_.size() == kPairsMax)
            return Error{ErrorCode::kInvalidArgument, "too many parameters"};
        if (pair.find(';') != std::string_view::npos) {
            return Error{ErrorCode::kInvalidArgument, "invalid semicolon separator in query"};
        }
        const std::size_t equals = std::min(pair.find('='), pair.size());
        SKALD_TRY(std::string name, percent_decode(pair.substr(0, equals), EscapeIn::kQuery));
        SKALD_TRY(std::string value,
                  percent_decode(pair.substr(std::min(equals + 1, pair.size())), EscapeIn::kQuery));
        pairs_.emplace_back(std::move(name), std::move(value));
    }
    return {};
}

std::string_view Form::value(std::string_view name) const noexcept {
    for (const auto& [known, value] : pairs_) {
        if (known == name) return value;
    }
    return {};
}

std::vector<std::string_view> Form::values(std::string_view name) const {
    std::vector<std::string_view> found;
    for (const auto& [known, value] : pairs_) {
        if (known == name) found.emplace_back(value);
    }
    return found;
}

}  // namespace skald::api

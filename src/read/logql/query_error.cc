// SPDX-License-Identifier: Apache-2.0
#include "query_error.h"

#include <skald/foundation/model/text.h>
#include <skald/foundation/model/utf8.h>
#include <skald/read/logql/parser.h>

#include <algorithm>

namespace skald::read {

namespace {

std::size_t count_characters(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); ++count) {
        i += std::max<std::size_t>(1, utf8_length(text, i));
    }
    return count;
}

/// Control characters would break the picture of line and caret.
std::string printable(std::string_view text) {
    std::string out = to_valid_utf8(text);
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    }
    return out;
}

/// The line around `column` (bytes) and a caret under it, cut to what fits a terminal.
std::string picture(std::string_view line, std::size_t column) {
    static constexpr std::size_t kBefore = 60;
    static constexpr std::size_t kAfter = 40;
    const std::size_t begin = column > kBefore ? character_start(line, column - kBefore) : 0;
    const std::size_t end = character_start(line, std::min(line.size(), column + kAfter));
    const std::string_view lead = begin > 0 ? "..." : "";
    std::string out(lead);
    out += printable(line.substr(begin, end - begin));
    if (end < line.size()) out += "...";
    out.push_back('\n');
    out.append(lead.size() + count_characters(line.substr(begin, column - begin)), ' ');
    out.push_back('^');
    return out;
}

}  // namespace

Error positioned_error(std::string_view query, std::size_t offset, LineNumber line,
                       std::string_view message, std::string_view hint) {
    const std::string_view before = query.substr(0, offset);
    const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0.
    const auto lines = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t column = count_characters(before.substr(line_start)) + 1;
    std::string text = "parse error at line ";
    text += std::to_string(line == LineNumber::kZero ? 0 : lines);
    text += ", col " + std::to_string(column) + ": ";
    text += message;
    text.push_back('\n');
    const std::size_t line_end = std::min(query.find('\n', offset), query.size());
    text += picture(query.substr(line_start, line_end - line_start), offset - line_start);
    if (!hint.empty()) {
        text.push_back('\n');
        text += hint;
    }
    return Error{ErrorCode::kInvalidArgument, std::move(text)};
}

Error plain_error(std::string_view message) {
    return Error{ErrorCode::kInvalidArgument, "parse error : " + std::string(message)};
}

std::string_view without_hint(std::string_view message) noexcept {
    if (!message.starts_with("parse error at line ")) return message;
    return message.substr(0, message.find('\n'));
}

}  // namespace skald::read

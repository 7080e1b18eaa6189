// SPDX-License-Identifier: Apache-2.0
#include "capture_pattern.h"

#include <set>
#include <utility>

namespace skald::read {

namespace {

bool is_name_character(char c, bool first) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (!first && c >= '0' && c <= '9');
}

/// Length of the capture `<name>` at the start of `text`; 0 if there is none.
std::size_t capture_length(std::string_view text) {
    std::size_t end = 1;
    while (end < text.size() && is_name_character(text[end], end == 1)) ++end;
    return end > 1 && end < text.size() && text[end] == '>' ? end + 1 : 0;
}

Error refused(std::string message) {
    return Error{ErrorCode::kInvalidArgument, std::move(message)};
}

Result<void> check_neighbours(const std::vector<PatternPiece>& pieces) {
    for (std::size_t i = 1; i < pieces.size(); ++i) {
        if (pieces[i - 1].capture && pieces[i].capture) {
            return refused("found consecutive capture '<" + pieces[i - 1].text + "><" +
                           pieces[i].text + ">': invalid expression");
        }
    }
    return {};
}

}  // namespace

std::vector<PatternPiece> split_pattern(std::string_view pattern) {
    std::vector<PatternPiece> pieces;
    for (std::size_t i = 0; i < pattern.size();) {
        const std::size_t length = pattern[i] == '<' ? capture_length(pattern.substr(i)) : 0;
        if (length > 0) {
            pieces.push_back({true, std::string(pattern.substr(i + 1, length - 2))});
            i += length;
            continue;
        }
        if (pieces.empty() || pieces.back().capture) pieces.emplace_back();
        pieces.back().text.push_back(pattern[i]);
        ++i;
    }
    return pieces;
}

Result<void> check_parser_pattern(std::string_view pattern) {
    const std::vector<PatternPiece> pieces = split_pattern(pattern);
    std::set<std::string_view> names;
    for (const PatternPiece& piece : pieces) {
        if (piece.capture && piece.text != "_") names.insert(piece.text);
    }
    if (names.empty()) return refused("at least one capture is required");
    SKALD_CHECK(check_neighbours(pieces));
    names.clear();
    for (const PatternPiece& piece : pieces) {
        if (piece.capture && piece.text != "_" && !names.insert(piece.text).second) {
            return refused("duplicate capture name (" + piece.text + "): invalid expression");
        }
    }
    return {};
}

Result<void> check_filter_pattern(std::string_view pattern) {
    const std::vector<PatternPiece> pieces = split_pattern(pattern);
    for (const PatternPiece& piece : pieces) {
        if (piece.capture && piece.text != "_") {
            return refused("named captures are not allowed: found '<" + piece.text + ">'");
        }
    }
    return check_neighbours(pieces);
}

}  // namespace skald::read

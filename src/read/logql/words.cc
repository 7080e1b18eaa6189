// SPDX-License-Identifier: Apache-2.0
#include "words.h"

#include <skald/read/logql/parser.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>
#include <vector>

namespace skald::read {

namespace {

using Keyword = std::pair<std::string_view, TokenKind>;

constexpr std::array kKeywords = {
    Keyword{"by", TokenKind::kBy},
    Keyword{"without", TokenKind::kWithout},
    Keyword{"bool", TokenKind::kBool},
    Keyword{"offset", TokenKind::kOffset},
    Keyword{"on", TokenKind::kOn},
    Keyword{"ignoring", TokenKind::kIgnoring},
    Keyword{"group_left", TokenKind::kGroupLeft},
    Keyword{"group_right", TokenKind::kGroupRight},
    Keyword{"or", TokenKind::kOr},
    Keyword{"and", TokenKind::kAnd},
    Keyword{"unless", TokenKind::kUnless},
    Keyword{"json", TokenKind::kJson},
    Keyword{"regexp", TokenKind::kRegexpStage},
    Keyword{"logfmt", TokenKind::kLogfmt},
    Keyword{"unpack", TokenKind::kUnpack},
    Keyword{"pattern", TokenKind::kPatternStage},
    Keyword{"label_format", TokenKind::kLabelFormat},
    Keyword{"line_format", TokenKind::kLineFormat},
    Keyword{"decolorize", TokenKind::kDecolorize},
    Keyword{"drop", TokenKind::kDrop},
    Keyword{"keep", TokenKind::kKeep},
    Keyword{"unwrap", TokenKind::kUnwrap},
};

constexpr std::string_view kStages[] = {"json",       "regexp",       "logfmt", "unpack",
                                        "pattern",    "label_format", "drop",   "line_format",
                                        "decolorize", "keep",         "unwrap"};

std::vector<Word> make_functions() {
    std::vector<Word> words;
    const auto add = [&](std::string_view text, TokenKind kind) -> Token& {
        words.push_back({text, {}});
        words.back().token.kind = kind;
        return words.back().token;
    };
    for (int op = 0; op <= static_cast<int>(RangeOp::kAbsent); ++op) {
        const auto range_op = static_cast<RangeOp>(op);
        add(to_string(range_op), TokenKind::kRangeOp).range_op = range_op;
    }
    for (int op = 0; op <= static_cast<int>(VectorOp::kApproxTopk); ++op) {
        const auto vector_op = static_cast<VectorOp>(op);
        add(to_string(vector_op), TokenKind::kVectorOp).vector_op = vector_op;
    }
    add("label_replace", TokenKind::kLabelReplace);
    add("vector", TokenKind::kVector);
    add("ip", TokenKind::kIp);
    add("bytes", TokenKind::kBytesConversion);
    add("duration", TokenKind::kDurationConversion);
    add("duration_seconds", TokenKind::kDurationSecondsConversion);
    return words;
}

const std::vector<Word>& functions() {
    static const std::vector<Word> words = make_functions();
    return words;
}

/// Edits that turn one word into another: a letter more, less or changed, or two swapped (optimal
/// string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
    const std::size_t width = b.size() + 1;
    std::vector<std::size_t> cells((a.size() + 1) * width);
    const auto cell = [&](std::size_t i, std::size_t j) -> std::size_t& {
        return cells[i * width + j];
    };
    for (std::size_t i = 0; i <= a.size(); ++i) {
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                cell(i, j) = i + j;
                continue;
            }
            const std::size_t changed = cell(i - 1, j - 1) + (a[i - 1] == b[j - 1] ? 0 : 1);
            cell(i, j) = std::min({changed, cell(i - 1, j) + 1, cell(i, j - 1) + 1});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) cell(i, j) = std::min(cell(i, j), cell(i - 2, j - 2) + 1);
        }
    }
    return cells.back();
}

constexpr std::pair<TokenKind, std::string_view> kNames[] = {
    {TokenKind::kEnd, "$end"},
    {TokenKind::kStray, "IDENTIFIER"},
    {TokenKind::kIdentifier, "IDENTIFIER"},
    {TokenKind::kString, "STRING"},
    {TokenKind::kNumber, "NUMBER"},
    {TokenKind::kDuration, "DURATION"},
    {TokenKind::kBytes, "BYTES"},
    {TokenKind::kRange, "RANGE"},
    {TokenKind::kFlag, "FUNCTION_FLAG"},
    {TokenKind::kOpenBrace, "{"},
    {TokenKind::kCloseBrace, "}"},
    {TokenKind::kOpenParen, "("},
    {TokenKind::kCloseParen, ")"},
    {TokenKind::kCloseBracket, "]"},
    {TokenKind::kComma, ","},
    {TokenKind::kDot, "."},
    {TokenKind::kAssign, "="},
    {TokenKind::kRegex, "=~"},
    {TokenKind::kNotRegex, "!~"},
    {TokenKind::kPipe, "|"},
    {TokenKind::kPipeExact, "|="},
    {TokenKind::kPipeMatch, "|~"},
    {TokenKind::kPipePattern, "|>"},
    {TokenKind::kNotPattern, "!>"},
    {TokenKind::kEqual, "=="},
    {TokenKind::kNotEqual, "!="},
    {TokenKind::kGreater, ">"},
    {TokenKind::kGreaterEqual, ">="},
    {TokenKind::kLess, "<"},
    {TokenKind::kLessEqual, "<="},
    {TokenKind::kAdd, "+"},
    {TokenKind::kSub, "-"},
    {TokenKind::kMul, "*"},
    {TokenKind::kDiv, "/"},
    {TokenKind::kMod, "%"},
    {TokenKind::kPow, "^"},
    {TokenKind::kIp, "ip"},
    {TokenKind::kLabelReplace, "label_replace"},
    {TokenKind::kVector, "VECTOR"},
    {TokenKind::kBytesConversion, "BYTES_CONV"},
    {TokenKind::kDurationConversion, "DURATION_CONV"},
    {TokenKind::kDurationSecondsConversion, "DURATION_SECONDS_CONV"},
};

std::string upper(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return out;
}

}  // namespace

std::optional<TokenKind> find_keyword(std::string_view lower) {
    const auto* found = std::find_if(kKeywords.begin(), kKeywords.end(),
                                     [&](const Keyword& word) { return word.first == lower; });
    if (found == kKeywords.end()) return std::nullopt;
    return found->second;
}

bool is_keyword(std::string_view lower) {
    return find_keyword(lower).has_value();
}

const Word* find_function(std::string_view lower) {
    const std::vector<Word>& words = functions();
    const auto found = std::find_if(words.begin(), words.end(),
                                    [&](const Word& word) { return word.text == lower; });
    return found == words.end() ? nullptr : &*found;
}

std::span<const std::string_view> stage_names() noexcept {
    return kStages;
}

std::span<const std::string_view> function_names() noexcept {
    static const std::vector<std::string_view> names = [] {
        std::vector<std::string_view> all;
        for (const Word& word : functions()) all.push_back(word.text);
        return all;
    }();
    return names;
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
    if (word.size() > 40) return {};
    std::string lower(word);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const std::size_t limit = word.size() <= 3 ? 1 : word.size() <= 7 ? 2 : 3;
    std::string_view best;
    std::size_t best_distance = limit + 1;
    for (const std::string_view candidate : candidates) {
        const std::size_t distance = edit_distance(lower, candidate);
        if (distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

std::string_view token_name(TokenKind kind) noexcept {
    for (const auto& [named, name] : kNames) {
        if (named == kind) return name;
    }
    for (const auto& [word, keyword] : kKeywords) {
        if (keyword == kind) return word;
    }
    return "";
}

std::string token_name(const Token& token) {
    if (token.kind == TokenKind::kRangeOp) return upper(to_string(token.range_op));
    if (token.kind == TokenKind::kVectorOp) return upper(to_string(token.vector_op));
    return std::string(token_name(token.kind));
}

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#include "lexer.h"

#include "words.h"

#include <skald/foundation/model/text.h>
#include <skald/foundation/model/time.h>
#include <skald/foundation/model/utf8.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

namespace skald::read {

namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_hex(char c) {
    return std::isxdigit(static_cast<unsigned char>(c)) != 0;
}
bool is_ascii_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

std::string to_lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

constexpr std::pair<std::string_view, TokenKind> kTwoCharacters[] = {
    {"|=", TokenKind::kPipeExact}, {"|~", TokenKind::kPipeMatch}, {"|>", TokenKind::kPipePattern},
    {"!=", TokenKind::kNotEqual},  {"!~", TokenKind::kNotRegex},  {"!>", TokenKind::kNotPattern},
    {"=~", TokenKind::kRegex},     {"==", TokenKind::kEqual},     {">=", TokenKind::kGreaterEqual},
    {"<=", TokenKind::kLessEqual},
};
constexpr std::pair<char, TokenKind> kOneCharacter[] = {
    {'{', TokenKind::kOpenBrace},  {'}', TokenKind::kCloseBrace},   {'(', TokenKind::kOpenParen},
    {')', TokenKind::kCloseParen}, {']', TokenKind::kCloseBracket}, {',', TokenKind::kComma},
    {'.', TokenKind::kDot},        {'=', TokenKind::kAssign},       {'|', TokenKind::kPipe},
    {'>', TokenKind::kGreater},    {'<', TokenKind::kLess},         {'+', TokenKind::kAdd},
    {'-', TokenKind::kSub},        {'*', TokenKind::kMul},          {'/', TokenKind::kDiv},
    {'%', TokenKind::kMod},        {'^', TokenKind::kPow},
};

class Lexer {
public:
    explicit Lexer(std::string_view query) : query_(query) {}

    std::vector<Token> run() {
        while (next()) {
        }
        return std::move(tokens_);
    }

private:
    char at(std::size_t position) const {
        return position < query_.size() ? query_[position] : '\0';
    }

    /// False after the last token.
    bool next() {
        std::size_t begin = position_;
        if (!skip_blanks(begin)) return broken(begin, "comment not terminated");
        position_ = begin;
        if (begin == query_.size()) {
            add(TokenKind::kEnd, begin, begin);
            return false;
        }
        const char c = query_[begin];
        if (c == '"') return quoted(begin);
        if (c == '`') return raw(begin);
        if (c == '\'') return character_literal(begin);
        if (c == '[') return range(begin);
        if (is_digit(c) || (c == '.' && is_digit(at(begin + 1)))) return number(begin);
        if (c == '-' && dash(begin)) return true;
        if (const std::size_t end = identifier_end(begin); end > begin) return word(begin, end);
        return symbol(begin);
    }

    /// Moves `position` over white space and comments; false in a comment without an end.
    bool skip_blanks(std::size_t& position) const {
        for (;;) {
            while (position < query_.size() && is_blank(query_[position])) ++position;
            const std::string_view rest = query_.substr(position);
            if (rest.starts_with('#') || rest.starts_with("//")) {
                position = std::min(query_.find('\n', position), query_.size());
            } else if (rest.starts_with("/*")) {
                const std::size_t end = query_.find("*/", position + 2);
                if (end == std::string_view::npos) return false;
                position = end + 2;
            } else {
                return true;
            }
        }
    }

    Token& add(TokenKind kind, std::size_t begin, std::size_t end) {
        Token token;
        token.kind = kind;
        token.begin = static_cast<std::uint32_t>(begin);
        token.end = static_cast<std::uint32_t>(end);
        token.text = std::string(query_.substr(begin, end - begin));
        position_ = end;
        tokens_.push_back(std::move(token));
        return tokens_.back();
    }

    bool broken(std::size_t begin, std::string message) {
        add(TokenKind::kBroken, begin, query_.size()).text = std::move(message);
        return false;
    }

    bool quoted(std::size_t begin) {
        std::string value;
        std::size_t position = begin + 1;
        for (;;) {
            if (position >= query_.size() || query_[position] == '\n') {
                return broken(begin, "literal not terminated");
            }
            const char c = query_[position];
            if (c == '"') break;
            if (c == '\\') {
                if (const char* problem = escape(position, value)) return broken(begin, problem);
                continue;
            }
            const std::size_t length = utf8_length(query_, position);
            if (length == 0) return broken(begin, "invalid UTF-8 rune");
            value.append(query_, position, length);
            position += length;
        }
        add(TokenKind::kString, begin, position + 1).text = std::move(value);
        return true;
    }

    /// Reads the escape at `position`; a message if it is none.
    const char* escape(std::size_t& position, std::string& value) const {
        static constexpr std::string_view kLetters = "abfnrtv\\\"";
        static constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\\"";
        static constexpr const char* kBad = "invalid char escape";
        const char c = at(position + 1);
        if (const std::size_t letter = kLetters.find(c);
            letter != std::string_view::npos && position + 1 < query_.size()) {
            value.push_back(kMeanings[letter]);
            position += 2;
            return nullptr;
        }
        const bool octal = c >= '0' && c <= '7';
        const std::size_t digits = octal ? 3 : c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
        if (digits == 0) return kBad;
        const std::size_t first = position + (octal ? 1 : 2);
        std::uint32_t code = 0;
        for (std::size_t i = first; i < first + digits; ++i) {
            const char digit = at(i);
            if (octal ? digit < '0' || digit > '7' : !is_hex(digit)) return kBad;
            const int number = is_digit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10;
            code = code * (octal ? 8 : 16) + static_cast<std::uint32_t>(number);
        }
        position = first + digits;
        if (c == 'u' || c == 'U') return append_utf8(value, code) ? nullptr : "invalid syntax";
        if (code > 0xFF) return "invalid syntax";
        value.push_back(static_cast<char>(code));
        return nullptr;
    }

    bool raw(std::size_t begin) {
        const std::size_t end = query_.find('`', begin + 1);
        if (end == std::string_view::npos) return broken(begin, "literal not terminated");
        std::string value(query_.substr(begin + 1, end - begin - 1));
        if (!is_valid_utf8(value)) return broken(begin, "invalid UTF-8 rune");
        // Carriage returns are not part of a raw string (Go).
        std::erase(value, '\r');
        add(TokenKind::kString, begin, end + 1).text = std::move(value);
        return true;
    }

    /// 'x' is no string; it is one token all the same, so that the message points at its start.
    bool character_literal(std::size_t begin) {
        std::size_t end = begin + 1;
        while (end < query_.size() && query_[end] != '\'' && query_[end] != '\n') ++end;
        if (at(end) == '\'') ++end;
        add(TokenKind::kStray, begin, end);
        return true;
    }

    bool range(std::size_t begin) {
        const std::size_t end = query_.find(']', begin);
        if (end == std::string_view::npos) return broken(begin, "missing closing ']' in duration");
        const Result<DurationNs> length =
            parse_prometheus_duration(query_.substr(begin + 1, end - begin - 1));
        if (!length) return broken(begin, length.error().message);
        add(TokenKind::kRange, begin, end + 1).duration = *length;
        return true;
    }

    /// End of Go's number literal at `begin`.
    std::size_t number_end(std::size_t begin) const {
        std::size_t end = begin;
        const char base = static_cast<char>(at(begin + 1) | 0x20);
        const bool hex = at(begin) == '0' && base == 'x' && is_hex(at(begin + 2));
        if (hex || (at(begin) == '0' && (base == 'o' || base == 'b') && is_digit(at(begin + 2)))) {
            end += 2;
        }
        const auto digits = [&] {
            while (end < query_.size() &&
                   (hex ? is_hex(query_[end]) : is_digit(query_[end]) || query_[end] == '_')) {
                ++end;
            }
        };
        digits();
        if (at(end) == '.') {
            ++end;
            digits();
        }
        const char mark = static_cast<char>(at(end) | 0x20);
        if (mark == (hex ? 'p' : 'e')) {
            const bool sign = at(end + 1) == '+' || at(end + 1) == '-';
            std::size_t exponent = end + (sign ? 2 : 1);
            if (is_digit(at(exponent))) {
                while (is_digit(at(exponent))) ++exponent;
                end = exponent;
            }
        }
        return end;
    }

    std::size_t duration_end(std::size_t end) const {
        for (;;) {
            const std::string_view rest = query_.substr(end);
            if (rest.starts_with("\u00b5") || rest.starts_with("\u03bc")) {
                end += 2;
            } else if (!rest.empty() && std::string_view("0123456789.numshdwy").find(rest[0]) !=
                                            std::string_view::npos) {
                ++end;
            } else {
                return end;
            }
        }
    }

    std::size_t bytes_end(std::size_t end) const {
        static constexpr std::string_view kUnits = "0123456789.BikKMGTP";
        while (end < query_.size() && kUnits.find(query_[end]) != std::string_view::npos) ++end;
        return end;
    }

    static std::optional<DurationNs> duration_of(std::string_view text) {
        if (const Result<DurationNs> exact = parse_prometheus_duration(text)) return *exact;
        if (const Result<DurationNs> fractional = parse_go_duration(text)) return *fractional;
        return std::nullopt;
    }

    bool number(std::size_t begin) {
        const std::size_t end = number_end(begin);
        if (const std::size_t units = duration_end(end); units > end) {
            if (const auto length = duration_of(query_.substr(begin, units - begin))) {
                add(TokenKind::kDuration, begin, units).duration = *length;
                return true;
            }
        }
        if (const std::size_t units = bytes_end(end); units > end) {
            if (const auto size = parse_humanized_bytes(query_.substr(begin, units - begin))) {
                add(TokenKind::kBytes, begin, units).bytes = static_cast<double>(*size);
                return true;
            }
        }
        add(TokenKind::kNumber, begin, end);
        return true;
    }

    /// A flag or a negative duration; false for a plain minus.
    bool dash(std::size_t begin) {
        for (const std::string_view flag : {"--strict", "--keep-empty"}) {
            const std::size_t end = begin + flag.size();
            if (query_.substr(begin).starts_with(flag) && identifier_end(end) == end &&
                at(end) != '-') {
                add(TokenKind::kFlag, begin, end);
                return true;
            }
        }
        if (!is_digit(at(begin + 1))) return false;
        const std::size_t digits = number_end(begin + 1);
        const std::size_t units = duration_end(digits);
        if (units == digits) return false;
        const auto length = duration_of(query_.substr(begin + 1, units - begin - 1));
        if (!length) return false;
        add(TokenKind::kDuration, begin, units).duration = -*length;
        return true;
    }

    std::size_t identifier_end(std::size_t begin) const {
        std::size_t end = begin;
        while (end < query_.size()) {
            const char c = query_[end];
            if (is_ascii_letter(c) || (end > begin && is_digit(c))) {
                ++end;
            } else if (static_cast<unsigned char>(c) >= 0x80) {
                const std::size_t length = letter_length(query_, end, end > begin);
                if (length == 0) break;
                end += length;
            } else {
                break;
            }
        }
        return end;
    }

    bool word(std::size_t begin, std::size_t end) {
        const std::string lower = to_lower(query_.substr(begin, end - begin));
        if (const auto keyword = find_keyword(lower)) {
            add(*keyword, begin, end);
            return true;
        }
        const Word* function = find_function(lower);
        if (function == nullptr || !parenthesis_follows(end)) {
            add(TokenKind::kIdentifier, begin, end);
            return true;
        }
        Token& token = add(function->token.kind, begin, end);
        token.range_op = function->token.range_op;
        token.vector_op = function->token.vector_op;
        return true;
    }

    /// `(`, `by (` or `without (`: what makes a function of a name.
    bool parenthesis_follows(std::size_t position) const {
        if (!skip_blanks(position)) return false;
        if (at(position) == '(') return true;
        const std::size_t end = identifier_end(position);
        const std::string lower = to_lower(query_.substr(position, end - position));
        if (lower != "by" && lower != "without") return false;
        position = end;
        return skip_blanks(position) && at(position) == '(';
    }

    bool symbol(std::size_t begin) {
        for (const auto& [text, kind] : kTwoCharacters) {
            if (query_.substr(begin).starts_with(text)) {
                add(kind, begin, begin + 2);
                return true;
            }
        }
        for (const auto& [character, kind] : kOneCharacter) {
            if (query_[begin] == character) {
                add(kind, begin, begin + 1);
                return true;
            }
        }
        if (query_[begin] == '\0') return broken(begin, "invalid character NUL");
        const std::size_t length = utf8_length(query_, begin);
        if (length == 0) return broken(begin, "invalid UTF-8 rune");
        add(TokenKind::kStray, begin, begin + length);
        return true;
    }

    std::string_view query_;
    std::size_t position_ = 0;
    std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view query) {
    return Lexer(query).run();
}

}  // namespace skald::read

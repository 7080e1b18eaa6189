// SPDX-License-Identifier: Apache-2.0
#include "query_parser.h"

#include "lexer.h"
#include "query_error.h"

#include <algorithm>
#include <utility>

namespace skald::read {

QueryParser::QueryParser(std::string_view query) : query_(query), tokens_(tokenize(query)) {}

Result<ExprPtr> QueryParser::parse() {
    if (query_.empty()) return plain_error("syntax error: unexpected $end");
    SKALD_TRY(Operand root, expression());
    if (!at(TokenKind::kEnd)) return unexpected();
    return std::move(root.expr);
}

const Token& QueryParser::peek(std::size_t ahead) const {
    return tokens_[std::min(position_ + ahead, tokens_.size() - 1)];
}

Token QueryParser::take() {
    Token token = peek();
    if (position_ + 1 < tokens_.size()) ++position_;
    return token;
}

bool QueryParser::accept(TokenKind kind) {
    if (!at(kind)) return false;
    static_cast<void>(take());
    return true;
}

Result<Token> QueryParser::expect(std::initializer_list<TokenKind> kinds, std::string hint) {
    if (std::find(kinds.begin(), kinds.end(), peek().kind) == kinds.end()) {
        return unexpected(kinds, std::move(hint));
    }
    return take();
}

Result<void> QueryParser::skip(TokenKind kind) {
    if (!accept(kind)) return unexpected({kind});
    return {};
}

Error QueryParser::unexpected(std::initializer_list<TokenKind> expected, std::string hint) const {
    const Token& token = peek();
    if (token.kind == TokenKind::kBroken) return broken(token);
    std::string message = "syntax error: unexpected " + token_name(token);
    std::string_view separator = ", expecting ";
    for (const TokenKind kind : expected) {
        message += separator;
        message += token_name(kind);
        separator = " or ";
    }
    if (hint.empty() && token.kind == TokenKind::kStray && token.text.starts_with('\'')) {
        hint = "strings are written in double quotes or backticks";
    }
    const bool range = token.kind == TokenKind::kRange;
    return positioned_error(query_, token.begin, range ? LineNumber::kZero : LineNumber::kCounted,
                            message, hint);
}

Error QueryParser::broken(const Token& token) const {
    const bool range = query_.substr(token.begin).starts_with('[');
    std::string hint;
    if (token.text == "invalid char escape") {
        hint = "write \\\\ for a backslash, or put the text in backticks";
    } else if (range && query_.substr(token.begin).starts_with("[$")) {
        hint = "variables are filled in by Grafana; here a range such as [5m] is needed";
    }
    return positioned_error(query_, token.begin, range ? LineNumber::kZero : LineNumber::kCounted,
                            token.text, hint);
}

Error QueryParser::too_deep() const {
    return positioned_error(query_, peek().begin, LineNumber::kCounted,
                            "the query is nested too deeply", {});
}

}  // namespace skald::read

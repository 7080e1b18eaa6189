// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "token.h"

#include <skald/foundation/base/result.h>
#include <skald/read/logql/ast.h>

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skald::read {

/// Functions in functions; each costs stack.
inline constexpr int kNestingMax = 200;
/// Height of an expression or of a label filter: who walks the tree may use recursion.
inline constexpr int kDepthMax = 1000;

/// Recursive descent for functions, explicit stacks for operators and parentheses.
/// Threading: single-owner; used once.
class QueryParser {
public:
    explicit QueryParser(std::string_view query);

    /// The whole text as one expression, selectors not yet checked.
    Result<ExprPtr> parse();
    /// All log expressions in the order of the text, for the checks that follow the parse.
    const std::vector<LogExpr>& logs() const { return logs_; }

private:
    /// A sub-expression and its height.
    struct Operand {
        ExprPtr expr;
        int depth = 1;
    };
    struct FilterOperand {
        LabelFilter filter;
        int depth = 1;
    };
    struct PendingOperation;
    struct PendingFilter;

    // Tokens.
    const Token& peek(std::size_t ahead = 0) const;
    bool at(TokenKind kind, std::size_t ahead = 0) const { return peek(ahead).kind == kind; }
    Token take();
    bool accept(TokenKind kind);
    Result<Token> expect(std::initializer_list<TokenKind> kinds, std::string hint = {});
    Result<void> skip(TokenKind kind);

    // Errors.
    Error unexpected(std::initializer_list<TokenKind> expected = {}, std::string hint = {}) const;
    Error broken(const Token& token) const;
    Error too_deep() const;

    // Expressions (query_parser_metric.cc).
    Result<Operand> expression();
    Result<Operand> metric();
    Result<Operand> primary();
    Result<Operand> function();
    Result<Operand> literal();
    Result<Operand> vector_literal();
    Result<Operand> label_replace();
    Result<Operand> range_aggregation();
    Result<Operand> vector_aggregation();
    Result<Grouping> grouping();
    Result<std::vector<std::string>> label_list();
    Result<PendingOperation> operation();
    Result<void> reduce(std::vector<Operand>& operands, const PendingOperation& pending);
    Result<LogRange> log_range();
    Result<void> log_range_head(LogRange& range, bool& has_range);
    Result<void> log_range_tail(LogRange& range);
    std::string operand_hint() const;

    // Log expressions (query_parser_log.cc).
    Result<LogExpr> log_expression();
    Result<std::vector<Matcher>> selector();
    Result<Matcher> matcher(std::string hint);
    /// Stages until something that is none; stops in front of `| unwrap` if `unwrap_follows`.
    Result<void> pipeline(std::vector<Stage>& stages, bool unwrap_follows);
    bool at_line_filter() const;
    Result<LineFilter> line_filter();
    Result<LineFilter::Alternative> line_filter_operand();
    Result<Stage> stage();
    Result<Stage> logfmt();
    Result<Stage> regexp();
    Result<Stage> pattern();
    Result<Stage> label_format();
    Result<std::vector<Extraction>> extractions();
    Result<std::vector<LabelChoice>> label_choices();
    Result<Unwrap> unwrap();

    // Label filters (query_parser_filter.cc).
    Result<LabelFilter> label_filter();
    Result<LabelFilter> label_condition();
    Result<LabelFilter> ip_condition(std::string name, Compare compare);
    Result<LabelFilter> number_condition(std::string name, Compare compare);
    Result<void> reduce(std::vector<FilterOperand>& operands, const PendingFilter& pending);
    std::string stage_hint(const Token& name) const;

    std::string_view query_;
    std::vector<Token> tokens_;
    std::size_t position_ = 0;
    int nesting_ = 0;
    std::vector<LogExpr> logs_;
};

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
//
// Metric expressions: operators, aggregations, ranges.
#include "aggregation_rules.h"
#include "fold.h"
#include "query_error.h"
#include "query_parser.h"
#include "regex_text.h"
#include "shared_node.h"
#include "words.h"

#include <skald/foundation/model/text.h>
#include <skald/read/logql/parser.h>

#include <algorithm>
#include <utility>

namespace skald::read {

/// A binary operator that waits for its right operand, or an open parenthesis.
struct QueryParser::PendingOperation {
    bool parenthesis = false;
    BinaryOp op = BinaryOp::kAdd;
    bool return_bool = false;
    std::optional<VectorMatching> matching;
};

namespace {

std::optional<BinaryOp> binary_op(TokenKind kind) {
    switch (kind) {
        case TokenKind::kOr: return BinaryOp::kOr;
        case TokenKind::kAnd: return BinaryOp::kAnd;
        case TokenKind::kUnless: return BinaryOp::kUnless;
        case TokenKind::kEqual: return BinaryOp::kEqual;
        case TokenKind::kNotEqual: return BinaryOp::kNotEqual;
        case TokenKind::kLess: return BinaryOp::kLess;
        case TokenKind::kLessEqual: return BinaryOp::kLessEqual;
        case TokenKind::kGreater: return BinaryOp::kGreater;
        case TokenKind::kGreaterEqual: return BinaryOp::kGreaterEqual;
        case TokenKind::kAdd: return BinaryOp::kAdd;
        case TokenKind::kSub: return BinaryOp::kSub;
        case TokenKind::kMul: return BinaryOp::kMul;
        case TokenKind::kDiv: return BinaryOp::kDiv;
        case TokenKind::kMod: return BinaryOp::kMod;
        case TokenKind::kPow: return BinaryOp::kPow;
        default: return std::nullopt;
    }
}

int rank(BinaryOp op) {
    switch (op) {
        case BinaryOp::kOr: return 1;
        case BinaryOp::kAnd:
        case BinaryOp::kUnless: return 2;
        case BinaryOp::kEqual:
        case BinaryOp::kNotEqual:
        case BinaryOp::kLess:
        case BinaryOp::kLessEqual:
        case BinaryOp::kGreater:
        case BinaryOp::kGreaterEqual: return 3;
        case BinaryOp::kAdd:
        case BinaryOp::kSub: return 4;
        case BinaryOp::kMul:
        case BinaryOp::kDiv:
        case BinaryOp::kMod: return 5;
        case BinaryOp::kPow: return 6;
    }
    return 0;
}

/// Whether `waiting` gets its right operand before `next` takes it as its left one.
bool binds_before(BinaryOp waiting, BinaryOp next) {
    return rank(waiting) > rank(next) || (rank(waiting) == rank(next) && next != BinaryOp::kPow);
}

}  // namespace

Result<QueryParser::Operand> QueryParser::expression() {
    std::vector<Operand> operands;
    std::vector<PendingOperation> pending;
    int open = 0;
    const auto reduce_until_parenthesis = [&]() -> Result<void> {
        while (!pending.empty() && !pending.back().parenthesis) {
            SKALD_CHECK(reduce(operands, pending.back()));
            pending.pop_back();
        }
        return {};
    };
    for (;;) {
        while (accept(TokenKind::kOpenParen)) {
            pending.emplace_back().parenthesis = true;
            ++open;
        }
        SKALD_TRY(Operand operand, primary());
        operands.push_back(std::move(operand));
        while (open > 0 && accept(TokenKind::kCloseParen)) {
            SKALD_CHECK(reduce_until_parenthesis());
            pending.pop_back();
            --open;
        }
        const std::optional<BinaryOp> next = binary_op(peek().kind);
        if (!next) break;
        while (!pending.empty() && !pending.back().parenthesis &&
               binds_before(pending.back().op, *next)) {
            SKALD_CHECK(reduce(operands, pending.back()));
            pending.pop_back();
        }
        SKALD_TRY(PendingOperation waiting, operation());
        pending.push_back(std::move(waiting));
    }
    if (open > 0) return unexpected();
    SKALD_CHECK(reduce_until_parenthesis());
    return std::move(operands.back());
}

Result<QueryParser::PendingOperation> QueryParser::operation() {
    PendingOperation pending;
    pending.op = *binary_op(take().kind);
    pending.return_bool = accept(TokenKind::kBool);
    if (!at(TokenKind::kOn) && !at(TokenKind::kIgnoring)) return pending;
    VectorMatching& match = pending.matching.emplace();
    match.on = take().kind == TokenKind::kOn;
    SKALD_TRY(match.labels, label_list());
    if (!at(TokenKind::kGroupLeft) && !at(TokenKind::kGroupRight)) return pending;
    using Cardinality = VectorMatching::Cardinality;
    match.cardinality =
        take().kind == TokenKind::kGroupLeft ? Cardinality::kManyToOne : Cardinality::kOneToMany;
    if (at(TokenKind::kOpenParen)) {
        SKALD_TRY(match.include, label_list());
    }
    return pending;
}

Result<void> QueryParser::reduce(std::vector<Operand>& operands, const PendingOperation& pending) {
    Operand right = std::move(operands.back());
    operands.pop_back();
    Operand& left = operands.back();
    if (Result<void> valid = check_operands(pending.op, *left.expr, *right.expr); !valid) {
        return plain_error(valid.error().message);
    }
    const auto* left_literal = std::get_if<Literal>(&left.expr->node);
    const auto* right_literal = std::get_if<Literal>(&right.expr->node);
    if (left_literal != nullptr && right_literal != nullptr) {
        const double value = fold(pending.op, left_literal->value, right_literal->value);
        left = Operand{make_shared_node(Expr{Literal{value}}), 1};
        return {};
    }
    const int depth = 1 + std::max(left.depth, right.depth);
    if (depth > kDepthMax) return too_deep();
    BinaryOperation joined;
    joined.op = pending.op;
    joined.return_bool = pending.return_bool;
    joined.matching = pending.matching;
    joined.left = std::move(left.expr);
    joined.right = std::move(right.expr);
    left = Operand{make_shared_node(Expr{std::move(joined)}), depth};
    return {};
}

Result<QueryParser::Operand> QueryParser::metric() {
    SKALD_TRY(Operand inner, expression());
    // A log expression is allowed in the grammar only as a leg of an operator; so it ends too
    // early.
    if (inner.expr->is_log())
        return unexpected({},
                          "a log query has no numbers to aggregate: count "
                          "its lines with count_over_time({...}[5m])");
    return inner;
}

Result<QueryParser::Operand> QueryParser::primary() {
    switch (peek().kind) {
        case TokenKind::kOpenBrace: {
            SKALD_TRY(LogExpr log, log_expression());
            return Operand{make_shared_node(Expr{std::move(log)}), 1};
        }
        case TokenKind::kAdd:
        case TokenKind::kSub:
        case TokenKind::kNumber: return literal();
        case TokenKind::kRangeOp:
        case TokenKind::kVectorOp:
        case TokenKind::kVector:
        case TokenKind::kLabelReplace: return function();
        default: return unexpected({}, operand_hint());
    }
}

std::string QueryParser::operand_hint() const {
    const Token& token = peek();
    if (token.kind != TokenKind::kIdentifier) return {};
    const std::string_view function = nearest(token.text, function_names());
    if (function.empty()) return {};
    if (function == token.text) {
        return "`" + token.text + "` needs its argument in parentheses (labels of `by` too)";
    }
    return "did you mean `" + std::string(function) + "`?";
}

Result<QueryParser::Operand> QueryParser::function() {
    if (nesting_ >= kNestingMax) return too_deep();
    ++nesting_;
    Result<Operand> operand = [&]() -> Result<Operand> {
        switch (peek().kind) {
            case TokenKind::kRangeOp: return range_aggregation();
            case TokenKind::kVectorOp: return vector_aggregation();
            case TokenKind::kVector: return vector_literal();
            default: return label_replace();
        }
    }();
    --nesting_;
    return operand;
}

Result<QueryParser::Operand> QueryParser::literal() {
    std::string text;
    if (at(TokenKind::kAdd) || at(TokenKind::kSub)) text = take().text;
    SKALD_TRY(const Token number, expect({TokenKind::kNumber}));
    text += number.text;
    const Result<double> value = parse_float(text);
    if (!value || text.find('_') != std::string::npos) {
        return plain_error(
            "unable to parse literal as a float: " +
            (value ? "strconv.ParseFloat: parsing " + go_quote(text) + ": invalid syntax"
                   : value.error().message));
    }
    return Operand{make_shared_node(Expr{Literal{*value}}), 1};
}

Result<QueryParser::Operand> QueryParser::vector_literal() {
    static_cast<void>(take());
    SKALD_CHECK(skip(TokenKind::kOpenParen));
    SKALD_TRY(const Token number, expect({TokenKind::kNumber}));
    const Result<double> value = parse_float(number.text);
    if (!value) return plain_error("unable to parse vectorExpr value: " + value.error().message);
    SKALD_CHECK(skip(TokenKind::kCloseParen));
    return Operand{make_shared_node(Expr{VectorLiteral{*value}}), 1};
}

Result<QueryParser::Operand> QueryParser::label_replace() {
    static_cast<void>(take());
    SKALD_CHECK(skip(TokenKind::kOpenParen));
    SKALD_TRY(Operand inner, metric());
    LabelReplace replace;
    for (std::string* argument :
         {&replace.destination, &replace.replacement, &replace.source, &replace.regex}) {
        SKALD_CHECK(skip(TokenKind::kComma));
        SKALD_TRY(Token text, expect({TokenKind::kString}));
        *argument = std::move(text.text);
    }
    SKALD_CHECK(skip(TokenKind::kCloseParen));
    if (auto compiled = compile_regex(replace.regex); !compiled) {
        return plain_error("invalid regex in label_replace: " + compiled.error().message);
    }
    replace.inner = std::move(inner.expr);
    if (inner.depth >= kDepthMax) return too_deep();
    return Operand{make_shared_node(Expr{std::move(replace)}), inner.depth + 1};
}

Result<QueryParser::Operand> QueryParser::range_aggregation() {
    RangeAggregation aggregation;
    aggregation.op = take().range_op;
    SKALD_CHECK(skip(TokenKind::kOpenParen));
    std::optional<std::string> parameter;
    if (at(TokenKind::kNumber)) {
        parameter = take().text;
        SKALD_CHECK(skip(TokenKind::kComma));
    }
    SKALD_TRY(aggregation.range, log_range());
    if (!at(TokenKind::kCloseParen)) return unexpected();
    static_cast<void>(take());
    if (at(TokenKind::kBy) || at(TokenKind::kWithout)) {
        SKALD_TRY(Grouping by, grouping());
        aggregation.grouping = std::move(by);
    }
    if (Result<void> valid = check_range_aggregation(aggregation, parameter); !valid) {
        return plain_error(valid.error().message);
    }
    LogExpr& log = logs_.emplace_back(aggregation.range.log);
    if (aggregation.range.unwrap) {
        const std::vector<LabelFilter>& filters = aggregation.range.unwrap->filters;
        log.stages.insert(log.stages.end(), filters.begin(), filters.end());
    }
    return Operand{make_shared_node(Expr{std::move(aggregation)}), 1};
}

Result<QueryParser::Operand> QueryParser::vector_aggregation() {
    VectorAggregation aggregation;
    aggregation.op = take().vector_op;
    if (at(TokenKind::kBy) || at(TokenKind::kWithout)) {
        SKALD_TRY(Grouping by, grouping());
        aggregation.grouping = std::move(by);
    }
    SKALD_CHECK(skip(TokenKind::kOpenParen));
    std::optional<std::string> parameter;
    if (at(TokenKind::kNumber) && at(TokenKind::kComma, 1)) {
        parameter = take().text;
        static_cast<void>(take());
    }
    SKALD_TRY(Operand inner, metric());
    if (!at(TokenKind::kCloseParen)) return unexpected();
    static_cast<void>(take());
    if (!aggregation.grouping && (at(TokenKind::kBy) || at(TokenKind::kWithout))) {
        SKALD_TRY(Grouping by, grouping());
        aggregation.grouping = std::move(by);
    }
    if (Result<void> valid = check_vector_aggregation(aggregation, parameter); !valid) {
        return plain_error(valid.error().message);
    }
    aggregation.inner = std::move(inner.expr);
    if (inner.depth >= kDepthMax) return too_deep();
    return Operand{make_shared_node(Expr{std::move(aggregation)}), inner.depth + 1};
}

Result<Grouping> QueryParser::grouping() {
    Grouping grouping;
    grouping.without = take().kind == TokenKind::kWithout;
    SKALD_TRY(grouping.labels, label_list());
    return grouping;
}

Result<std::vector<std::string>> QueryParser::label_list() {
    SKALD_CHECK(skip(TokenKind::kOpenParen));
    std::vector<std::string> labels;
    if (accept(TokenKind::kCloseParen)) return labels;
    SKALD_TRY(Token first, expect({TokenKind::kIdentifier, TokenKind::kCloseParen}));
    labels.push_back(std::move(first.text));
    for (;;) {
        SKALD_TRY(const Token next, expect({TokenKind::kComma, TokenKind::kCloseParen}));
        if (next.kind == TokenKind::kCloseParen) return labels;
        SKALD_TRY(Token label, expect({TokenKind::kIdentifier}));
        labels.push_back(std::move(label.text));
    }
}

Result<LogRange> QueryParser::log_range() {
    LogRange range;
    bool has_range = false;
    SKALD_CHECK(log_range_head(range, has_range));
    if (!has_range) {
        SKALD_CHECK(log_range_tail(range));
    }
    return range;
}

/// What stands before the range, or a whole range in parentheses.
Result<void> QueryParser::log_range_head(LogRange& range, bool& has_range) {
    if (at(TokenKind::kOpenParen)) {
        if (nesting_ >= kNestingMax) return too_deep();
        static_cast<void>(take());
        ++nesting_;
        Result<void> inner = log_range_head(range, has_range);
        --nesting_;
        if (!inner) return inner;
        if (!has_range && at(TokenKind::kRange)) {
            has_range = true;
            SKALD_CHECK(log_range_tail(range));
        }
        if (!at(TokenKind::kCloseParen)) return unexpected();
        static_cast<void>(take());
        return {};
    }
    if (!at(TokenKind::kOpenBrace)) {
        return unexpected({TokenKind::kNumber, TokenKind::kOpenBrace, TokenKind::kOpenParen},
                          operand_hint());
    }
    SKALD_TRY(range.log.matchers, selector());
    SKALD_CHECK(pipeline(range.log.stages, true));
    if (at(TokenKind::kPipe)) {
        SKALD_TRY(Unwrap before, unwrap());
        range.unwrap = std::move(before);
    }
    return {};
}

/// The range, its offset, and what may stand behind them if it did not come before.
Result<void> QueryParser::log_range_tail(LogRange& range) {
    if (!at(TokenKind::kRange)) {
        if (range.unwrap) return unexpected({TokenKind::kRange, TokenKind::kPipe});
        return unexpected({}, "a range is missing, such as {...}[5m]");
    }
    range.range = take().duration;
    if (accept(TokenKind::kOffset)) {
        SKALD_TRY(const Token length, expect({TokenKind::kDuration}));
        range.offset = length.duration;
    }
    if (range.unwrap) return {};
    if (range.log.stages.empty()) {
        SKALD_CHECK(pipeline(range.log.stages, true));
    }
    if (at(TokenKind::kPipe) && at(TokenKind::kUnwrap, 1)) {
        SKALD_TRY(Unwrap after, unwrap());
        range.unwrap = std::move(after);
    }
    return {};
}

}  // namespace skald::read

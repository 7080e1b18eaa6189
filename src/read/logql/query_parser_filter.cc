// SPDX-License-Identifier: Apache-2.0
//
// Label filters: conditions joined by `and`, `or`, `,` or nothing at all.
#include "query_error.h"
#include "query_parser.h"
#include "shared_node.h"
#include "words.h"

#include <skald/foundation/model/text.h>

#include <algorithm>
#include <utility>

namespace skald::read {

/// How two conditions are joined. Only the words have a rank: after `,` or nothing, whatever
/// follows binds first (logql section 2: shift is preferred).
struct QueryParser::PendingFilter {
    enum class Kind { kParenthesis, kAnd, kOr, kComma, kNothing };
    Kind kind;

    bool ranked() const { return kind == Kind::kAnd || kind == Kind::kOr; }
    /// Whether the operands of this one are joined before those of `next`.
    bool binds_before(const PendingFilter& next) const {
        return ranked() && next.ranked() && (kind == Kind::kAnd || next.kind == Kind::kOr);
    }
};

namespace {

std::optional<Compare> comparison(TokenKind kind) {
    switch (kind) {
        case TokenKind::kAssign:
        case TokenKind::kEqual: return Compare::kEqual;
        case TokenKind::kNotEqual: return Compare::kNotEqual;
        case TokenKind::kGreater: return Compare::kGreater;
        case TokenKind::kGreaterEqual: return Compare::kGreaterEqual;
        case TokenKind::kLess: return Compare::kLess;
        case TokenKind::kLessEqual: return Compare::kLessEqual;
        default: return std::nullopt;
    }
}

/// Decimal only: 0x10 and 1_000 would mean different things to different readers.
bool is_decimal(std::string_view text) {
    return text.find_first_not_of("0123456789.eE+-") == std::string_view::npos;
}

}  // namespace

Result<LabelFilter> QueryParser::label_filter() {
    using Kind = PendingFilter::Kind;
    std::vector<FilterOperand> operands;
    std::vector<PendingFilter> pending;
    int open = 0;
    const auto reduce_until_parenthesis = [&]() -> Result<void> {
        while (!pending.empty() && pending.back().kind != Kind::kParenthesis) {
            SKALD_CHECK(reduce(operands, pending.back()));
            pending.pop_back();
        }
        return {};
    };
    for (;;) {
        while (accept(TokenKind::kOpenParen)) {
            pending.push_back({Kind::kParenthesis});
            ++open;
        }
        SKALD_TRY(LabelFilter condition, label_condition());
        operands.push_back({std::move(condition), 1});
        while (open > 0 && accept(TokenKind::kCloseParen)) {
            SKALD_CHECK(reduce_until_parenthesis());
            pending.pop_back();
            --open;
        }
        PendingFilter next{Kind::kNothing};
        if (accept(TokenKind::kAnd)) {
            next.kind = Kind::kAnd;
        } else if (accept(TokenKind::kOr)) {
            next.kind = Kind::kOr;
        } else if (accept(TokenKind::kComma)) {
            next.kind = Kind::kComma;
        } else if (!at(TokenKind::kIdentifier) && !at(TokenKind::kOpenParen)) {
            break;
        }
        while (!pending.empty() && pending.back().binds_before(next)) {
            SKALD_CHECK(reduce(operands, pending.back()));
            pending.pop_back();
        }
        pending.push_back(next);
    }
    if (open > 0) return unexpected();
    SKALD_CHECK(reduce_until_parenthesis());
    return std::move(operands.back().filter);
}

Result<void> QueryParser::reduce(std::vector<FilterOperand>& operands,
                                 const PendingFilter& pending) {
    FilterOperand right = std::move(operands.back());
    operands.pop_back();
    FilterOperand& left = operands.back();
    FilterOperand joined;
    joined.depth = 1 + std::max(left.depth, right.depth);
    if (joined.depth > kDepthMax) return too_deep();
    const bool either = pending.kind == PendingFilter::Kind::kOr;
    joined.filter.kind = either ? LabelFilter::Kind::kOr : LabelFilter::Kind::kAnd;
    joined.filter.comma = pending.kind == PendingFilter::Kind::kComma;
    joined.filter.left = make_shared_node(std::move(left.filter));
    joined.filter.right = make_shared_node(std::move(right.filter));
    left = std::move(joined);
    return {};
}

Result<LabelFilter> QueryParser::label_condition() {
    SKALD_TRY(const Token name, expect({TokenKind::kIdentifier}));
    const TokenKind op = peek().kind;
    if (op == TokenKind::kRegex || op == TokenKind::kNotRegex ||
        ((op == TokenKind::kAssign || op == TokenKind::kNotEqual) && at(TokenKind::kString, 1))) {
        static_cast<void>(take());
        SKALD_TRY(const Token value, expect({TokenKind::kString}));
        const MatchOp match = op == TokenKind::kAssign     ? MatchOp::kEqual
                              : op == TokenKind::kNotEqual ? MatchOp::kNotEqual
                              : op == TokenKind::kRegex    ? MatchOp::kRegex
                                                           : MatchOp::kNotRegex;
        Result<Matcher> made = Matcher::create(match, name.text, value.text);
        if (!made) return plain_error(made.error().message);
        LabelFilter filter;
        filter.matcher = *std::move(made);
        return filter;
    }
    const std::optional<Compare> compare = comparison(op);
    if (!compare) return unexpected({}, stage_hint(name));
    static_cast<void>(take());
    const bool equality = op == TokenKind::kAssign || op == TokenKind::kNotEqual;
    if (equality && at(TokenKind::kIp)) return ip_condition(name.text, *compare);
    return number_condition(name.text, *compare);
}

Result<LabelFilter> QueryParser::ip_condition(std::string name, Compare compare) {
    static_cast<void>(take());
    SKALD_CHECK(skip(TokenKind::kOpenParen));
    SKALD_TRY(Token address, expect({TokenKind::kString}));
    SKALD_CHECK(skip(TokenKind::kCloseParen));
    LabelFilter filter;
    filter.kind = LabelFilter::Kind::kIp;
    filter.name = std::move(name);
    filter.compare = compare;
    filter.text = std::move(address.text);
    return filter;
}

Result<LabelFilter> QueryParser::number_condition(std::string name, Compare compare) {
    LabelFilter filter;
    filter.name = std::move(name);
    filter.compare = compare;
    std::string sign;
    if (at(TokenKind::kAdd) || at(TokenKind::kSub)) {
        sign = take().text;
        if (!at(TokenKind::kNumber)) return unexpected({TokenKind::kNumber});
    }
    switch (peek().kind) {
        case TokenKind::kDuration:
            filter.kind = LabelFilter::Kind::kDuration;
            filter.number = static_cast<double>(peek().duration);
            break;
        case TokenKind::kBytes:
            filter.kind = LabelFilter::Kind::kBytes;
            filter.number = peek().bytes;
            break;
        case TokenKind::kNumber: filter.kind = LabelFilter::Kind::kNumber; break;
        case TokenKind::kIdentifier:
            return unexpected(
                {}, "texts are compared in quotes: " + filter.name + "=\"" + peek().text + "\"");
        default: return unexpected();
    }
    const Token literal = take();
    filter.text = sign + literal.text;
    if (filter.kind != LabelFilter::Kind::kNumber) return filter;
    const Result<double> number = parse_float(filter.text);
    if (!is_decimal(filter.text) || !number) {
        std::string message = "unable to parse literal as a float: ";
        message += number
                       ? "strconv.ParseFloat: parsing " + go_quote(filter.text) + ": invalid syntax"
                       : number.error().message;
        return plain_error(message);
    }
    filter.number = *number;
    return filter;
}

std::string QueryParser::stage_hint(const Token& name) const {
    if (const std::string_view stage = nearest(name.text, stage_names()); !stage.empty()) {
        return "there is no stage `" + name.text + "`; did you mean `" + std::string(stage) + "`?";
    }
    return "`" + name.text + "` is no stage; a label filter needs a comparison, such as " +
           name.text + "=\"value\"";
}

}  // namespace skald::read

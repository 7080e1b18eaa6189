// SPDX-License-Identifier: Apache-2.0
//
// Selectors, stages and unwrap.
#include "capture_pattern.h"
#include "query_error.h"
#include "query_parser.h"
#include "regex_text.h"
#include "words.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace skald::read {

namespace {

std::optional<MatchOp> match_op(TokenKind kind) {
    switch (kind) {
        case TokenKind::kAssign: return MatchOp::kEqual;
        case TokenKind::kNotEqual: return MatchOp::kNotEqual;
        case TokenKind::kRegex: return MatchOp::kRegex;
        case TokenKind::kNotRegex: return MatchOp::kNotRegex;
        default: return std::nullopt;
    }
}

LineFilterOp line_filter_op(TokenKind kind) {
    switch (kind) {
        case TokenKind::kNotEqual: return LineFilterOp::kNotContains;
        case TokenKind::kPipeMatch: return LineFilterOp::kRegex;
        case TokenKind::kNotRegex: return LineFilterOp::kNotRegex;
        case TokenKind::kPipePattern: return LineFilterOp::kPattern;
        case TokenKind::kNotPattern: return LineFilterOp::kNotPattern;
        default: return LineFilterOp::kContains;
    }
}

bool is_reserved(const Token& token) {
    return token.kind >= TokenKind::kBy && token.kind <= TokenKind::kUnwrap;
}

}  // namespace

Result<LogExpr> QueryParser::log_expression() {
    LogExpr log;
    SKALD_TRY(log.matchers, selector());
    SKALD_CHECK(pipeline(log.stages, false));
    logs_.push_back(log);
    return log;
}

Result<std::vector<Matcher>> QueryParser::selector() {
    SKALD_CHECK(skip(TokenKind::kOpenBrace));
    std::vector<Matcher> matchers;
    if (accept(TokenKind::kCloseBrace)) return matchers;
    if (!at(TokenKind::kIdentifier)) {
        std::string hint;
        if (is_reserved(peek()))
            hint = "`" + peek().text + "` is a reserved word, not a label name";
        return unexpected({TokenKind::kIdentifier, TokenKind::kCloseBrace}, std::move(hint));
    }
    for (;;) {
        SKALD_TRY(Matcher one, matcher("a selector compares with =, !=, =~ or !~"));
        matchers.push_back(std::move(one));
        SKALD_TRY(const Token next, expect({TokenKind::kCloseBrace, TokenKind::kComma}));
        if (next.kind == TokenKind::kCloseBrace) return matchers;
    }
}

Result<Matcher> QueryParser::matcher(std::string hint) {
    SKALD_TRY(const Token name, expect({TokenKind::kIdentifier}));
    SKALD_TRY(const Token op, expect({TokenKind::kAssign, TokenKind::kRegex, TokenKind::kNotRegex,
                                      TokenKind::kNotEqual},
                                     std::move(hint)));
    SKALD_TRY(const Token value, expect({TokenKind::kString}));
    Result<Matcher> made = Matcher::create(*match_op(op.kind), name.text, value.text);
    if (!made) return plain_error(made.error().message);
    return made;
}

bool QueryParser::at_line_filter() const {
    switch (peek().kind) {
        case TokenKind::kPipeExact:
        case TokenKind::kPipeMatch:
        case TokenKind::kPipePattern:
        case TokenKind::kNotEqual:
        case TokenKind::kNotRegex:
        case TokenKind::kNotPattern: return true;
        default: return false;
    }
}

Result<void> QueryParser::pipeline(std::vector<Stage>& stages, bool unwrap_follows) {
    for (;;) {
        if (at_line_filter()) {
            SKALD_TRY(LineFilter filter, line_filter());
            stages.emplace_back(std::move(filter));
            continue;
        }
        if (!at(TokenKind::kPipe)) return {};
        if (unwrap_follows && at(TokenKind::kUnwrap, 1)) return {};
        static_cast<void>(take());
        SKALD_TRY(Stage next, stage());
        stages.push_back(std::move(next));
    }
}

Result<LineFilter> QueryParser::line_filter() {
    LineFilter filter;
    filter.op = line_filter_op(take().kind);
    do {
        SKALD_TRY(LineFilter::Alternative next, line_filter_operand());
        filter.alternatives.push_back(std::move(next));
    } while (accept(TokenKind::kOr));
    return filter;
}

Result<LineFilter::Alternative> QueryParser::line_filter_operand() {
    SKALD_TRY(Token token, expect({TokenKind::kString, TokenKind::kIp}));
    if (token.kind == TokenKind::kString)
        return LineFilter::Alternative{std::move(token.text), false};
    SKALD_CHECK(skip(TokenKind::kOpenParen));
    SKALD_TRY(Token address, expect({TokenKind::kString}));
    SKALD_CHECK(skip(TokenKind::kCloseParen));
    return LineFilter::Alternative{std::move(address.text), true};
}

Result<Stage> QueryParser::stage() {
    switch (peek().kind) {
        case TokenKind::kIdentifier:
        case TokenKind::kOpenParen: {
            SKALD_TRY(LabelFilter filter, label_filter());
            return Stage(std::move(filter));
        }
        case TokenKind::kLogfmt: return logfmt();
        case TokenKind::kRegexpStage: return regexp();
        case TokenKind::kPatternStage: return pattern();
        case TokenKind::kLabelFormat: return label_format();
        default: break;
    }
    const Token& name = peek();
    switch (name.kind) {
        case TokenKind::kJson: {
            static_cast<void>(take());
            SKALD_TRY(std::vector<Extraction> list, extractions());
            return Stage(JsonStage{std::move(list)});
        }
        case TokenKind::kLineFormat: {
            static_cast<void>(take());
            SKALD_TRY(Token text, expect({TokenKind::kString}));
            return Stage(LineFormatStage{std::move(text.text)});
        }
        case TokenKind::kDrop: {
            static_cast<void>(take());
            SKALD_TRY(std::vector<LabelChoice> choices, label_choices());
            return Stage(DropStage{std::move(choices)});
        }
        case TokenKind::kKeep: {
            static_cast<void>(take());
            SKALD_TRY(std::vector<LabelChoice> choices, label_choices());
            return Stage(KeepStage{std::move(choices)});
        }
        case TokenKind::kUnpack: static_cast<void>(take()); return Stage(UnpackStage{});
        case TokenKind::kDecolorize: static_cast<void>(take()); return Stage(DecolorizeStage{});
        case TokenKind::kUnwrap:
            return unexpected({},
                              "unwrap belongs inside a range aggregation, such as "
                              "sum_over_time({...} | unwrap x [5m])");
        default: return unexpected();
    }
}

Result<Stage> QueryParser::logfmt() {
    static_cast<void>(take());
    LogfmtStage stage;
    while (at(TokenKind::kFlag)) {
        const Token flag = take();
        (flag.text == "--strict" ? stage.strict : stage.keep_empty) = true;
    }
    SKALD_TRY(stage.extractions, extractions());
    return Stage(std::move(stage));
}

Result<Stage> QueryParser::regexp() {
    static_cast<void>(take());
    SKALD_TRY(Token pattern, expect({TokenKind::kString}));
    if (Result<void> valid = check_capturing_regex(pattern.text); !valid) {
        return plain_error("invalid regexp parser: " + valid.error().message);
    }
    return Stage(RegexpStage{std::move(pattern.text)});
}

Result<Stage> QueryParser::pattern() {
    static_cast<void>(take());
    SKALD_TRY(Token text, expect({TokenKind::kString}));
    if (Result<void> valid = check_parser_pattern(text.text); !valid) {
        return plain_error("invalid pattern parser: " + valid.error().message);
    }
    return Stage(PatternStage{std::move(text.text)});
}

Result<Stage> QueryParser::label_format() {
    static_cast<void>(take());
    LabelFormatStage stage;
    do {
        SKALD_TRY(Token name, expect({TokenKind::kIdentifier}));
        SKALD_CHECK(skip(TokenKind::kAssign));
        SKALD_TRY(Token value, expect({TokenKind::kIdentifier, TokenKind::kString}));
        const bool rename = value.kind == TokenKind::kIdentifier;
        stage.items.push_back({std::move(name.text), rename, std::move(value.text)});
    } while (accept(TokenKind::kComma));
    return Stage(std::move(stage));
}

Result<std::vector<Extraction>> QueryParser::extractions() {
    std::vector<Extraction> list;
    if (!at(TokenKind::kIdentifier)) return list;
    do {
        SKALD_TRY(const Token name, expect({TokenKind::kIdentifier}));
        Extraction next{name.text, name.text};
        if (accept(TokenKind::kAssign)) {
            SKALD_TRY(Token expression, expect({TokenKind::kString}));
            next.expression = std::move(expression.text);
        }
        list.push_back(std::move(next));
    } while (accept(TokenKind::kComma));
    return list;
}

Result<std::vector<LabelChoice>> QueryParser::label_choices() {
    std::vector<LabelChoice> choices;
    do {
        if (at(TokenKind::kIdentifier) && match_op(peek(1).kind) &&
            (at(TokenKind::kString, 2) || at(TokenKind::kAssign, 1) || at(TokenKind::kRegex, 1))) {
            SKALD_TRY(Matcher condition, matcher({}));
            std::string name = condition.name();
            choices.push_back({std::move(name), std::move(condition)});
            continue;
        }
        SKALD_TRY(Token name, expect({TokenKind::kIdentifier}));
        choices.push_back({std::move(name.text), std::nullopt});
    } while (accept(TokenKind::kComma));
    return choices;
}

Result<Unwrap> QueryParser::unwrap() {
    SKALD_CHECK(skip(TokenKind::kPipe));
    SKALD_CHECK(skip(TokenKind::kUnwrap));
    Unwrap unwrap;
    switch (peek().kind) {
        case TokenKind::kBytesConversion: unwrap.conversion = UnwrapConversion::kBytes; break;
        case TokenKind::kDurationConversion: unwrap.conversion = UnwrapConversion::kDuration; break;
        case TokenKind::kDurationSecondsConversion:
            unwrap.conversion = UnwrapConversion::kDurationSeconds;
            break;
        case TokenKind::kIdentifier: unwrap.label = take().text; break;
        default: return unexpected({}, "unwrap needs the label that has the number");
    }
    if (unwrap.conversion != UnwrapConversion::kNone) {
        static_cast<void>(take());
        SKALD_CHECK(skip(TokenKind::kOpenParen));
        SKALD_TRY(Token label, expect({TokenKind::kIdentifier}));
        unwrap.label = std::move(label.text);
        SKALD_CHECK(skip(TokenKind::kCloseParen));
    }
    while (accept(TokenKind::kPipe)) {
        if (!at(TokenKind::kIdentifier) && !at(TokenKind::kOpenParen)) {
            return unexpected({TokenKind::kIdentifier, TokenKind::kOpenParen},
                              "only label filters may follow unwrap");
        }
        SKALD_TRY(LabelFilter filter, label_filter());
        unwrap.filters.push_back(std::move(filter));
    }
    return unwrap;
}

}  // namespace skald::read

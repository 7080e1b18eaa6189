// SPDX-License-Identifier: Apache-2.0
//
// The grammar of Go's text/template, https://pkg.go.dev/text/template, with the error texts that
// its users know.
#include "template_parser.h"

#include "template_literal.h"

#include <skald/foundation/model/text.h>

#include <algorithm>
#include <utility>

namespace skald::read {

namespace {

/// Blocks and parentheses within each other.
constexpr std::size_t kDepthMax = 200;

bool is_blank(const TemplateNodes& nodes) {
    return std::all_of(nodes.begin(), nodes.end(), [](const TemplateNode& node) {
        return node.kind == TemplateNode::Kind::kText &&
               node.text.find_first_not_of(" \t\r\n\v\f") == std::string::npos;
    });
}

}  // namespace

TemplateParser::TemplateParser(std::string_view text, std::string_view name)
    : lexer_(text), variables_{"$"} {
    tree_.name = name;
    tree_.source = text;
}

Result<TemplateTree> TemplateParser::parse() {
    if (parse_root()) return std::move(tree_);
    return Error{ErrorCode::kInvalidArgument, std::move(error_)};
}

bool TemplateParser::parse_root() {
    bool ended = false;
    ListEnd end = ListEnd::kEnd;
    while (peek().kind != Kind::kEnd) {
        if (peek().kind == Kind::kLeftDelimiter) {
            TemplateToken delimiter = next();
            TemplateToken keyword = next_non_space();
            if (keyword.kind == Kind::kDefine) {
                if (!parse_definition()) return false;
                continue;
            }
            put_back(std::move(keyword));
            put_back(std::move(delimiter));
        }
        if (!parse_item(tree_.root, ended, end)) return false;
        if (ended) return fail(end == ListEnd::kEnd ? "unexpected {{end}}" : "unexpected {{else}}");
    }
    return true;
}

bool TemplateParser::parse_definition() {
    constexpr std::string_view kContext = "define clause";
    std::string name;
    TemplateToken token;
    if (!parse_name(next_non_space(), kContext, name)) return false;
    if (!expect(Kind::kRightDelimiter, kContext, token)) return false;
    std::vector<std::string> outer = std::exchange(variables_, {"$"});
    const std::size_t ranges = std::exchange(ranges_, 0);
    TemplateNodes nodes;
    ListEnd end = ListEnd::kEnd;
    if (!parse_list(nodes, end)) return false;
    if (end != ListEnd::kEnd) return fail("unexpected {{else}} in define clause");
    variables_ = std::move(outer);
    ranges_ = ranges;
    return define(name, std::move(nodes));
}

bool TemplateParser::define(const std::string& name, TemplateNodes nodes) {
    TemplateNodes& known = tree_.defined[name];
    if (!is_blank(known)) {
        if (is_blank(nodes)) return true;
        return fail("template: multiple definition of template " + go_quote(name));
    }
    known = std::move(nodes);
    return true;
}

bool TemplateParser::parse_list(TemplateNodes& nodes, ListEnd& end) {
    if (!enter()) return false;
    bool ended = false;
    while (peek_non_space().kind != Kind::kEnd) {
        if (!parse_item(nodes, ended, end)) return false;
        if (ended) {
            --depth_;
            return true;
        }
    }
    return fail("unexpected EOF");
}

bool TemplateParser::parse_item(TemplateNodes& nodes, bool& ended, ListEnd& end) {
    TemplateToken token = next_non_space();
    if (token.kind == Kind::kText) {
        TemplateNode node;
        node.position = token.position;
        node.text = token.text;
        nodes.push_back(std::move(node));
        return true;
    }
    if (token.kind != Kind::kLeftDelimiter) return unexpected(token, "input");
    action_line_ = token.line;
    if (!parse_action(nodes, ended, end)) return false;
    action_line_ = 0;
    return true;
}

bool TemplateParser::parse_action(TemplateNodes& nodes, bool& ended, ListEnd& end) {
    TemplateToken token = next_non_space();
    TemplateNode node;
    node.position = token.position;
    const auto control = [&](TemplateNode::Kind kind, std::string_view context) {
        node.kind = kind;
        return parse_control(node, context);
    };
    bool parsed = false;
    switch (token.kind) {
        case Kind::kEndKeyword:
            ended = true;
            end = ListEnd::kEnd;
            return expect(Kind::kRightDelimiter, "end", token);
        case Kind::kElse: {
            ended = true;
            end = ListEnd::kElse;
            const Kind follows = peek_non_space().kind;
            else_if_ = follows == Kind::kIf || follows == Kind::kWith;
            return else_if_ || expect(Kind::kRightDelimiter, "else", token);
        }
        case Kind::kIf: parsed = control(TemplateNode::Kind::kIf, "if"); break;
        case Kind::kRange: parsed = control(TemplateNode::Kind::kRange, "range"); break;
        case Kind::kWith: parsed = control(TemplateNode::Kind::kWith, "with"); break;
        case Kind::kBlock: parsed = parse_block(node); break;
        case Kind::kTemplate: parsed = parse_invocation(node); break;
        case Kind::kBreak:
            node.kind = TemplateNode::Kind::kBreak;
            parsed = parse_break(node);
            break;
        case Kind::kContinue:
            node.kind = TemplateNode::Kind::kContinue;
            parsed = parse_break(node);
            break;
        default:
            put_back(std::move(token));
            node.kind = TemplateNode::Kind::kAction;
            parsed = parse_pipeline(node.pipeline, "command", Kind::kRightDelimiter);
            break;
    }
    if (parsed) nodes.push_back(std::move(node));
    return parsed;
}

bool TemplateParser::parse_control(TemplateNode& node, std::string_view context) {
    const std::size_t variables = variables_.size();
    ListEnd end = ListEnd::kEnd;
    node.position = peek_non_space().position;
    if (!parse_pipeline(node.pipeline, context, Kind::kRightDelimiter)) return false;
    const bool is_range = node.kind == TemplateNode::Kind::kRange;
    if (is_range) ++ranges_;
    if (!parse_list(node.body, end)) return false;
    if (is_range) --ranges_;
    if (end == ListEnd::kElse && !parse_else(node, context)) return false;
    variables_.resize(variables);
    return true;
}

/// The `else` has been read; one {{end}} ends a whole chain of {{else if}}.
bool TemplateParser::parse_else(TemplateNode& node, std::string_view context) {
    if (std::exchange(else_if_, false)) {
        const TemplateToken keyword = next_non_space();
        const bool same = (context == "if" && keyword.kind == Kind::kIf) ||
                          (context == "with" && keyword.kind == Kind::kWith);
        if (!same) return unexpected(keyword, "input");
        if (!enter()) return false;
        TemplateNode inner;
        inner.kind = node.kind;
        if (!parse_control(inner, context)) return false;
        --depth_;
        node.otherwise.push_back(std::move(inner));
        return true;
    }
    ListEnd end = ListEnd::kEnd;
    if (!parse_list(node.otherwise, end)) return false;
    if (end != ListEnd::kEnd) return fail("expected end; found {{else}}");
    return true;
}

bool TemplateParser::parse_break(TemplateNode& node) {
    const std::string text = node.to_string();
    const TemplateToken token = next_non_space();
    if (token.kind != Kind::kRightDelimiter) return unexpected(token, text);
    if (ranges_ == 0) return fail(text + " outside {{range}}");
    return true;
}

/// {{block "name" pipeline}} defines and invokes.
bool TemplateParser::parse_block(TemplateNode& node) {
    constexpr std::string_view kContext = "block clause";
    node.kind = TemplateNode::Kind::kTemplate;
    const TemplateToken token = next_non_space();
    node.position = token.position;
    if (!parse_name(token, kContext, node.text)) return false;
    if (!parse_pipeline(node.pipeline, kContext, Kind::kRightDelimiter)) return false;
    std::vector<std::string> outer = std::exchange(variables_, {"$"});
    const std::size_t ranges = std::exchange(ranges_, 0);
    TemplateNodes nodes;
    ListEnd end = ListEnd::kEnd;
    if (!parse_list(nodes, end)) return false;
    if (end != ListEnd::kEnd) return fail("unexpected {{else}} in block clause");
    variables_ = std::move(outer);
    ranges_ = ranges;
    return define(node.text, std::move(nodes));
}

bool TemplateParser::parse_invocation(TemplateNode& node) {
    constexpr std::string_view kContext = "template clause";
    node.kind = TemplateNode::Kind::kTemplate;
    const TemplateToken token = next_non_space();
    node.position = token.position;
    if (!parse_name(token, kContext, node.text)) return false;
    TemplateToken follows = next_non_space();
    if (follows.kind == Kind::kRightDelimiter) return true;
    put_back(std::move(follows));
    return parse_pipeline(node.pipeline, kContext, Kind::kRightDelimiter);
}

bool TemplateParser::parse_name(const TemplateToken& token, std::string_view context,
                                std::string& name) {
    if (token.kind != Kind::kString && token.kind != Kind::kRawString) {
        return unexpected(token, context);
    }
    Result<std::string> unquoted = unquote_go(token.text);
    if (!unquoted) return fail(unquoted.error().message);
    name = *std::move(unquoted);
    return true;
}

bool TemplateParser::enter() {
    if (++depth_ <= kDepthMax) return true;
    return fail("max expression depth exceeded");
}

bool TemplateParser::expect(Kind kind, std::string_view context, TemplateToken& token) {
    token = next_non_space();
    return token.kind == kind || unexpected(token, context);
}

bool TemplateParser::unexpected(const TemplateToken& token, std::string_view context) {
    if (token.kind != Kind::kError) {
        return fail("unexpected " + token.to_string() + " in " + std::string(context));
    }
    std::string where;
    if (action_line_ != 0 && action_line_ != token.line) {
        // "unclosed action started at": no "action in action".
        where = token.error.ends_with(" action") ? " started at " : " in action started at ";
        where += tree_.name + ":" + std::to_string(action_line_);
    }
    return fail(token.error + where);
}

bool TemplateParser::fail(const std::string& message) {
    error_ = "template: " + tree_.name + ":" + std::to_string(line_) + ": " + message;
    return false;
}

TemplateToken TemplateParser::next() {
    if (pending_.empty()) {
        TemplateToken token = lexer_.next();
        line_ = token.line;
        return token;
    }
    TemplateToken token = std::move(pending_.back());
    pending_.pop_back();
    return token;
}

TemplateToken TemplateParser::next_non_space() {
    TemplateToken token = next();
    while (token.kind == Kind::kSpace) token = next();
    return token;
}

const TemplateToken& TemplateParser::peek() {
    if (pending_.empty()) put_back(next());
    return pending_.back();
}

const TemplateToken& TemplateParser::peek_non_space() {
    put_back(next_non_space());
    return pending_.back();
}

void TemplateParser::put_back(TemplateToken token) {
    pending_.push_back(std::move(token));
}

Result<TemplateTree> parse_template(std::string_view text, std::string_view name) {
    return TemplateParser(text, name).parse();
}

}  // namespace skald::read

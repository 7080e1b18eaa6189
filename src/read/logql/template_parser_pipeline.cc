// SPDX-License-Identifier: Apache-2.0
//
// What stands inside the braces of an action: pipelines, commands, operands.
#include "regex_text.h"
#include "template_functions.h"
#include "template_literal.h"
#include "template_parser.h"

#include <skald/foundation/model/text.h>

#include <algorithm>
#include <utility>

namespace skald::read {

namespace {

using Operand = TemplateOperand;

std::vector<std::string> split_names(std::string_view text) {
    std::vector<std::string> names;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t dot = std::min(text.find('.', at), text.size());
        names.emplace_back(text.substr(at, dot - at));
        at = dot + 1;
    }
    return names;
}

bool starts_operand(TemplateTokenKind kind) {
    using Kind = TemplateTokenKind;
    switch (kind) {
        case Kind::kBool:
        case Kind::kCharConstant:
        case Kind::kDot:
        case Kind::kField:
        case Kind::kIdentifier:
        case Kind::kNumber:
        case Kind::kNil:
        case Kind::kRawString:
        case Kind::kString:
        case Kind::kVariable:
        case Kind::kLeftParenthesis: return true;
        default: return false;
    }
}

}  // namespace

bool TemplateParser::parse_pipeline(TemplatePipeline& pipeline, std::string_view context,
                                    Kind end) {
    pipeline.position = peek_non_space().position;
    if (!parse_variables(pipeline, context)) return false;
    while (true) {
        TemplateToken token = next_non_space();
        if (token.kind == end) return check_pipeline(pipeline, context);
        if (!starts_operand(token.kind)) return unexpected(token, context);
        put_back(std::move(token));
        TemplateCommand command;
        if (!parse_command(command)) return false;
        pipeline.commands.push_back(std::move(command));
    }
}

/// "$x :=", "$x =" or, for range, "$i, $x :=" in front of a pipeline.
bool TemplateParser::parse_variables(TemplatePipeline& pipeline, std::string_view context) {
    while (peek_non_space().kind == Kind::kVariable) {
        TemplateToken variable = next_non_space();
        // A space tells "$x .f" (an argument) from "$x.f".
        TemplateToken space = peek();
        const TemplateToken& follows = peek_non_space();
        const bool declares = follows.kind == Kind::kDeclare || follows.kind == Kind::kAssign;
        const bool comma = follows.kind == Kind::kChar && follows.text == ",";
        if (!declares && !comma) {
            if (space.kind == Kind::kSpace) put_back(std::move(space));
            put_back(std::move(variable));
            return true;
        }
        pipeline.assigns = follows.kind == Kind::kAssign;
        next_non_space();
        pipeline.variables.emplace_back(variable.text);
        variables_.emplace_back(variable.text);
        if (declares) return true;
        if (context != "range" || pipeline.variables.size() >= 2) {
            return fail("too many declarations in " + std::string(context));
        }
        const Kind second = peek_non_space().kind;
        if (second != Kind::kVariable && second != Kind::kRightDelimiter &&
            second != Kind::kRightParenthesis) {
            return fail("range can only initialize variables");
        }
    }
    return true;
}

bool TemplateParser::check_pipeline(const TemplatePipeline& pipeline, std::string_view context) {
    if (pipeline.commands.empty()) return fail("missing value for " + std::string(context));
    for (std::size_t i = 1; i < pipeline.commands.size(); ++i) {
        switch (pipeline.commands[i].words.front().kind) {
            case Operand::Kind::kBool:
            case Operand::Kind::kDot:
            case Operand::Kind::kNil:
            case Operand::Kind::kNumber:
            case Operand::Kind::kString:
                return fail("non executable command in pipeline stage " + std::to_string(i + 1));
            default: break;
        }
    }
    return true;
}

/// Operands up to a '|', which is taken, or to what ends the pipeline, which is not.
bool TemplateParser::parse_command(TemplateCommand& command) {
    command.position = peek_non_space().position;
    while (true) {
        peek_non_space();
        TemplateOperand operand;
        bool found = false;
        if (!parse_operand(operand, found)) return false;
        if (found) command.words.push_back(std::move(operand));
        TemplateToken token = next();
        if (token.kind == Kind::kSpace) continue;
        if (token.kind == Kind::kRightDelimiter || token.kind == Kind::kRightParenthesis) {
            put_back(std::move(token));
        } else if (token.kind != Kind::kPipe) {
            return unexpected(token, "operand");
        }
        break;
    }
    if (command.words.empty()) return fail("empty command");
    TemplateOperand& function = command.words.front();
    if (function.kind == Operand::Kind::kFunction && function.function->takes_regex &&
        command.words.size() > 1 && command.words[1].kind == Operand::Kind::kString) {
        // A bad one is an error of the execution, as in Go, so that an unused branch may have it.
        if (auto compiled = compile_regex(command.words[1].text))
            command.words[1].regex = *compiled;
    }
    return true;
}

bool TemplateParser::parse_operand(TemplateOperand& operand, bool& found) {
    if (!parse_term(operand, found)) return false;
    if (!found || peek().kind != Kind::kField) return true;
    return parse_fields(operand);
}

/// Fields that follow a term without a space.
bool TemplateParser::parse_fields(TemplateOperand& operand) {
    const std::size_t position = peek().position;
    std::vector<std::string> names;
    while (peek().kind == Kind::kField) names.emplace_back(next().text.substr(1));
    switch (operand.kind) {
        case Operand::Kind::kField:
        case Operand::Kind::kVariable:
            operand.position = position;
            operand.names.insert(operand.names.end(), names.begin(), names.end());
            return true;
        case Operand::Kind::kBool:
        case Operand::Kind::kString:
        case Operand::Kind::kNumber:
        case Operand::Kind::kNil:
        case Operand::Kind::kDot:
            return fail("unexpected . after term " + go_quote(operand.to_string()));
        default: break;
    }
    TemplateOperand chain;
    chain.kind = Operand::Kind::kChain;
    chain.position = position;
    chain.names = std::move(names);
    chain.base.push_back(std::move(operand));
    operand = std::move(chain);
    return true;
}

bool TemplateParser::parse_term(TemplateOperand& operand, bool& found) {
    TemplateToken token = next_non_space();
    operand.position = token.position;
    found = true;
    switch (token.kind) {
        case Kind::kError: return unexpected(token, "operand");
        case Kind::kLeftParenthesis: return parse_parentheses(operand);
        case Kind::kString:
        case Kind::kRawString: return parse_string(operand, token);
        default: break;
    }
    if (starts_operand(token.kind)) return parse_word(operand, token);
    put_back(std::move(token));
    found = false;
    return true;
}

bool TemplateParser::parse_word(TemplateOperand& operand, const TemplateToken& token) {
    operand.source = token.text;
    switch (token.kind) {
        case Kind::kIdentifier:
            operand.kind = Operand::Kind::kFunction;
            operand.function = find_template_function(
                token.text, std::string_view(tree_.name).starts_with("__alert_"));
            if (operand.function != nullptr) return true;
            return fail("function " + go_quote(token.text) + " not defined");
        case Kind::kDot: operand.kind = Operand::Kind::kDot; return true;
        case Kind::kNil: operand.kind = Operand::Kind::kNil; return true;
        case Kind::kField:
            operand.kind = Operand::Kind::kField;
            operand.names = split_names(token.text.substr(1));
            return true;
        case Kind::kVariable:
            operand.kind = Operand::Kind::kVariable;
            operand.names = {std::string(token.text)};
            if (std::find(variables_.begin(), variables_.end(), token.text) != variables_.end()) {
                return true;
            }
            return fail("undefined variable " + go_quote(token.text));
        case Kind::kBool:
            operand.kind = Operand::Kind::kBool;
            operand.boolean = token.text == "true";
            return true;
        default: break;
    }
    operand.kind = Operand::Kind::kNumber;
    Result<TemplateNumber> number = parse_template_number(token.text);
    if (!number) return fail(number.error().message);
    operand.number = *number;
    return true;
}

bool TemplateParser::parse_string(TemplateOperand& operand, const TemplateToken& token) {
    operand.kind = Operand::Kind::kString;
    operand.source = token.text;
    Result<std::string> unquoted = unquote_go(token.text);
    if (!unquoted) return fail(unquoted.error().message);
    operand.text = *std::move(unquoted);
    return true;
}

bool TemplateParser::parse_parentheses(TemplateOperand& operand) {
    if (!enter()) return false;
    operand.kind = Operand::Kind::kPipeline;
    operand.pipeline = std::make_unique<TemplatePipeline>();
    if (!parse_pipeline(*operand.pipeline, "parenthesized pipeline", Kind::kRightParenthesis)) {
        return false;
    }
    --depth_;
    return true;
}

}  // namespace skald::read

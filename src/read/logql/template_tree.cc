// SPDX-License-Identifier: Apache-2.0
#include "template_tree.h"

#include <skald/foundation/model/text.h>

#include <algorithm>

namespace skald::read {

namespace {

void append_names(std::string& out, const std::vector<std::string>& names, bool leading_dot) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0 || leading_dot) out.push_back('.');
        out.append(names[i]);
    }
}

std::string in_parentheses(const TemplateOperand& operand) {
    if (operand.kind != TemplateOperand::Kind::kPipeline) return operand.to_string();
    return "(" + operand.to_string() + ")";
}

std::string list_text(const TemplateNodes& nodes) {
    std::string out;
    for (const TemplateNode& node : nodes) out += node.to_string();
    return out;
}

}  // namespace

std::string TemplateOperand::to_string() const {
    std::string out;
    switch (kind) {
        case Kind::kBool: return boolean ? "true" : "false";
        case Kind::kDot: return ".";
        case Kind::kNil: return "nil";
        case Kind::kFunction:
        case Kind::kNumber:
        case Kind::kString: return source;
        case Kind::kField: append_names(out, names, true); return out;
        case Kind::kVariable: append_names(out, names, false); return out;
        case Kind::kPipeline: return pipeline->to_string();
        case Kind::kChain:
            out = in_parentheses(base.front());
            append_names(out, names, true);
            return out;
    }
    return out;
}

std::string TemplateCommand::to_string() const {
    std::string out;
    for (const TemplateOperand& word : words) {
        if (!out.empty()) out.push_back(' ');
        out += in_parentheses(word);
    }
    return out;
}

std::string TemplatePipeline::to_string() const {
    std::string out;
    for (std::size_t i = 0; i < variables.size(); ++i) {
        out += (i > 0 ? ", " : "") + variables[i];
    }
    if (!variables.empty()) out += assigns ? " = " : " := ";
    for (std::size_t i = 0; i < commands.size(); ++i) {
        out += (i > 0 ? " | " : "") + commands[i].to_string();
    }
    return out;
}

std::string TemplateNode::to_string() const {
    const auto block = [&](const char* keyword) {
        std::string out =
            "{{" + std::string(keyword) + " " + pipeline.to_string() + "}}" + list_text(body);
        if (!otherwise.empty()) out += "{{else}}" + list_text(otherwise);
        return out + "{{end}}";
    };
    switch (kind) {
        case Kind::kText: return text;
        case Kind::kAction: return "{{" + pipeline.to_string() + "}}";
        case Kind::kIf: return block("if");
        case Kind::kRange: return block("range");
        case Kind::kWith: return block("with");
        case Kind::kBreak: return "{{break}}";
        case Kind::kContinue: return "{{continue}}";
        case Kind::kTemplate: {
            std::string out = "{{template " + go_quote(text);
            if (!pipeline.commands.empty()) out += " " + pipeline.to_string();
            return out + "}}";
        }
    }
    return {};
}

std::string TemplateTree::location(std::size_t position) const {
    const std::string_view before = std::string_view(source).substr(0, position);
    const auto lines = std::count(before.begin(), before.end(), '\n');
    const std::size_t newline = before.rfind('\n');
    const std::size_t column =
        newline == std::string_view::npos ? position : position - newline - 1;
    return name + ":" + std::to_string(lines + 1) + ":" + std::to_string(column);
}

}  // namespace skald::read

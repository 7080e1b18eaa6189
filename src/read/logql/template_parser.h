// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "template_lexer.h"
#include "template_tree.h"

#include <string>
#include <string_view>
#include <vector>

namespace skald::read {

/// Recursive descent over the tokens of one template. Every method that returns a bool is false
/// after an error, which is kept.
class TemplateParser {
public:
    TemplateParser(std::string_view text, std::string_view name);
    Result<TemplateTree> parse();

private:
    using Kind = TemplateTokenKind;
    /// What ended a list of nodes.
    enum class ListEnd { kEnd, kElse };

    bool parse_root();
    bool parse_definition();
    bool parse_list(TemplateNodes& nodes, ListEnd& end);
    bool parse_item(TemplateNodes& nodes, bool& ended, ListEnd& end);
    bool parse_action(TemplateNodes& nodes, bool& ended, ListEnd& end);
    bool parse_control(TemplateNode& node, std::string_view context);
    bool parse_else(TemplateNode& node, std::string_view context);
    bool parse_break(TemplateNode& node);
    bool parse_block(TemplateNode& node);
    bool parse_invocation(TemplateNode& node);
    bool parse_name(const TemplateToken& token, std::string_view context, std::string& name);

    bool parse_pipeline(TemplatePipeline& pipeline, std::string_view context, Kind end);
    bool parse_variables(TemplatePipeline& pipeline, std::string_view context);
    bool check_pipeline(const TemplatePipeline& pipeline, std::string_view context);
    bool parse_command(TemplateCommand& command);
    bool parse_operand(TemplateOperand& operand, bool& found);
    bool parse_fields(TemplateOperand& operand);
    bool parse_term(TemplateOperand& operand, bool& found);
    bool parse_word(TemplateOperand& operand, const TemplateToken& token);
    bool parse_string(TemplateOperand& operand, const TemplateToken& token);
    bool parse_parentheses(TemplateOperand& operand);

    bool define(const std::string& name, TemplateNodes nodes);
    bool expect(Kind kind, std::string_view context, TemplateToken& token);
    bool unexpected(const TemplateToken& token, std::string_view context);
    bool fail(const std::string& message);
    bool enter();

    TemplateToken next();
    TemplateToken next_non_space();
    const TemplateToken& peek();
    const TemplateToken& peek_non_space();
    void put_back(TemplateToken token);

    TemplateLexer lexer_;
    TemplateTree tree_;
    std::vector<TemplateToken> pending_;  ///< Put back; the last is the next.
    std::vector<std::string> variables_;
    std::size_t depth_ = 0;
    std::size_t ranges_ = 0;       ///< Enclosing range bodies.
    std::size_t line_ = 1;         ///< Of the token read last.
    std::size_t action_line_ = 0;  ///< Where the action at hand began.
    bool else_if_ = false;         ///< The `else` just read goes on with the keyword put back.
    std::string error_;
};

}  // namespace skald::read

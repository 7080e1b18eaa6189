// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "template_functions.h"
#include "template_tree.h"

#include <skald/foundation/base/result.h>
#include <skald/read/logql/stage.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald::read {

/// One run of a template over one row, with the rules of Go's text/template. Methods that return a
/// bool are false after an error, which is kept. Work, depth and memory are bounded.
/// Threading: single-owner; lives no longer than the template and the row.
class TemplateExecution final : public LabelSource {
public:
    TemplateExecution(const TemplateTree& tree, RegexCache& regexes, const StageRow& row);

    /// Errors: kInvalidArgument in Go's words.
    Result<std::string> run();

    const ValueMap& all_labels() const override;

private:
    using Operand = TemplateOperand;
    enum class Flow { kNext, kBreak, kContinue, kFailed };
    /// What an error names: a node and where it is.
    struct Place {
        std::size_t position = 0;
        std::string (*describe)(const void*) = nullptr;
        const void* node = nullptr;
    };
    /// The words of a command and the value that the command before it left.
    struct Words {
        std::span<const Operand> words;
        const Value* piped = nullptr;

        bool has_arguments() const { return words.size() > 1 || piped != nullptr; }
        std::size_t count() const {
            return (words.empty() ? 0 : words.size() - 1) + (piped != nullptr ? 1 : 0);
        }
    };
    /// A level deeper for as long as it lives.
    class Deeper;

    Flow walk_all(const TemplateNodes& nodes, const Value& dot);
    Flow walk(const TemplateNode& node, const Value& dot);
    Flow walk_choice(const TemplateNode& node, const Value& dot);
    Flow walk_range(const TemplateNode& node, const Value& dot);
    Flow walk_element(const TemplateNode& node, const Value& index, const Value& element);
    Flow walk_template(const TemplateNode& node, const Value& dot);
    bool print(const TemplateNode& node, const Value& value);

    bool evaluate(const TemplatePipeline& pipeline, const Value& dot, Value& result);
    bool evaluate_command(const TemplateCommand& command, const Value& dot, const Value* piped,
                          Value& result);
    bool evaluate_literal(const Operand& operand, const Value& dot, const Words& words,
                          Value& result);
    bool evaluate_constant(const Operand& operand, Value& result);
    bool evaluate_variable(const Operand& operand, const Value& dot, const Words& words,
                           Value& result);
    bool evaluate_chain(const Operand& operand, const Value& dot, const Words& words,
                        Value& result);
    bool evaluate_fields(const Value& receiver, std::span<const std::string> names,
                         const Operand& operand, const Value& dot, const Words& words,
                         Value& result);
    bool evaluate_field(const Value& receiver, const std::string& name, const Operand& operand,
                        const Value& dot, const Words& words, Value& result);

    bool call(const TemplateFunction& function, const Value* receiver, const Place& place,
              const Value& dot, const Words& words, Value& result);
    bool call_short_circuit(const TemplateFunction& function, const Value& dot, const Words& words,
                            Value& result);
    bool check_count(const TemplateFunction& function, const Words& words);
    bool evaluate_argument(const Operand& operand, ParameterType type, const Value& dot,
                           Value& result);
    bool evaluate_literal_argument(const Operand& operand, ParameterType type, Value& result);
    bool check_type(const Value& value, ParameterType type, Value& result);
    bool not_a_function(const Words& words);

    template <class Node>
    static Place place_of(const Node& node) {
        return {node.position,
                [](const void* at) { return static_cast<const Node*>(at)->to_string(); }, &node};
    }
    template <class Node>
    void at(const Node& node) {
        place_ = place_of(node);
    }
    bool fail(const std::string& message);
    bool step();
    bool check_depth(std::size_t more);
    bool work(std::size_t bytes);
    bool write(std::string_view text);

    const TemplateTree& tree_;
    const StageRow& row_;
    Arena arena_;
    RegexEffort effort_;
    TemplateContext context_;
    std::string_view template_name_;  ///< Of the template at hand: the root or a defined one.
    std::vector<std::pair<std::string_view, Value>> variables_;
    Place place_;
    std::string out_;
    std::string error_;
    std::size_t steps_ = 0;
    std::size_t worked_bytes_ = 0;
    std::size_t depth_ = 0;
    mutable std::optional<ValueMap> labels_;
};

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace skald::read {

struct TemplateFunction;
struct TemplatePipeline;

/// A number as every type that can hold it, as Go's constants are.
struct TemplateNumber {
    bool is_int = false;
    bool is_float = false;
    bool looks_like_float = false;  ///< Written with a point or an exponent.
    std::int64_t integer = 0;
    double real = 0;
};

/// A word of a command.
struct TemplateOperand {
    enum class Kind {
        kBool,
        kChain,
        kDot,
        kField,
        kFunction,
        kNil,
        kNumber,
        kPipeline,
        kString,
        kVariable
    };

    Kind kind = Kind::kDot;
    std::size_t position = 0;
    std::string source;              ///< As written: numbers, strings, names of functions.
    std::string text;                ///< Of kString, unquoted.
    std::vector<std::string> names;  ///< Fields; a variable's name comes first.
    bool boolean = false;
    TemplateNumber number;
    const TemplateFunction* function = nullptr;
    std::vector<TemplateOperand> base;           ///< Of kChain: the one operand before the fields.
    std::unique_ptr<TemplatePipeline> pipeline;  ///< Of kPipeline.
    /// Of kString where a function wants a regular expression.
    std::shared_ptr<const re2::RE2> regex;

    std::string to_string() const;
};

struct TemplateCommand {
    std::size_t position = 0;
    std::vector<TemplateOperand> words;

    std::string to_string() const;
};

struct TemplatePipeline {
    std::size_t position = 0;
    bool assigns = false;                ///< "=" rather than ":=".
    std::vector<std::string> variables;  ///< With their '$'.
    std::vector<TemplateCommand> commands;

    std::string to_string() const;
};

struct TemplateNode {
    enum class Kind { kText, kAction, kIf, kRange, kWith, kTemplate, kBreak, kContinue };

    Kind kind = Kind::kText;
    std::size_t position = 0;
    std::string text;           ///< Of kText; the name of kTemplate.
    TemplatePipeline pipeline;  ///< No commands: none is there (kTemplate).
    std::vector<TemplateNode> body;
    std::vector<TemplateNode> otherwise;

    std::string to_string() const;
};

using TemplateNodes = std::vector<TemplateNode>;

/// A parsed template and those that it defines.
struct TemplateTree {
    std::string name;
    std::string source;
    TemplateNodes root;
    std::map<std::string, TemplateNodes, std::less<>> defined;

    /// "line:1:5": what errors say of where a node is.
    std::string location(std::size_t position) const;
};

/// Parses a template. Errors: kInvalidArgument in Go's words. Depth is bounded.
Result<TemplateTree> parse_template(std::string_view text, std::string_view name);

}  // namespace skald::read

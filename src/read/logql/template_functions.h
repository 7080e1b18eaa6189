// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "template_print.h"
#include "template_regex.h"
#include "template_value.h"

#include <skald/read/logql/stage.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace skald::read {

/// What functions may use of the execution that calls them.
struct TemplateContext {
    const StageRow& row;
    Arena& arena;
    const LabelSource& labels;
    RegexCache& regexes;
    RegexEffort& effort;
};

/// No value and no output is longer.
inline constexpr std::size_t kTemplateTextMax = std::size_t{4} << 20;

/// A call: arguments in, a result or an error out.
struct TemplateCall {
    const TemplateContext& context;
    /// Of the types that the function asks for; of a method, its receiver comes first.
    std::span<const Value> arguments;
    const re2::RE2* regex = nullptr;  ///< The first argument, if it was compiled before.
    Value result;
    std::string error;

    std::string_view text(std::size_t i) const { return arguments[i].text(); }
    std::int64_t whole(std::size_t i) const { return arguments[i].integer; }

    bool give(const Value& value) {
        result = value;
        return true;
    }
    bool give_view(std::string_view text) { return give(Value::of(text)); }
    bool give_text(std::string text) {
        return give(Value::of(context.arena.keep(std::move(text))));
    }
    bool give_text(Result<std::string> text) {
        return text ? give_text(*std::move(text)) : fail(std::move(text).error().message);
    }
    bool fail(std::string message) {
        error = std::move(message);
        return false;
    }
};

enum class ParameterType : std::uint8_t { kAny, kString, kInt, kFloat, kTime, kDuration };
std::string_view type_name(ParameterType type);

struct TemplateFunction {
    enum class Form : std::uint8_t {
        kPlain,
        kAnd,   ///< Evaluates arguments until one is false.
        kOr,    ///< … until one is true.
        kCall,  ///< Its errors name the first argument.
    };

    std::string_view name;
    bool (*run)(TemplateCall& call) = nullptr;
    std::array<ParameterType, 4> parameters{};
    std::uint8_t required = 0;  ///< Parameters before a variadic one.
    bool variadic = false;      ///< The parameter after them may come any number of times.
    bool takes_regex = false;   ///< The first parameter is a regular expression.
    Form form = Form::kPlain;

    ParameterType parameter(std::size_t i) const { return parameters[i < required ? i : required]; }
};

/// Null if there is no such function. `of_alert`: the template is one of an alert, which has more.
const TemplateFunction* find_template_function(std::string_view name, bool of_alert = false);
/// A method of times and durations; null if there is none.
const TemplateFunction* find_template_method(ValueType receiver, std::string_view name);

/// Go's truth: not zero, not empty.
bool is_true(const Value& value, const LabelSource& labels);

// The functions by theme.
std::span<const TemplateFunction> template_builtins();
std::span<const TemplateFunction> template_comparisons();
std::span<const TemplateFunction> template_text_functions();
std::span<const TemplateFunction> template_number_functions();
std::span<const TemplateFunction> template_time_functions();
std::span<const TemplateFunction> template_alert_functions();
std::span<const TemplateFunction> template_time_methods();
std::span<const TemplateFunction> template_duration_methods();

// How the tables spell what a function takes.
using TemplateParameters = std::array<ParameterType, 4>;
constexpr TemplateFunction takes(std::string_view name, bool (*run)(TemplateCall&),
                                 std::uint8_t required, TemplateParameters parameters) {
    return {name, run, parameters, required, false, false, TemplateFunction::Form::kPlain};
}
constexpr TemplateFunction takes_more(std::string_view name, bool (*run)(TemplateCall&),
                                      std::uint8_t required, TemplateParameters parameters) {
    return {name, run, parameters, required, true, false, TemplateFunction::Form::kPlain};
}
constexpr TemplateFunction takes_any(std::string_view name, bool (*run)(TemplateCall&),
                                     std::uint8_t required) {
    return takes(name, run, required, {});
}

}  // namespace skald::read

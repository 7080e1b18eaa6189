// SPDX-License-Identifier: Apache-2.0
//
// The values of a template: pipelines, fields, calls.
#include "template_execution.h"

#include <skald/foundation/model/text.h>

#include <algorithm>
#include <array>
#include <utility>

namespace skald::read {

namespace {

/// Arguments of a call beyond these are an error; nobody writes so many by hand.
constexpr std::size_t kArgumentsMax = 1000;

std::string_view shown_type(const Value& value) {
    return type_name(value.boxed ? ValueType::kNil : value.type);
}

bool is_of(const Value& value, ParameterType type) {
    switch (type) {
        case ParameterType::kAny: return true;
        case ParameterType::kString: return value.is_string();
        case ParameterType::kInt: return value.type == ValueType::kInt;
        case ParameterType::kFloat: return value.type == ValueType::kFloat;
        case ParameterType::kTime: return value.type == ValueType::kTime;
        case ParameterType::kDuration: return value.type == ValueType::kDuration;
    }
    return false;
}

}  // namespace

/// Sets the pipeline's variables, too.
bool TemplateExecution::evaluate(const TemplatePipeline& pipeline, const Value& dot,
                                 Value& result) {
    at(pipeline);
    Value value;
    for (std::size_t i = 0; i < pipeline.commands.size(); ++i) {
        const Value before = value;
        if (!evaluate_command(pipeline.commands[i], dot, i == 0 ? nullptr : &before, value))
            return false;
        value = value.unboxed();
    }
    for (const std::string& name : pipeline.variables) {
        if (!pipeline.assigns) {
            variables_.emplace_back(name, value);
            continue;
        }
        const auto variable = std::find_if(variables_.rbegin(), variables_.rend(),
                                           [&](const auto& entry) { return entry.first == name; });
        if (variable == variables_.rend()) return fail("undefined variable: " + name);
        variable->second = value;
    }
    result = value;
    return true;
}

bool TemplateExecution::evaluate_command(const TemplateCommand& command, const Value& dot,
                                         const Value* piped, Value& result) {
    if (!step()) return false;
    const Operand& first = command.words.front();
    const Words words{command.words, piped};
    switch (first.kind) {
        case Operand::Kind::kField:
            at(first);
            return evaluate_fields(dot, first.names, first, dot, words, result);
        case Operand::Kind::kChain: return evaluate_chain(first, dot, words, result);
        case Operand::Kind::kFunction:
            at(first);
            return call(*first.function, nullptr, place_of(command), dot, words, result);
        case Operand::Kind::kPipeline:
            return not_a_function(words) && evaluate(*first.pipeline, dot, result);
        case Operand::Kind::kVariable: return evaluate_variable(first, dot, words, result);
        default: return evaluate_literal(first, dot, words, result);
    }
}

bool TemplateExecution::evaluate_literal(const Operand& operand, const Value& dot,
                                         const Words& words, Value& result) {
    at(operand);
    if (!not_a_function(words)) return false;
    if (operand.kind == Operand::Kind::kNil) return fail("nil is not a command");
    if (operand.kind == Operand::Kind::kDot) {
        result = dot;
        return true;
    }
    return evaluate_constant(operand, result);
}

bool TemplateExecution::evaluate_constant(const Operand& operand, Value& result) {
    switch (operand.kind) {
        case Operand::Kind::kBool: result = Value::of(operand.boolean); return true;
        case Operand::Kind::kString:
            result = Value::of(std::string_view(operand.text));
            return true;
        default: break;
    }
    const TemplateNumber& number = operand.number;
    result = number.looks_like_float ? Value::of(number.real) : Value::of_int(number.integer);
    return true;
}

bool TemplateExecution::not_a_function(const Words& words) {
    if (!words.has_arguments()) return true;
    return fail("can't give argument to non-function " + words.words.front().to_string());
}

bool TemplateExecution::evaluate_variable(const Operand& operand, const Value& dot,
                                          const Words& words, Value& result) {
    at(operand);
    const auto variable =
        std::find_if(variables_.rbegin(), variables_.rend(),
                     [&](const auto& entry) { return entry.first == operand.names.front(); });
    if (variable == variables_.rend()) return fail("undefined variable: " + operand.names.front());
    const Value value = variable->second;
    if (operand.names.size() == 1) {
        result = value;
        return not_a_function(words);
    }
    return evaluate_fields(value, std::span(operand.names).subspan(1), operand, dot, words, result);
}

bool TemplateExecution::evaluate_chain(const Operand& operand, const Value& dot, const Words& words,
                                       Value& result) {
    at(operand);
    const Operand& base = operand.base.front();
    Value receiver;
    if (base.kind == Operand::Kind::kPipeline) {
        if (!evaluate(*base.pipeline, dot, receiver)) return false;
    } else if (!evaluate_argument(base, ParameterType::kAny, dot, receiver)) {
        return false;
    }
    return evaluate_fields(receiver, operand.names, operand, dot, words, result);
}

bool TemplateExecution::evaluate_fields(const Value& receiver, std::span<const std::string> names,
                                        const Operand& operand, const Value& dot,
                                        const Words& words, Value& result) {
    Value value = receiver;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const Value from = value;
        const bool last = i + 1 == names.size();
        if (!evaluate_field(from, names[i], operand, dot, last ? words : Words{}, value))
            return false;
    }
    result = value;
    return true;
}

bool TemplateExecution::evaluate_field(const Value& receiver, const std::string& name,
                                       const Operand& operand, const Value& dot, const Words& words,
                                       Value& result) {
    switch (receiver.type) {
        case ValueType::kNone: result = {}; return true;
        case ValueType::kNil: return fail("nil pointer evaluating interface {}." + name);
        case ValueType::kTime:
        case ValueType::kDuration:
            if (const TemplateFunction* method = find_template_method(receiver.type, name)) {
                return call(*method, &receiver, place_of(operand), dot, words, result);
            }
            break;
        case ValueType::kMap:
        case ValueType::kLabels: {
            if (words.has_arguments()) return fail(name + " is not a method but has arguments");
            if (receiver.type == ValueType::kLabels) {
                result = Value::of(row_.find(name).value_or(std::string_view()));
                return true;
            }
            const Value* element = find_key(*receiver.map, name);
            result = element == nullptr ? Value::nil() : *element;
            return true;
        }
        default: break;
    }
    return fail("can't evaluate field " + name + " in type " + std::string(shown_type(receiver)));
}

bool TemplateExecution::check_count(const TemplateFunction& function, const Words& words) {
    const std::size_t count = words.count();
    if (function.variadic ? count >= function.required : count == function.required) {
        return count <= kArgumentsMax || fail("too many args for " + std::string(function.name));
    }
    // Where there may be more of them, Go counts only those that are written.
    const std::size_t written = words.words.empty() ? 0 : words.words.size() - 1;
    return fail("wrong number of args for " + std::string(function.name) + ": want " +
                (function.variadic ? "at least " : "") + std::to_string(function.required) +
                " got " + std::to_string(function.variadic ? written : count));
}

bool TemplateExecution::call(const TemplateFunction& function, const Value* receiver,
                             const Place& place, const Value& dot, const Words& words,
                             Value& result) {
    if (!check_count(function, words)) return false;
    if (function.run == nullptr) return call_short_circuit(function, dot, words, result);
    const auto operands = words.words.empty() ? words.words : words.words.subspan(1);
    // Most calls have few arguments.
    std::array<Value, 5> few;
    std::vector<Value> many;
    const std::size_t count = words.count() + (receiver != nullptr ? 1 : 0);
    if (count > few.size()) many.resize(count);
    const std::span<Value> arguments =
        count > few.size() ? std::span(many) : std::span(few).first(count);
    std::size_t filled = 0;
    std::size_t bytes = 16;
    if (receiver != nullptr) arguments[filled++] = *receiver;
    for (std::size_t i = 0; i < operands.size(); ++i) {
        if (!evaluate_argument(operands[i], function.parameter(i), dot, arguments[filled++]))
            return false;
    }
    if (words.piped != nullptr &&
        !check_type(*words.piped, function.parameter(operands.size()), arguments[filled])) {
        return false;
    }
    for (const Value& value : arguments) bytes += value.is_string() ? value.size : 0;
    if (!work(bytes)) return false;
    TemplateCall made{context_, arguments, nullptr, {}, {}};
    if (function.takes_regex && !operands.empty()) made.regex = operands.front().regex.get();
    if (!function.run(made)) {
        place_ = place;
        std::string message = std::move(made.error);
        if (function.form == TemplateFunction::Form::kCall && message.starts_with("of type ")) {
            const std::string named = operands.empty() ? "value" : operands.front().to_string();
            message = "non-function " + named + " " + message;
        }
        return fail("error calling " + std::string(function.name) + ": " + message);
    }
    result = made.result;
    return work(result.is_string() ? result.size : 0);
}

/// `and` and `or` evaluate no more arguments than they need.
bool TemplateExecution::call_short_circuit(const TemplateFunction& function, const Value& dot,
                                           const Words& words, Value& result) {
    const bool stop_at = function.form == TemplateFunction::Form::kOr;
    for (std::size_t i = 1; i < words.words.size(); ++i) {
        if (!evaluate_argument(words.words[i], ParameterType::kAny, dot, result)) return false;
        if (is_true(result, *this) == stop_at) return true;
    }
    if (words.piped != nullptr) result = *words.piped;
    return true;
}

bool TemplateExecution::evaluate_argument(const Operand& operand, ParameterType type,
                                          const Value& dot, Value& result) {
    at(operand);
    if (!step()) return false;
    const Words alone{std::span(&operand, 1), nullptr};
    Value value;
    switch (operand.kind) {
        case Operand::Kind::kDot: value = dot; break;
        case Operand::Kind::kNil:
            if (type != ParameterType::kAny) {
                return fail("cannot assign nil to " + std::string(type_name(type)));
            }
            result = Value::nil();
            return true;
        case Operand::Kind::kField:
            if (!evaluate_fields(dot, operand.names, operand, dot, alone, value)) return false;
            break;
        case Operand::Kind::kVariable:
            if (!evaluate_variable(operand, dot, alone, value)) return false;
            break;
        case Operand::Kind::kPipeline:
            if (!evaluate(*operand.pipeline, dot, value)) return false;
            break;
        case Operand::Kind::kFunction:
            if (!call(*operand.function, nullptr, place_of(operand), dot, alone, value))
                return false;
            break;
        case Operand::Kind::kChain:
            if (!evaluate_chain(operand, dot, alone, value)) return false;
            break;
        default: return evaluate_literal_argument(operand, type, result);
    }
    return check_type(value, type, result);
}

bool TemplateExecution::evaluate_literal_argument(const Operand& operand, ParameterType type,
                                                  Value& result) {
    const bool is_number = operand.kind == Operand::Kind::kNumber;
    const auto expected = [&](const char* what) {
        return fail(std::string("expected ") + what + "; found " + operand.to_string());
    };
    switch (type) {
        case ParameterType::kAny: return evaluate_constant(operand, result);
        case ParameterType::kString:
            if (operand.kind != Operand::Kind::kString) return expected("string");
            return evaluate_constant(operand, result);
        case ParameterType::kInt:
        case ParameterType::kDuration:
            if (!is_number || !operand.number.is_int) return expected("integer");
            result =
                Value::whole(type == ParameterType::kInt ? ValueType::kInt : ValueType::kDuration,
                             operand.number.integer);
            return true;
        case ParameterType::kFloat:
            if (!is_number || !operand.number.is_float) return expected("float");
            result = Value::of(operand.number.real);
            return true;
        case ParameterType::kTime: break;
    }
    return fail("can't handle " + operand.to_string() + " for arg of type " +
                std::string(type_name(type)));
}

bool TemplateExecution::check_type(const Value& value, ParameterType type, Value& result) {
    result = value;
    if (type == ParameterType::kAny) {
        if (value.type == ValueType::kNone) result = Value::nil();
        return true;
    }
    if (value.type == ValueType::kNone)
        return fail("invalid value; expected " + std::string(type_name(type)));
    if (is_of(value, type)) return true;
    return fail("wrong type for value; expected " + std::string(type_name(type)) + "; got " +
                std::string(type_name(value.type)));
}

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#include "template_functions.h"

#include <algorithm>
#include <array>

namespace skald::read {

namespace {

const TemplateFunction* find_in(std::span<const TemplateFunction> functions,
                                std::string_view name) {
    const auto found = std::find_if(functions.begin(), functions.end(),
                                    [&](const auto& function) { return function.name == name; });
    return found == functions.end() ? nullptr : &*found;
}

}  // namespace

std::string_view type_name(ParameterType type) {
    switch (type) {
        case ParameterType::kAny: return "interface {}";
        case ParameterType::kString: return "string";
        case ParameterType::kInt: return "int";
        case ParameterType::kFloat: return "float64";
        case ParameterType::kTime: return "time.Time";
        case ParameterType::kDuration: return "time.Duration";
    }
    return "";
}

const TemplateFunction* find_template_function(std::string_view name, bool of_alert) {
    if (of_alert) {
        if (const TemplateFunction* found = find_in(template_alert_functions(), name)) return found;
    }
    for (const auto& functions :
         {template_builtins(), template_comparisons(), template_text_functions(),
          template_number_functions(), template_time_functions()}) {
        if (const TemplateFunction* found = find_in(functions, name)) return found;
    }
    return nullptr;
}

const TemplateFunction* find_template_method(ValueType receiver, std::string_view name) {
    if (receiver == ValueType::kTime) return find_in(template_time_methods(), name);
    if (receiver == ValueType::kDuration) return find_in(template_duration_methods(), name);
    return nullptr;
}

bool is_true(const Value& value, const LabelSource& labels) {
    switch (value.type) {
        case ValueType::kNone:
        case ValueType::kNil: return false;
        case ValueType::kBool: return value.boolean;
        case ValueType::kFloat: return value.real != 0;
        case ValueType::kString: return value.size > 0;
        case ValueType::kTime: return true;
        case ValueType::kList: return !value.list->empty();
        case ValueType::kMap: return !value.map->empty();
        case ValueType::kLabels: return !labels.all_labels().empty();
        default: return value.integer != 0;
    }
}

}  // namespace skald::read

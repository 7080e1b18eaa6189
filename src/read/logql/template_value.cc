// SPDX-License-Identifier: Apache-2.0
#include "template_value.h"

#include <algorithm>

namespace skald::read {

std::string_view type_name(ValueType type) {
    switch (type) {
        case ValueType::kNone: return "<nil>";
        case ValueType::kNil: return "interface {}";
        case ValueType::kBool: return "bool";
        case ValueType::kInt: return "int";
        case ValueType::kInt64: return "int64";
        case ValueType::kByte: return "uint8";
        case ValueType::kDuration: return "time.Duration";
        case ValueType::kMonth: return "time.Month";
        case ValueType::kWeekday: return "time.Weekday";
        case ValueType::kFloat: return "float64";
        case ValueType::kString: return "string";
        case ValueType::kTime: return "time.Time";
        case ValueType::kList: return "[]interface {}";
        case ValueType::kMap: return "map[string]interface {}";
        case ValueType::kLabels: return "map[string]string";
    }
    return "";
}

const Value* find_key(const ValueMap& map, std::string_view key) {
    const auto at = std::lower_bound(map.begin(), map.end(), key, [](const auto& entry, auto name) {
        return entry.first < name;
    });
    return at != map.end() && at->first == key ? &at->second : nullptr;
}

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#include "field_type.h"

#include <skald/foundation/model/text.h>
#include <skald/foundation/model/time.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace skald::read {
namespace {

/// What Go's ParseBool reads, but for 0 and 1, which are numbers here.
bool is_boolean(std::string_view value) {
    constexpr std::array<std::string_view, 10> kWords = {"t", "T", "TRUE",  "true",  "True",
                                                         "f", "F", "FALSE", "false", "False"};
    return std::find(kWords.begin(), kWords.end(), value) != kWords.end();
}

/// True if every value of `part` is one of `whole`, too.
bool holds(FieldType whole, FieldType part) {
    if (whole == part) return true;
    switch (whole) {
        case FieldType::kInt:
        case FieldType::kDuration: return part == FieldType::kZero;
        case FieldType::kFloat:
        case FieldType::kBytes: return part == FieldType::kZero || part == FieldType::kInt;
        case FieldType::kString: return true;
        case FieldType::kZero:
        case FieldType::kBoolean: return false;
    }
    return false;
}

}  // namespace

FieldType field_type_of(std::string_view value) {
    if (value == "0") return FieldType::kZero;
    if (parse_int(value)) return FieldType::kInt;
    if (parse_float(value)) return FieldType::kFloat;
    if (is_boolean(value)) return FieldType::kBoolean;
    if (parse_go_duration(value)) return FieldType::kDuration;
    if (parse_humanized_bytes(value)) return FieldType::kBytes;
    return FieldType::kString;
}

FieldType common_type(FieldType a, FieldType b) noexcept {
    if (holds(a, b)) return a;
    return holds(b, a) ? b : FieldType::kString;
}

std::string_view to_string(FieldType type) noexcept {
    switch (type) {
        case FieldType::kZero:
        case FieldType::kInt: return "int";
        case FieldType::kFloat: return "float";
        case FieldType::kBoolean: return "boolean";
        case FieldType::kDuration: return "duration";
        case FieldType::kBytes: return "bytes";
        case FieldType::kString: return "string";
    }
    return "string";
}

std::string humanized_bytes(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 7> kUnits = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    if (bytes < 10) return std::to_string(bytes) + "B";
    double value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1000 && unit + 1 < kUnits.size()) {
        value /= 1000;
        ++unit;
    }
    value = std::floor(value * 10 + 0.5) / 10;
    std::string text;
    if (value < 10) {
        const auto tenths = std::llround(value * 10);
        text = std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
    } else {
        text = std::to_string(std::llrint(value));
    }
    return text + std::string(kUnits[unit]);
}

}  // namespace skald::read

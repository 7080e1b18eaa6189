// SPDX-License-Identifier: Apache-2.0
//
// eq, ne, lt, le, gt and ge of Go's text/template, with its rules of what can be compared.
#include "template_functions.h"

#include <string>

namespace skald::read {

namespace {

using Call = TemplateCall;

/// Values of one kind can be compared.
enum class Kind { kOther, kBool, kInt, kFloat, kString };

Kind kind_of(const Value& value) {
    if (value.is_whole()) return Kind::kInt;
    switch (value.type) {
        case ValueType::kBool: return Kind::kBool;
        case ValueType::kFloat: return Kind::kFloat;
        case ValueType::kString: return Kind::kString;
        default: return Kind::kOther;
    }
}

std::string described(Call& call, const Value& value) {
    std::string out;
    GoPrinter printer(out, 4096, call.context.labels);
    printer.print(value);
    return out;
}

bool same_zone(const ZoneOfTime& a, const ZoneOfTime& b) {
    return a.rules == b.rules && a.offset == b.offset && a.name == b.name;
}

/// Neither is of a basic kind.
bool others_equal(Call& call, const Value& a, const Value& b, bool& equal) {
    if (a.is_empty() || b.is_empty()) {
        equal = a.is_empty() == b.is_empty();
        return true;
    }
    if (a.type == ValueType::kTime && b.type == ValueType::kTime) {
        equal = a.time->seconds == b.time->seconds && a.time->nanos == b.time->nanos &&
                same_zone(a.time->zone, b.time->zone);
        return true;
    }
    return call.fail("non-comparable types " + described(call, a) + ": " +
                     std::string(type_name(a.type)) + ", " + std::string(type_name(b.type)) + ": " +
                     described(call, b));
}

bool values_equal(Call& call, const Value& a, const Value& b, bool& equal) {
    const Kind kind = kind_of(a);
    equal = false;
    if (kind != kind_of(b)) {
        if (a.is_empty() || b.is_empty()) return true;
        return call.fail("incompatible types for comparison");
    }
    switch (kind) {
        case Kind::kBool: equal = a.boolean == b.boolean; return true;
        case Kind::kInt: equal = a.integer == b.integer; return true;
        case Kind::kFloat: equal = a.real == b.real; return true;
        case Kind::kString: equal = a.text() == b.text(); return true;
        case Kind::kOther: return others_equal(call, a, b, equal);
    }
    return true;
}

bool value_less(Call& call, const Value& a, const Value& b, bool& less) {
    const Kind kind = kind_of(a);
    if (kind == Kind::kOther || kind_of(b) == Kind::kOther) {
        return call.fail("invalid type for comparison");
    }
    if (kind != kind_of(b)) return call.fail("incompatible types for comparison");
    switch (kind) {
        case Kind::kInt: less = a.integer < b.integer; return true;
        case Kind::kFloat: less = a.real < b.real; return true;
        case Kind::kString: less = a.text() < b.text(); return true;
        default: return call.fail("invalid type for comparison");
    }
}

/// True if the first equals any other.
bool call_eq(Call& call) {
    if (call.arguments.size() < 2) return call.fail("missing argument for comparison");
    for (const Value& value : call.arguments.subspan(1)) {
        bool equal = false;
        if (!values_equal(call, call.arguments[0], value, equal)) return false;
        if (equal) return call.give(Value::of(true));
    }
    return call.give(Value::of(false));
}

bool call_ne(Call& call) {
    bool equal = false;
    if (!values_equal(call, call.arguments[0], call.arguments[1], equal)) return false;
    return call.give(Value::of(!equal));
}

bool less_or_equal(Call& call, bool& result) {
    if (!value_less(call, call.arguments[0], call.arguments[1], result)) return false;
    return result || values_equal(call, call.arguments[0], call.arguments[1], result);
}

bool call_lt(Call& call) {
    bool less = false;
    return value_less(call, call.arguments[0], call.arguments[1], less) &&
           call.give(Value::of(less));
}
bool call_ge(Call& call) {
    bool less = false;
    return value_less(call, call.arguments[0], call.arguments[1], less) &&
           call.give(Value::of(!less));
}
bool call_le(Call& call) {
    bool result = false;
    return less_or_equal(call, result) && call.give(Value::of(result));
}
bool call_gt(Call& call) {
    bool result = false;
    return less_or_equal(call, result) && call.give(Value::of(!result));
}

constexpr std::array kFunctions = {
    takes_more("eq", call_eq, 1, {}), takes_any("ne", call_ne, 2), takes_any("lt", call_lt, 2),
    takes_any("le", call_le, 2),      takes_any("gt", call_gt, 2), takes_any("ge", call_ge, 2),
};

}  // namespace

std::span<const TemplateFunction> template_comparisons() {
    return kFunctions;
}

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
//
// The functions that every Go template has, https://pkg.go.dev/text/template#hdr-Functions, but for
// the comparisons.
#include "template_functions.h"
#include "template_text.h"

#include <skald/foundation/model/text.h>

#include <string>
#include <utility>
#include <vector>

namespace skald::read {

namespace {

using Call = TemplateCall;

std::string type_text(const Value& value) {
    return std::string(type_name(value.type));
}

bool call_not(Call& call) {
    return call.give(Value::of(!is_true(call.arguments[0], call.context.labels)));
}

bool call_len(Call& call) {
    const Value& value = call.arguments[0];
    const auto give = [&](std::size_t size) {
        return call.give(Value::of_int(static_cast<std::int64_t>(size)));
    };
    switch (value.type) {
        case ValueType::kNone:
        case ValueType::kNil: return call.fail("len of nil pointer");
        case ValueType::kString: return give(value.size);
        case ValueType::kList: return give(value.list->size());
        case ValueType::kMap: return give(value.map->size());
        case ValueType::kLabels: return give(call.context.labels.all_labels().size());
        default: return call.fail("len of type " + type_text(value));
    }
}

std::size_t length_of(const Value& value) {
    return value.is_string() ? value.size : value.list->size();
}

/// A number that indexes a string or list of `length`; `length` itself counts.
bool take_index(Call& call, const Value& index, std::size_t length, std::size_t& position) {
    if (index.is_empty()) return call.fail("cannot index slice/array with nil");
    if (!index.is_whole())
        return call.fail("cannot index slice/array with type " + type_text(index));
    if (index.integer < 0 || index.integer > static_cast<std::int64_t>(length)) {
        return call.fail("index out of range: " + std::to_string(index.integer));
    }
    position = static_cast<std::size_t>(index.integer);
    return true;
}

bool index_sequence(Call& call, const Value& index, Value& item) {
    std::size_t position = 0;
    if (!take_index(call, index, length_of(item), position)) return false;
    if (position == length_of(item)) {
        return call.fail(item.is_string() ? "reflect: string index out of range"
                                          : "reflect: slice index out of range");
    }
    item = item.is_string()
               ? Value::whole(ValueType::kByte, static_cast<unsigned char>(item.bytes[position]))
               : (*item.list)[position];
    return true;
}

bool index_map(Call& call, const Value& index, Value& item) {
    if (index.is_empty()) return call.fail("value is nil; should be of type string");
    if (!index.is_string()) {
        return call.fail("value has type " + type_text(index) + "; should be string");
    }
    if (item.type == ValueType::kLabels) {
        item = Value::of(call.context.row.find(index.text()).value_or(""));
        return true;
    }
    const Value* element = find_key(*item.map, index.text());
    item = element == nullptr ? Value::nil() : *element;
    return true;
}

bool call_index(Call& call) {
    Value item = call.arguments[0];
    if (item.is_empty()) return call.fail("index of untyped nil");
    for (const Value& index : call.arguments.subspan(1)) {
        bool found = false;
        switch (item.type) {
            case ValueType::kNone:
            case ValueType::kNil: return call.fail("index of nil pointer");
            case ValueType::kString:
            case ValueType::kList: found = index_sequence(call, index, item); break;
            case ValueType::kMap:
            case ValueType::kLabels: found = index_map(call, index, item); break;
            default: return call.fail("can't index item of type " + type_text(item));
        }
        if (!found) return false;
    }
    return call.give(item);
}

bool call_slice(Call& call) {
    const Value& item = call.arguments[0];
    const auto indexes = call.arguments.subspan(1);
    if (item.is_empty()) return call.fail("slice of untyped nil");
    if (indexes.size() > 3) {
        return call.fail("too many slice indexes: " + std::to_string(indexes.size()));
    }
    if (!item.is_string() && item.type != ValueType::kList) {
        return call.fail("can't slice item of type " + type_text(item));
    }
    if (item.is_string() && indexes.size() == 3) return call.fail("cannot 3-index slice a string");
    std::array<std::size_t, 3> at = {0, length_of(item), length_of(item)};
    for (std::size_t i = 0; i < indexes.size(); ++i) {
        if (!take_index(call, indexes[i], length_of(item), at[i])) return false;
    }
    for (std::size_t i = 0; i < 2; ++i) {
        if (at[i] <= at[i + 1]) continue;
        return call.fail("invalid slice index: " + std::to_string(at[i]) + " > " +
                         std::to_string(at[i + 1]));
    }
    if (item.is_string()) return call.give_view(item.text().substr(at[0], at[1] - at[0]));
    const auto begin = item.list->begin();
    ValueList part(begin + static_cast<std::ptrdiff_t>(at[0]),
                   begin + static_cast<std::ptrdiff_t>(at[1]));
    return call.give(Value::of(call.context.arena.keep(std::move(part))));
}

/// Gives what `print` writes.
template <class Print>
bool give_printed(Call& call, Print print) {
    std::string out;
    GoPrinter printer(out, kTemplateTextMax, call.context.labels);
    print(printer);
    if (printer.is_full()) return call.fail("text too long");
    return call.give_text(std::move(out));
}

bool call_print(Call& call) {
    return give_printed(call, [&](GoPrinter& printer) { printer.print_all(call.arguments); });
}
bool call_println(Call& call) {
    return give_printed(call, [&](GoPrinter& printer) { printer.print_line(call.arguments); });
}
bool call_printf(Call& call) {
    return give_printed(call, [&](GoPrinter& printer) {
        printer.print_format(call.text(0), call.arguments.subspan(1));
    });
}

/// The arguments as a template would print them, escaped.
bool give_escaped(Call& call, std::string (*escape)(std::string_view)) {
    if (call.arguments.size() == 1 && call.arguments[0].is_string()) {
        return call.give_text(escape(call.text(0)));
    }
    std::vector<Value> values(call.arguments.begin(), call.arguments.end());
    for (Value& value : values) {
        if (value.is_empty()) value = Value::of(std::string_view("<no value>"));
    }
    std::string out;
    GoPrinter printer(out, kTemplateTextMax, call.context.labels);
    printer.print_all(values);
    if (printer.is_full()) return call.fail("text too long");
    return call.give_text(escape(out));
}

bool call_html(Call& call) {
    return give_escaped(call, escape_html);
}
bool call_js(Call& call) {
    return give_escaped(call, escape_js);
}
bool call_urlquery(Call& call) {
    return give_escaped(call, escape_query);
}

/// There are no values of a function's type.
bool call_call(Call& call) {
    const Value& value = call.arguments[0];
    if (value.is_empty()) return call.fail("call of nil");
    return call.fail("of type " + type_text(value));
}

constexpr TemplateFunction with_form(TemplateFunction function, TemplateFunction::Form form) {
    function.form = form;
    return function;
}

constexpr TemplateParameters kFormat = {ParameterType::kString, ParameterType::kAny};

constexpr std::array kFunctions = {
    with_form(takes_more("and", nullptr, 1, {}), TemplateFunction::Form::kAnd),
    with_form(takes_more("or", nullptr, 1, {}), TemplateFunction::Form::kOr),
    with_form(takes_more("call", call_call, 1, {}), TemplateFunction::Form::kCall),
    takes_any("not", call_not, 1),
    takes_any("len", call_len, 1),
    takes_more("index", call_index, 1, {}),
    takes_more("slice", call_slice, 1, {}),
    takes_more("print", call_print, 0, {}),
    takes_more("println", call_println, 0, {}),
    takes_more("printf", call_printf, 1, kFormat),
    takes_more("html", call_html, 0, {}),
    takes_more("js", call_js, 0, {}),
    takes_more("urlquery", call_urlquery, 0, {}),
};

}  // namespace

std::span<const TemplateFunction> template_builtins() {
    return kFunctions;
}

}  // namespace skald::read

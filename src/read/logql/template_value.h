// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "template_time.h"

#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald::read {

/// The Go types that a template can meet. Whole numbers are one number with many types, because
/// Go neither passes an int64 where an int is asked for nor prints a Duration as a number.
enum class ValueType : std::uint8_t {
    kNone,  ///< No value at all: `{{.}}` prints "<no value>".
    kNil,   ///< An interface that holds nothing: an element of JSON that is null or missing.
    kBool,
    kInt,
    kInt64,
    kByte,
    kDuration,
    kMonth,
    kWeekday,
    kFloat,
    kString,
    kTime,
    kList,    ///< []interface {}
    kMap,     ///< map[string]interface {}
    kLabels,  ///< map[string]string: the labels of the row, which is the data of a template.
};

struct Value;
using ValueList = std::vector<Value>;
/// Sorted by key, each key once.
using ValueMap = std::vector<std::pair<std::string_view, Value>>;

/// A value: small, and a view of what an Arena, the template or the row holds.
struct Value {
    ValueType type = ValueType::kNone;
    /// It came out of an interface (an element of JSON): errors name that type.
    bool boxed = false;
    union {
        bool boolean;
        std::int64_t integer = 0;
        double real;
        std::size_t size;  ///< Of a string.
    };
    union {
        const void* nothing = nullptr;
        const char* bytes;
        const GoTime* time;
        const ValueList* list;
        const ValueMap* map;
    };

    static Value nil() { return of_type(ValueType::kNil); }
    static Value labels() { return of_type(ValueType::kLabels); }
    static Value of(bool value) {
        Value made = of_type(ValueType::kBool);
        made.boolean = value;
        return made;
    }
    static Value whole(ValueType type, std::int64_t value) {
        Value made = of_type(type);
        made.integer = value;
        return made;
    }
    static Value of_int(std::int64_t value) { return whole(ValueType::kInt, value); }
    static Value of_int64(std::int64_t value) { return whole(ValueType::kInt64, value); }
    static Value of(double value) {
        Value made = of_type(ValueType::kFloat);
        made.real = value;
        return made;
    }
    /// A literal would rather be a bool than a view.
    static Value of(const char*) = delete;
    static Value of(std::string_view text) {
        Value made = of_type(ValueType::kString);
        made.size = text.size();
        made.bytes = text.data();
        return made;
    }
    static Value of(const ValueList* list) {
        Value made = of_type(ValueType::kList);
        made.list = list;
        return made;
    }
    static Value of(const ValueMap* map) {
        Value made = of_type(ValueType::kMap);
        made.map = map;
        return made;
    }
    static Value of(const GoTime* time) {
        Value made = of_type(ValueType::kTime);
        made.time = time;
        return made;
    }

    std::string_view text() const { return {bytes, size}; }
    bool is_string() const { return type == ValueType::kString; }
    bool is_whole() const { return type >= ValueType::kInt && type <= ValueType::kWeekday; }
    /// kNone or kNil.
    bool is_empty() const { return type <= ValueType::kNil; }
    Value as_boxed() const {
        Value same = *this;
        same.boxed = true;
        return same;
    }
    /// As the result of a pipeline: what an interface held, or no value.
    Value unboxed() const {
        if (type == ValueType::kNil) return {};
        Value same = *this;
        same.boxed = false;
        return same;
    }

private:
    static Value of_type(ValueType type) {
        Value made;
        made.type = type;
        return made;
    }
};

/// "int64", "map[string]interface {}", … as Go's %T.
std::string_view type_name(ValueType type);
/// The value of `key`, or null.
const Value* find_key(const ValueMap& map, std::string_view key);

/// Holds what an execution makes. Counts bytes, so that no template can grow without limit.
class Arena {
public:
    explicit Arena(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    std::string_view keep(std::string text) {
        charge(text.size() + sizeof(std::string));
        return strings_.emplace_front(std::move(text));
    }
    const GoTime* keep(const GoTime& time) {
        charge(sizeof time);
        return &times_.emplace_front(time);
    }
    const ValueList* keep(ValueList list) {
        charge(list.size() * sizeof(Value) + sizeof list);
        return &lists_.emplace_front(std::move(list));
    }
    const ValueMap* keep(ValueMap map) {
        charge(map.size() * (sizeof(Value) + sizeof(std::string_view)) + sizeof map);
        return &maps_.emplace_front(std::move(map));
    }
    /// A string with an address that stays, to be filled by the caller.
    std::string& storage() { return strings_.emplace_front(); }

    bool is_full() const { return bytes_ > bytes_max_; }
    std::size_t bytes_left() const { return is_full() ? 0 : bytes_max_ - bytes_; }

private:
    void charge(std::size_t bytes) { bytes_ += bytes; }

    std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    // Their elements stay where they are, and empty they cost nothing: most templates make little.
    std::forward_list<std::string> strings_;
    std::forward_list<GoTime> times_;
    std::forward_list<ValueList> lists_;
    std::forward_list<ValueMap> maps_;
};

}  // namespace skald::read

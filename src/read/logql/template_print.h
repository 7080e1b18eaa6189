// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "template_value.h"

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace skald::read {

/// The labels of the row, for values of type kLabels, which do not hold them.
class LabelSource {
public:
    virtual ~LabelSource() = default;
    /// Sorted by name.
    virtual const ValueMap& all_labels() const = 0;
};

/// Prints values as Go's package fmt does, https://pkg.go.dev/fmt. Stops once `out` has grown past
/// `bytes_max`, which the caller sees by its size.
class GoPrinter {
public:
    GoPrinter(std::string& out, std::size_t bytes_max, const LabelSource& labels)
        : out_(out), bytes_max_(bytes_max), labels_(labels) {}

    /// %v
    void print(const Value& value);
    /// fmt.Sprint: a space between two operands if neither is a string.
    void print_all(std::span<const Value> values);
    /// fmt.Sprintln
    void print_line(std::span<const Value> values);
    /// fmt.Sprintf
    void print_format(std::string_view format, std::span<const Value> values);

    bool is_full() const { return out_.size() > bytes_max_; }

private:
    /// What stands between '%' and the verb.
    struct Spec {
        bool minus = false;
        bool plus = false;
        bool sharp = false;
        bool space = false;
        bool zero = false;
        bool has_width = false;
        bool has_precision = false;
        int width = 0;
        int precision = 0;
    };
    struct Arguments;

    bool parse_spec(std::string_view format, std::size_t& at, Arguments& arguments);
    void print_verb(std::string_view verb, Arguments& arguments);
    void print_extra(const Arguments& arguments);

    void print_value(const Value& value, char32_t verb);
    void print_whole(const Value& value, char32_t verb);
    void print_integer(const Value& value, char32_t verb);
    void print_float(const Value& value, char32_t verb);
    void print_string(const Value& value, std::string_view text, char32_t verb);
    void print_list(const Value& value, char32_t verb);
    void print_map(const Value& value, const ValueMap& map, char32_t verb);
    void print_bad_verb(const Value& value, char32_t verb);

    void pad(std::string_view text);
    void pad_number(std::string_view sign, std::string_view digits);
    std::string digits_of(std::uint64_t magnitude, unsigned base, bool capitals) const;
    std::string float_text(double value, char verb) const;
    std::string_view truncated(std::string_view text) const;
    std::string quoted(std::string_view text) const;
    std::string hex_of(std::string_view text, bool capitals) const;

    std::string& out_;
    std::size_t bytes_max_;
    const LabelSource& labels_;
    Spec spec_;
};

/// Go's strconv.FormatFloat(value, 'g', -1, 64): what %v prints.
std::string format_go_float(double value);

}  // namespace skald::read

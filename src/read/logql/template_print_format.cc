// SPDX-License-Identifier: Apache-2.0
//
// The formats of Go's Printf: flags, widths, precisions and which operand is meant,
// https://pkg.go.dev/fmt#hdr-Printing.
#include "template_print.h"

#include <skald/foundation/model/utf8.h>

#include <algorithm>
#include <charconv>

namespace skald::read {

namespace {

/// Go's limit of a width or precision.
constexpr int kNumberMax = 1'000'000;

}  // namespace

/// The operands of a format and which is next.
struct GoPrinter::Arguments {
    std::span<const Value> values;
    std::size_t next = 0;
    bool reordered = false;    ///< Some "[n]" was used: extra operands are no error.
    bool good_index = true;    ///< Of the verb at hand.
    bool after_index = false;  ///< The last thing was an "[n]".

    /// "[3]" at `at`.
    void take_index(std::string_view format, std::size_t& at) {
        if (at >= format.size() || format[at] != '[') return;
        reordered = true;
        const std::size_t close = format.find(']', at);
        if (close == std::string_view::npos) {
            good_index = false;
            ++at;
            return;
        }
        std::size_t index = 0;
        const char* end = format.data() + close;
        const auto read = std::from_chars(format.data() + at + 1, end, index);
        at = close + 1;
        if (read.ec != std::errc() || read.ptr != end || index < 1 || index > values.size()) {
            good_index = false;
            return;
        }
        next = index - 1;
        after_index = true;
    }
    /// A '*': an int operand.
    bool take_star(int& number) {
        if (next >= values.size()) return false;
        const Value& value = values[next++];
        after_index = false;
        if (!value.is_whole() || value.integer > kNumberMax || value.integer < -kNumberMax) {
            return false;
        }
        number = static_cast<int>(value.integer);
        return true;
    }
};

void GoPrinter::print_format(std::string_view format, std::span<const Value> values) {
    Arguments arguments;
    arguments.values = values;
    std::size_t at = 0;
    while (at < format.size() && !is_full()) {
        const std::size_t percent = std::min(format.find('%', at), format.size());
        out_.append(format, at, percent - at);
        if (percent == format.size()) break;
        at = percent + 1;
        spec_ = {};
        arguments.good_index = true;
        arguments.after_index = false;
        if (!parse_spec(format, at, arguments)) break;
        const std::size_t length = std::max<std::size_t>(1, utf8_length(format, at));
        print_verb(format.substr(at, length), arguments);
        at += length;
    }
    if (!arguments.reordered && arguments.next < values.size()) print_extra(arguments);
}

/// Flags, width and precision. False at the end of the format.
bool GoPrinter::parse_spec(std::string_view format, std::size_t& at, Arguments& arguments) {
    const auto here = [&](char c) { return at < format.size() && format[at] == c; };
    const auto take_number = [&](int& number) {
        const std::size_t begin = at;
        number = 0;
        for (; at < format.size() && format[at] >= '0' && format[at] <= '9'; ++at) {
            number = std::min(number * 10 + (format[at] - '0'), kNumberMax + 1);
        }
        if (number > kNumberMax) number = 0;
        return at > begin;
    };
    for (; at < format.size(); ++at) {
        if (format[at] == '-') {
            spec_.minus = true;
        } else if (format[at] == '+') {
            spec_.plus = true;
        } else if (format[at] == '#') {
            spec_.sharp = true;
        } else if (format[at] == ' ') {
            spec_.space = true;
        } else if (format[at] == '0') {
            spec_.zero = true;
        } else {
            break;
        }
    }
    arguments.take_index(format, at);
    if (here('*')) {
        ++at;
        spec_.has_width = arguments.take_star(spec_.width);
        if (!spec_.has_width) out_ += "%!(BADWIDTH)";
        if (spec_.width < 0) {
            spec_.width = -spec_.width;
            spec_.minus = true;
        }
    } else {
        spec_.has_width = take_number(spec_.width);
        if (arguments.after_index && spec_.has_width) arguments.good_index = false;
    }
    if (here('.')) {
        ++at;
        if (arguments.after_index) arguments.good_index = false;
        arguments.take_index(format, at);
        if (here('*')) {
            ++at;
            spec_.has_precision = arguments.take_star(spec_.precision);
            if (spec_.precision < 0) spec_.has_precision = false;
            if (!spec_.has_precision) out_ += "%!(BADPREC)";
        } else {
            take_number(spec_.precision);
            spec_.has_precision = true;
        }
    }
    if (!arguments.after_index) arguments.take_index(format, at);
    if (at < format.size()) return true;
    out_ += "%!(NOVERB)";
    return false;
}

void GoPrinter::print_verb(std::string_view verb, Arguments& arguments) {
    if (verb == "%") {
        out_.push_back('%');
        return;
    }
    if (!arguments.good_index) {
        out_.append("%!").append(verb).append("(BADINDEX)");
        return;
    }
    if (arguments.next >= arguments.values.size()) {
        out_.append("%!").append(verb).append("(MISSING)");
        return;
    }
    const std::uint32_t code = utf8_length(verb, 0) == 0 ? 0xFFFD : utf8_code_point(verb, 0);
    // "%+v" asks for the names of fields, which no value here has.
    if (code == 'v') spec_.plus = false;
    print_value(arguments.values[arguments.next++], code);
}

void GoPrinter::print_extra(const Arguments& arguments) {
    out_ += "%!(EXTRA ";
    for (std::size_t i = arguments.next; i < arguments.values.size() && !is_full(); ++i) {
        if (i > arguments.next) out_ += ", ";
        const Value& value = arguments.values[i];
        if (value.is_empty()) {
            out_ += "<nil>";
            continue;
        }
        out_.append(type_name(value.type)).push_back('=');
        print(value);
    }
    out_.push_back(')');
}

}  // namespace skald::read

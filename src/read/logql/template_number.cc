// SPDX-License-Identifier: Apache-2.0
#include "template_number.h"

#include "template_literal.h"
#include "template_print.h"

#include <skald/foundation/model/text.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

namespace skald::read {

namespace {

using Wide = __int128;

/// The whole part of a plain decimal number ("-3.75" -> "-3"); other texts as they are.
std::string whole_part(std::string_view text) {
    const std::size_t point = text.find('.');
    if (point == std::string_view::npos) return std::string(text);
    const auto digits = [](std::string_view part) {
        return part.find_first_not_of("0123456789") == std::string_view::npos;
    };
    std::string_view whole = text.substr(0, point);
    const bool has_sign = !whole.empty() && (whole.front() == '-' || whole.front() == '+');
    if (!digits(whole.substr(has_sign ? 1 : 0)) || !digits(text.substr(point + 1))) {
        return std::string(text);
    }
    std::string out(whole);
    if (whole.size() == (has_sign ? 1U : 0U)) out.push_back('0');
    return out;
}

/// coefficient · 10^exponent, exact as long as it fits; the operations are empty if it does not.
struct Decimal {
    Wide coefficient = 0;
    int exponent = 0;

    /// The shortest decimal that reads back as `value`.
    static Decimal of(double value) {
        std::array<char, 64> buffer{};
        const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                       std::chars_format::scientific);
        Decimal decimal;
        bool negative = false;
        bool after_point = false;
        const char* at = buffer.data();
        for (; at != end.ptr && *at != 'e'; ++at) {
            if (*at == '-') negative = true;
            if (*at == '.') after_point = true;
            if (*at < '0' || *at > '9') continue;
            decimal.coefficient = decimal.coefficient * 10 + (*at - '0');
            if (after_point) --decimal.exponent;
        }
        int exponent = 0;
        at += at[1] == '+' ? 2 : 1;
        std::from_chars(at, end.ptr, exponent);
        decimal.exponent += exponent;
        if (negative) decimal.coefficient = -decimal.coefficient;
        return decimal.shortened();
    }

    double to_double() const {
        const bool negative = coefficient < 0;
        auto rest = static_cast<unsigned __int128>(negative ? -coefficient : coefficient);
        std::string digits;
        for (; rest > 0; rest /= 10) {
            digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
        }
        if (digits.empty()) digits = "0";
        digits += "e" + std::to_string(exponent);
        double value = 0;
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (read.ec != std::errc()) {
            value = exponent > 0 ? std::numeric_limits<double>::infinity() : 0;
        }
        return negative ? -value : value;
    }

    /// Without zeros at the end.
    Decimal shortened() const {
        Decimal same = *this;
        if (same.coefficient == 0) return {};
        while (same.coefficient % 10 == 0) {
            same.coefficient /= 10;
            ++same.exponent;
        }
        return same;
    }

    std::optional<Decimal> scaled_to(int wanted) const {
        Decimal same = *this;
        if (same.coefficient == 0) return Decimal{0, wanted};
        for (; same.exponent > wanted; --same.exponent) {
            if (__builtin_mul_overflow(same.coefficient, Wide{10}, &same.coefficient)) return {};
        }
        return same;
    }
};

std::optional<Decimal> add(const Decimal& a, const Decimal& b) {
    const int exponent = std::min(a.exponent, b.exponent);
    const auto left = a.scaled_to(exponent);
    const auto right = b.scaled_to(exponent);
    Decimal sum{0, exponent};
    if (!left || !right) return {};
    if (__builtin_add_overflow(left->coefficient, right->coefficient, &sum.coefficient)) return {};
    return sum.shortened();
}

std::optional<Decimal> multiply(const Decimal& a, const Decimal& b) {
    Decimal product{0, a.exponent + b.exponent};
    if (__builtin_mul_overflow(a.coefficient, b.coefficient, &product.coefficient)) return {};
    return product.shortened();
}

/// Rounded to 16 places, halves away from zero.
std::optional<Decimal> divide(const Decimal& a, const Decimal& b) {
    constexpr int kPlaces = 16;
    Decimal numerator = a;
    Decimal denominator = b;
    // The quotient of the coefficients has to be a number of 10^-16.
    int shift = a.exponent - b.exponent + kPlaces;
    for (; shift > 0; --shift) {
        if (__builtin_mul_overflow(numerator.coefficient, Wide{10}, &numerator.coefficient))
            return {};
    }
    for (; shift < 0; ++shift) {
        if (__builtin_mul_overflow(denominator.coefficient, Wide{10}, &denominator.coefficient)) {
            return {};
        }
    }
    Decimal quotient{numerator.coefficient / denominator.coefficient, -kPlaces};
    const Wide rest = numerator.coefficient % denominator.coefficient;
    const auto magnitude = [](Wide value) { return value < 0 ? -value : value; };
    if (magnitude(rest) >= magnitude(denominator.coefficient) - magnitude(rest)) {
        quotient.coefficient +=
            (numerator.coefficient < 0) == (denominator.coefficient < 0) ? 1 : -1;
    }
    return quotient.shortened();
}

std::optional<Decimal> apply(DecimalOperation operation, const Decimal& a, const Decimal& b) {
    switch (operation) {
        case DecimalOperation::kAdd: return add(a, b);
        case DecimalOperation::kSubtract: return add(a, Decimal{-b.coefficient, b.exponent});
        case DecimalOperation::kMultiply: return multiply(a, b);
        case DecimalOperation::kDivide: return divide(a, b);
    }
    return {};
}

/// What is too long for a Decimal has more digits than a double shows anyway.
long double apply_to_floats(DecimalOperation operation, long double a, long double b) {
    switch (operation) {
        case DecimalOperation::kAdd: return a + b;
        case DecimalOperation::kSubtract: return a - b;
        case DecimalOperation::kMultiply: return a * b;
        case DecimalOperation::kDivide: return a / b;
    }
    return a;
}

}  // namespace

std::int64_t to_int64(const Value& value) {
    if (value.is_whole()) return value.integer;
    switch (value.type) {
        case ValueType::kBool: return value.boolean ? 1 : 0;
        case ValueType::kFloat:
            // As on amd64: what does not fit is the smallest number.
            if (value.real >= -0x1p63 && value.real < 0x1p63) {
                return static_cast<std::int64_t>(value.real);
            }
            return std::numeric_limits<std::int64_t>::min();
        case ValueType::kString: return parse_go_int(whole_part(value.text())).value_or(0);
        default: return 0;
    }
}

double to_float64(const Value& value) {
    if (value.is_whole()) return static_cast<double>(value.integer);
    switch (value.type) {
        case ValueType::kBool: return value.boolean ? 1 : 0;
        case ValueType::kFloat: return value.real;
        case ValueType::kString: {
            const Result<double> number = parse_float(value.text());
            return number ? *number : 0;
        }
        default: return 0;
    }
}

Result<double> fold_decimals(DecimalOperation operation, std::span<const double> values) {
    Decimal total;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i])) {
            return Error{ErrorCode::kInvalidArgument,
                         "Cannot create a Decimal from " + format_go_float(values[i])};
        }
        const Decimal operand = Decimal::of(values[i]);
        if (i == 0) {
            total = operand;
            continue;
        }
        if (operation == DecimalOperation::kDivide && operand.coefficient == 0) {
            return Error{ErrorCode::kInvalidArgument, "decimal division by 0"};
        }
        if (const auto exact = apply(operation, total, operand)) {
            total = *exact;
            continue;
        }
        const auto near =
            static_cast<double>(apply_to_floats(operation, total.to_double(), operand.to_double()));
        if (!std::isfinite(near)) return near;
        total = Decimal::of(near);
    }
    return total.to_double();
}

}  // namespace skald::read

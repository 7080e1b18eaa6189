// SPDX-License-Identifier: Apache-2.0
#include "template_functions.h"
#include "template_number.h"

#include <cmath>
#include <limits>
#include <vector>

namespace skald::read {

namespace {

using Call = TemplateCall;

std::uint64_t bits(std::int64_t value) {
    return static_cast<std::uint64_t>(value);
}

/// Folds all arguments as int64; sums and products wrap around, as in Go.
template <class Fold>
bool fold_whole(Call& call, std::int64_t start, std::size_t from, Fold fold) {
    std::int64_t total = start;
    for (const Value& value : call.arguments.subspan(from)) total = fold(total, to_int64(value));
    return call.give(Value::of_int64(total));
}

std::int64_t sum_of(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(bits(a) + bits(b));
}
std::int64_t product_of(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(bits(a) * bits(b));
}

bool call_add(Call& call) {
    return fold_whole(call, 0, 0, sum_of);
}
bool call_mul(Call& call) {
    return fold_whole(call, 1, 0, product_of);
}
bool call_sub(Call& call) {
    const std::uint64_t rest =
        bits(to_int64(call.arguments[0])) - bits(to_int64(call.arguments[1]));
    return call.give(Value::of_int64(static_cast<std::int64_t>(rest)));
}
bool call_max(Call& call) {
    return fold_whole(call, to_int64(call.arguments[0]), 1,
                      [](std::int64_t a, std::int64_t b) { return b > a ? b : a; });
}
bool call_min(Call& call) {
    return fold_whole(call, to_int64(call.arguments[0]), 1,
                      [](std::int64_t a, std::int64_t b) { return b < a ? b : a; });
}

bool divide(Call& call, bool remainder) {
    const std::int64_t dividend = to_int64(call.arguments[0]);
    const std::int64_t divisor = to_int64(call.arguments[1]);
    if (divisor == 0) return call.fail("runtime error: integer divide by zero");
    // The smallest number by -1 does not fit and would trap.
    if (divisor == -1) {
        const auto negated = static_cast<std::int64_t>(0 - bits(dividend));
        return call.give(Value::of_int64(remainder ? 0 : negated));
    }
    return call.give(Value::of_int64(remainder ? dividend % divisor : dividend / divisor));
}
bool call_div(Call& call) {
    return divide(call, false);
}
bool call_mod(Call& call) {
    return divide(call, true);
}

template <DecimalOperation Operation>
bool fold_floats(Call& call) {
    std::vector<double> values;
    values.reserve(call.arguments.size());
    for (const Value& value : call.arguments) values.push_back(to_float64(value));
    const Result<double> result = fold_decimals(Operation, values);
    if (!result) return call.fail(result.error().message);
    return call.give(Value::of(*result));
}

template <class Choose>
bool choose_float(Call& call, Choose choose) {
    double chosen = to_float64(call.arguments[0]);
    for (const Value& value : call.arguments.subspan(1)) {
        const double other = to_float64(value);
        if (std::isnan(chosen) || std::isnan(other)) {
            chosen = std::numeric_limits<double>::quiet_NaN();
        } else {
            chosen = choose(chosen, other);
        }
    }
    return call.give(Value::of(chosen));
}
bool call_maxf(Call& call) {
    return choose_float(call, [](double a, double b) { return a > b ? a : b; });
}
bool call_minf(Call& call) {
    return choose_float(call, [](double a, double b) { return a < b ? a : b; });
}

bool call_ceil(Call& call) {
    return call.give(Value::of(std::ceil(to_float64(call.arguments[0]))));
}
bool call_floor(Call& call) {
    return call.give(Value::of(std::floor(to_float64(call.arguments[0]))));
}

/// To so many places; `roundOn` is the part from which on it goes up.
bool call_round(Call& call) {
    const double up_from = call.arguments.size() > 2 ? call.arguments[2].real : 0.5;
    const double power = std::pow(10.0, static_cast<double>(call.whole(1)));
    const double shifted = power * to_float64(call.arguments[0]);
    double whole = 0;
    const double part = std::modf(shifted, &whole);
    return call.give(
        Value::of((part >= up_from ? std::ceil(shifted) : std::floor(shifted)) / power));
}

bool call_int(Call& call) {
    return call.give(Value::of_int(to_int64(call.arguments[0])));
}
bool call_float64(Call& call) {
    return call.give(Value::of(to_float64(call.arguments[0])));
}

constexpr TemplateParameters kRound = {ParameterType::kAny, ParameterType::kInt,
                                       ParameterType::kFloat};

constexpr std::array kFunctions = {
    takes_more("add", call_add, 0, {}),
    takes_any("sub", call_sub, 2),
    takes_more("mul", call_mul, 1, {}),
    takes_any("div", call_div, 2),
    takes_any("mod", call_mod, 2),
    takes_more("max", call_max, 1, {}),
    takes_more("min", call_min, 1, {}),
    takes_more("addf", fold_floats<DecimalOperation::kAdd>, 0, {}),
    takes_more("subf", fold_floats<DecimalOperation::kSubtract>, 1, {}),
    takes_more("mulf", fold_floats<DecimalOperation::kMultiply>, 1, {}),
    takes_more("divf", fold_floats<DecimalOperation::kDivide>, 1, {}),
    takes_more("maxf", call_maxf, 1, {}),
    takes_more("minf", call_minf, 1, {}),
    takes_any("ceil", call_ceil, 1),
    takes_any("floor", call_floor, 1),
    takes_more("round", call_round, 2, kRound),
    takes_any("int", call_int, 1),
    takes_any("float64", call_float64, 1),
};

}  // namespace

std::span<const TemplateFunction> template_number_functions() {
    return kFunctions;
}

}  // namespace skald::read

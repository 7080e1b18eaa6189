// SPDX-License-Identifier: Apache-2.0
#include "data_times.h"

#include <algorithm>
#include <variant>

namespace skald::read {
namespace {

TimeNs minus(TimeNs a, DurationNs b) {
    TimeNs difference = 0;
    if (__builtin_sub_overflow(a, b, &difference)) return b > 0 ? kTimeMin : kTimeMax;
    return difference;
}

struct Walker {
    std::optional<DataTimes> times;

    void walk(const Expr& expr) {
        std::visit([this](const auto& node) { (*this)(node); }, expr.node);
    }
    void operator()(const RangeAggregation& aggregation) {
        const LogRange& range = aggregation.range;
        const DurationNs oldest = minus(range.offset, -range.range);
        if (!times) times = DataTimes{oldest, range.offset};
        times->oldest = std::max(times->oldest, oldest);
        times->newest = std::min(times->newest, range.offset);
    }
    void operator()(const VectorAggregation& aggregation) { walk(*aggregation.inner); }
    void operator()(const BinaryOperation& operation) {
        walk(*operation.left);
        walk(*operation.right);
    }
    void operator()(const LabelReplace& replace) { walk(*replace.inner); }
    void operator()(const LogExpr&) {}
    void operator()(const Literal&) {}
    void operator()(const VectorLiteral&) {}
};

}  // namespace

TimeNs DataTimes::first(TimeNs time) const noexcept {
    return minus(time, oldest);
}

TimeNs DataTimes::last(TimeNs time) const noexcept {
    return minus(time, newest);
}

std::optional<DataTimes> data_times(const Expr& expr) {
    Walker walker;
    walker.walk(expr);
    return walker.times;
}

}  // namespace skald::read

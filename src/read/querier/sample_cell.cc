// SPDX-License-Identifier: Apache-2.0
#include "sample_cell.h"

#include <cmath>

namespace skald::read {
namespace {

/// Adds to a sum and to what rounding has lost of it, so that the order of samples doesn't show.
/// Neumaier 1974.
void add_to_sum(SampleCell& cell, double value) {
    const double sum = cell.value + value;
    if (std::abs(cell.value) >= std::abs(value)) {
        cell.extra += (cell.value - sum) + value;
    } else {
        cell.extra += (value - sum) + cell.value;
    }
    cell.value = sum;
}

/// With infinities the lost part has no meaning.
double sum_of(const SampleCell& cell) {
    return std::isfinite(cell.value) ? cell.value + cell.extra : cell.value;
}

/// Welford 1962.
void add_to_variance(SampleCell& cell, double value) {
    const double delta = value - cell.value;
    cell.value += delta / static_cast<double>(cell.count + 1);
    cell.extra += delta * (value - cell.value);
}

/// Chan, Golub and LeVeque 1979.
void merge_variances(SampleCell& into, const SampleCell& from) {
    const auto mine = static_cast<double>(into.count);
    const auto theirs = static_cast<double>(from.count);
    const double delta = from.value - into.value;
    into.value += delta * (theirs / (mine + theirs));
    into.extra += from.extra + delta * delta * mine * theirs / (mine + theirs);
}

/// Any number goes before NaN.
void take_extreme(bool largest, SampleCell& cell, double value) {
    const bool better = largest ? value > cell.value : value < cell.value;
    if (better || std::isnan(cell.value)) cell.value = value;
}

bool comes_before(const SampleCell& a, const SampleCell& b) {
    return a.time != b.time ? a.time < b.time : a.count < b.count;
}

}  // namespace

bool folds(RangeOp op) {
    return op != RangeOp::kQuantile && op != RangeOp::kRateCounter;
}

void add_sample(RangeOp op, SampleCell& cell, const TimedSample& sample) {
    if (op == RangeOp::kFirst || op == RangeOp::kLast) {
        merge_cells(op, cell, {sample.value, 0, sample.time, sample.order + 1});
        return;
    }
    if (cell.count == 0 && op != RangeOp::kStdvar && op != RangeOp::kStddev) {
        cell.value = sample.value;
        cell.count = 1;
        return;
    }
    switch (op) {
        case RangeOp::kMin: take_extreme(false, cell, sample.value); break;
        case RangeOp::kMax: take_extreme(true, cell, sample.value); break;
        case RangeOp::kStdvar:
        case RangeOp::kStddev: add_to_variance(cell, sample.value); break;
        default: add_to_sum(cell, sample.value); break;
    }
    ++cell.count;
}

void merge_cells(RangeOp op, SampleCell& into, const SampleCell& from) {
    if (from.count == 0) return;
    if (into.count == 0) {
        into = from;
        return;
    }
    switch (op) {
        case RangeOp::kFirst:
            if (comes_before(from, into)) into = from;
            return;
        case RangeOp::kLast:
            if (!comes_before(from, into)) into = from;
            return;
        case RangeOp::kMin: take_extreme(false, into, from.value); break;
        case RangeOp::kMax: take_extreme(true, into, from.value); break;
        case RangeOp::kStdvar:
        case RangeOp::kStddev: merge_variances(into, from); break;
        default:
            add_to_sum(into, from.value);
            into.extra += from.extra;
            break;
    }
    into.count += from.count;
}

double value_of_cell(RangeOp op, const SampleCell& cell, double seconds) {
    const auto count = static_cast<double>(cell.count);
    switch (op) {
        case RangeOp::kRate: return sum_of(cell) / seconds;
        case RangeOp::kSum: return sum_of(cell);
        case RangeOp::kAvg: return sum_of(cell) / count;
        case RangeOp::kStdvar: return cell.extra / count;
        case RangeOp::kStddev: return std::sqrt(cell.extra / count);
        default: return cell.value;
    }
}

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#include "sample_functions.h"

#include <skald/foundation/base/units.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace skald::read {
namespace {

double seconds_between(TimeNs from, TimeNs to) {
    return static_cast<double>(to - from) / static_cast<double>(kNanosPerSecond);
}

}  // namespace

double quantile(double phi, std::vector<double>& values) {
    if (std::isnan(phi)) return phi;
    if (phi < 0) return -std::numeric_limits<double>::infinity();
    if (phi > 1) return std::numeric_limits<double>::infinity();
    const double rank = phi * static_cast<double>(values.size() - 1);
    const auto lower = static_cast<std::size_t>(rank);
    const double weight = rank - std::floor(rank);
    const auto comes_before = [](double a, double b) {
        return std::isnan(a) ? !std::isnan(b) : a < b;
    };
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(lower);
    std::nth_element(values.begin(), at, values.end(), comes_before);
    const bool last = lower + 1 == values.size();
    const double upper = last ? *at : *std::min_element(at + 1, values.end(), comes_before);
    return *at * (1 - weight) + upper * weight;
}

double counter_rate(const SortedSamples::Slice& samples, TimeNs start, TimeNs end) {
    const std::size_t count = samples.values.size();
    if (count < 2) return 0;
    double increase = samples.values.back() - samples.values.front();
    for (std::size_t i = 1; i < count; ++i) {
        if (samples.values[i] < samples.values[i - 1]) increase += samples.values[i - 1];
    }
    const double sampled = seconds_between(samples.times.front(), samples.times.back());
    if (sampled <= 0) return 0;
    const double between = sampled / static_cast<double>(count - 1);
    double to_start = seconds_between(start, samples.times.front());
    const double to_end = seconds_between(samples.times.back(), end);
    // A counter is never negative: it cannot have started before it was 0.
    if (increase > 0 && samples.values.front() >= 0) {
        to_start = std::min(to_start, sampled * (samples.values.front() / increase));
    }
    const double threshold = between * 1.1;
    const double extrapolated = sampled + (to_start < threshold ? to_start : between / 2) +
                                (to_end < threshold ? to_end : between / 2);
    return increase * (extrapolated / sampled) / seconds_between(start, end);
}

}  // namespace skald::read

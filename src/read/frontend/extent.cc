// SPDX-License-Identifier: Apache-2.0
#include "extent.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace skald::read {
namespace {

struct Slice {
    std::size_t begin;
    std::size_t end;
};

Slice slice_of(const std::vector<std::int64_t>& steps, std::int64_t first, std::int64_t last) {
    if (last < first) return {0, 0};
    const auto begin = std::lower_bound(steps.begin(), steps.end(), first);
    const auto end = std::upper_bound(begin, steps.end(), last);
    return {static_cast<std::size_t>(begin - steps.begin()),
            static_cast<std::size_t>(end - steps.begin())};
}

void append_slice(ExtentSeries& into, const ExtentSeries& from, Slice slice) {
    const auto at = [](const auto& list, std::size_t index) {
        return list.begin() + static_cast<std::ptrdiff_t>(index);
    };
    into.steps.insert(into.steps.end(), at(from.steps, slice.begin), at(from.steps, slice.end));
    into.values.insert(into.values.end(), at(from.values, slice.begin), at(from.values, slice.end));
}

}  // namespace

std::size_t Extent::bytes() const {
    std::size_t sum = sizeof(Extent) + 128;  // With what keeps it in the cache.
    for (const ExtentSeries& each : series) {
        sum += sizeof(ExtentSeries) + each.labels.heap_bytes() +
               each.steps.capacity() * sizeof(std::int64_t) +
               each.values.capacity() * sizeof(double);
    }
    return sum;
}

void append_extent(std::vector<ExtentSeries>& into, const Extent& next, std::int64_t first,
                   std::int64_t last) {
    std::vector<ExtentSeries> added;
    std::size_t at = 0;
    const std::size_t known = into.size();
    for (const ExtentSeries& series : next.series) {
        const Slice slice = slice_of(series.steps, first, last);
        if (slice.begin == slice.end) continue;
        while (at < known && into[at].labels < series.labels) ++at;
        if (at < known && into[at].labels == series.labels) {
            append_slice(into[at], series, slice);
        } else {
            append_slice(added.emplace_back(ExtentSeries{series.labels, {}, {}}), series, slice);
        }
    }
    if (added.empty()) return;
    std::move(added.begin(), added.end(), std::back_inserter(into));
    std::inplace_merge(
        into.begin(), into.begin() + static_cast<std::ptrdiff_t>(known), into.end(),
        [](const ExtentSeries& a, const ExtentSeries& b) { return a.labels < b.labels; });
}

}  // namespace skald::read

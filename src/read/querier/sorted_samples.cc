// SPDX-License-Identifier: Apache-2.0
#include "sorted_samples.h"

#include <algorithm>
#include <utility>

namespace skald::read {

SortedSamples::SortedSamples(SampleLog& log, std::size_t cells) : starts_(cells + 1, 0) {
    for (const SampleLog::Chunk& chunk : log.chunks()) {
        for (const std::uint32_t cell : chunk.cells) ++starts_[cell + 1];
    }
    for (std::size_t i = 0; i < cells; ++i) starts_[i + 1] += starts_[i];
    values_.resize(starts_.back());
    if (log.with_times()) times_.resize(starts_.back());
    place(log);
    if (!log.with_times()) return;
    for (std::size_t i = 0; i < cells; ++i) sort_by_time(starts_[i], starts_[i + 1]);
}

SortedSamples::Slice SortedSamples::of(std::size_t begin, std::size_t end) const {
    const std::size_t first = starts_[begin];
    const std::size_t count = starts_[end] - first;
    Slice slice{std::span(values_).subspan(first, count), {}};
    if (!times_.empty()) slice.times = std::span(times_).subspan(first, count);
    return slice;
}

void SortedSamples::place(SampleLog& log) {
    std::vector<std::uint32_t> next(starts_.begin(), starts_.end() - 1);
    while (!log.chunks().empty()) {
        const SampleLog::Chunk& chunk = log.chunks().front();
        for (std::size_t i = 0; i < chunk.cells.size(); ++i) {
            const std::uint32_t to = next[chunk.cells[i]]++;
            values_[to] = chunk.values[i];
            if (!times_.empty()) times_[to] = chunk.times[i];
        }
        log.chunks().pop_front();
    }
}

void SortedSamples::sort_by_time(std::size_t begin, std::size_t end) {
    const auto from = times_.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto to = times_.begin() + static_cast<std::ptrdiff_t>(end);
    if (std::is_sorted(from, to)) return;
    std::vector<std::pair<TimeNs, double>> samples;
    for (std::size_t i = begin; i < end; ++i) samples.emplace_back(times_[i], values_[i]);
    std::stable_sort(samples.begin(), samples.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t i = begin; i < end; ++i) {
        times_[i] = samples[i - begin].first;
        values_[i] = samples[i - begin].second;
    }
}

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#include "series_samples.h"

#include <utility>

namespace skald::read {

template <class Key>
std::optional<std::uint32_t> SeriesSamples::number_of(Key&& key) {
    // Without cells there is still the place of each bucket's first sample.
    constexpr std::size_t kNumbersPerCell = sizeof(SampleCell) / sizeof(std::uint64_t);
    const std::uint64_t numbers = folds_ ? buckets_ * kNumbersPerCell : buckets_;
    const std::optional<std::uint32_t> series =
        index_.number_of(std::forward<Key>(key),
                         [&](const Labels& labels) { return budget_.take(numbers, labels); });
    const std::size_t cells = std::size_t{index_.size()} * buckets_;
    if (folds_ && cells_.size() < cells) cells_.resize(cells);
    return series;
}

Result<void> SeriesSamples::add(const RowLabels& row, std::size_t bucket,
                                const TimedSample& sample) {
    const std::optional<std::uint32_t> series = number_of(row);
    if (!series) return CellBudget::too_many_cells();
    const std::size_t cell = std::size_t{*series} * buckets_ + bucket;
    if (folds_) {
        add_sample(op_, cells_[cell], sample);
        return {};
    }
    // The budget keeps the number of cells below that of 32 bits.
    if (!log_.add(static_cast<std::uint32_t>(cell), sample)) {
        return CellBudget::too_many_samples();
    }
    return {};
}

Result<void> SeriesSamples::add(SeriesSamples& other) {
    std::vector<std::uint32_t> mine(other.size());
    for (std::uint32_t i = 0; i < other.size(); ++i) {
        const std::optional<std::uint32_t> number = number_of(Labels(other.labels(i)));
        if (!number) return CellBudget::too_many_cells();
        mine[i] = *number;
        if (!folds_) continue;
        const std::span<const SampleCell> from = other.cells(i);
        for (std::size_t bucket = 0; bucket < buckets_; ++bucket) {
            merge_cells(op_, cells_[std::size_t{*number} * buckets_ + bucket], from[bucket]);
        }
    }
    for (SampleLog::Chunk& chunk : other.log_.chunks()) {
        for (std::uint32_t& cell : chunk.cells) {
            const std::size_t series = cell / buckets_;
            cell = static_cast<std::uint32_t>(mine[series] * buckets_ + cell % buckets_);
        }
        log_.chunks().push_back(std::move(chunk));
    }
    other.log_.chunks().clear();
    return {};
}

SortedSamples SeriesSamples::sort() {
    return SortedSamples(log_, std::size_t{index_.size()} * buckets_);
}

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#include "series_counts.h"

namespace skald::read {

std::optional<std::uint32_t> SeriesCounts::series_of(const RowLabels& row) {
    const std::optional<std::uint32_t> series = index_.number_of(row, admission());
    make_room();
    return series;
}

bool SeriesCounts::add(SeriesCounts& other) {
    for (std::uint32_t i = 0; i < other.size(); ++i) {
        const std::optional<std::uint32_t> mine = index_.number_of(other.labels(i), admission());
        if (!mine) return false;
        make_room();
        std::uint64_t* to = cells_.data() + std::size_t{*mine} * cells_per_series_;
        const std::uint64_t* from = other.cells_.data() + std::size_t{i} * cells_per_series_;
        for (std::size_t cell = 0; cell < cells_per_series_; ++cell) to[cell] += from[cell];
    }
    return true;
}

void SeriesCounts::make_room() {
    const std::size_t needed = std::size_t{index_.size()} * cells_per_series_;
    if (cells_.size() < needed) cells_.resize(needed, 0);
}

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#include "series_counts.h"

#include <skald/foundation/base/bytes.h>

#include <algorithm>
#include <utility>

namespace skald::read {

void append_label_key(std::string& key, const Labels& labels) {
    ByteWriter writer(key);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        writer.text(labels[i].name);
        writer.text(labels[i].value);
    }
}

std::optional<std::uint32_t> SeriesCounts::series_of(const RowLabels& labels) {
    return find_or_add(group(labels));
}

bool SeriesCounts::add(SeriesCounts& other) {
    for (std::uint32_t i = 0; i < other.size(); ++i) {
        const std::optional<std::uint32_t> mine = find_or_add(other.labels(i));
        if (!mine) return false;
        std::uint64_t* to = cells_.data() + std::size_t{*mine} * cells_per_series_;
        const std::uint64_t* from = other.cells_.data() + std::size_t{i} * cells_per_series_;
        for (std::size_t cell = 0; cell < cells_per_series_; ++cell) to[cell] += from[cell];
    }
    return true;
}

std::optional<std::uint32_t> SeriesCounts::find_or_add(Labels labels) {
    key_.clear();
    append_label_key(key_, labels);
    if (const auto found = numbers_.find(key_); found != numbers_.end()) return found->second;
    if (!budget_.take(cells_per_series_)) return std::nullopt;
    const auto number = static_cast<std::uint32_t>(labels_.size());
    numbers_.emplace(key_, number);
    labels_.push_back(std::move(labels));
    cells_.resize(cells_.size() + cells_per_series_, 0);
    return number;
}

Labels SeriesCounts::group(const RowLabels& labels) const {
    if (!grouping_) return labels.merged();
    const std::vector<std::string>& names = grouping_->labels;
    std::vector<LabelView> views;
    if (!grouping_->without) {
        for (const std::string& name : names) {
            const std::optional<std::string_view> value = labels.find(name);
            if (value && !value->empty()) views.push_back({name, *value});
        }
        return Labels::from_views(std::move(views));
    }
    const Labels merged = labels.merged();
    for (std::size_t i = 0; i < merged.size(); ++i) {
        if (std::find(names.begin(), names.end(), merged[i].name) == names.end()) {
            views.push_back(merged[i]);
        }
    }
    return Labels::from_views(std::move(views));
}

}  // namespace skald::read

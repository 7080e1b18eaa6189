// SPDX-License-Identifier: Apache-2.0
#include "series_index.h"

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

bool SeriesIndex::is_left_out(std::string_view name) const {
    if (!grouping_) return false;
    const std::vector<std::string>& names = grouping_->labels;
    return std::find(names.begin(), names.end(), name) != names.end();
}

void SeriesIndex::write_values(const RowLabels& row) {
    values_.clear();
    ByteWriter writer(values_);
    if (grouping_ && !grouping_->without) {
        for (const std::string& name : grouping_->labels) {
            writer.text(row.find(name).value_or(std::string_view()));
        }
        return;
    }
    for (const RowLabels::Item& item : row.items()) {
        if (is_left_out(item.name)) continue;
        writer.text(item.name);
        writer.text(item.value);
    }
    // Without a name, so that no label can look like it.
    writer.text(row.error());
    writer.text(row.error_details());
}

void SeriesIndex::write_key(const Labels& labels) {
    key_.clear();
    append_label_key(key_, labels);
}

Labels SeriesIndex::group(const RowLabels& row) const {
    if (!grouping_) return row.merged();
    std::vector<LabelView> views;
    if (!grouping_->without) {
        for (const std::string& name : grouping_->labels) {
            const std::optional<std::string_view> value = row.find(name);
            if (value && !value->empty()) views.push_back({name, *value});
        }
        return Labels::from_views(std::move(views));
    }
    const Labels merged = row.merged();
    for (std::size_t i = 0; i < merged.size(); ++i) {
        if (!is_left_out(merged[i].name)) views.push_back(merged[i]);
    }
    return Labels::from_views(std::move(views));
}

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#include "label_replace.h"

#include <skald/read/logql/label_replacement.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace skald::read {

Result<void> replace_labels(const LabelReplace& replace, StepMatrix& matrix, QueryMemory& memory) {
    SKALD_TRY(const auto replacement,
              LabelReplacement::compile(replace.regex, replace.replacement));
    for (StepSeries& series : matrix.series) {
        const std::optional<std::string> value =
            replacement->apply(series.labels.value_or_empty(replace.source));
        if (!value) continue;
        // In the series, the answer and its text.
        if (!memory.take(3 * value->size())) return *memory.refusal();
        std::vector<LabelView> views;
        for (std::size_t i = 0; i < series.labels.size(); ++i) {
            if (series.labels[i].name != replace.destination) views.push_back(series.labels[i]);
        }
        if (!value->empty()) views.push_back({replace.destination, *value});
        series.labels = Labels::from_views(std::move(views));
    }
    matrix.sort_by_labels();
    return {};
}

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#include "step_matrix.h"

#include <algorithm>

namespace skald::read {

void StepMatrix::sort_by_labels() {
    std::sort(series.begin(), series.end(),
              [](const StepSeries& a, const StepSeries& b) { return a.labels < b.labels; });
}

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#include "cell_budget.h"

#include "sample_log.h"

#include <string>

namespace skald::read {

Error CellBudget::too_many_cells() {
    return {ErrorCode::kLimitExceeded,
            "the query has too many series and steps to be held in memory (more than " +
                std::to_string(kCellsMax) +
                " values); use a larger step, a shorter time range, or aggregate by fewer labels"};
}

Error CellBudget::too_many_samples() {
    return {ErrorCode::kLimitExceeded,
            "the query has too many samples to be held in memory, which quantile_over_time and "
            "rate_counter need (more than " +
                std::to_string(SampleLog::kBytesMax >> 20) +
                " MiB); use a shorter time range or a more selective query"};
}

}  // namespace skald::read

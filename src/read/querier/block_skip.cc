// SPDX-License-Identifier: Apache-2.0
#include "block_skip.h"

#include <memory>
#include <span>

namespace skald::read {

bool skip_block(const BlockCondition& condition, const RunSet& runs, const BlockTask& task,
                StageCost* cost, QueryStats& stats) {
    if (condition.empty()) return false;
    const StageTimer timer(cost);
    if (cost != nullptr) ++cost->rows;
    const std::span<const storage::Run> of_block = runs.runs_of(task);
    const std::shared_ptr<const storage::BlockFilter> filter = of_block.front().block->filter();
    if (filter == nullptr || condition.may_hold_in(*filter, of_block)) {
        if (cost != nullptr) ++cost->passed;
        return false;
    }
    ++stats.blocks_skipped;
    stats.runs_matched += of_block.size();
    return true;
}

}  // namespace skald::read

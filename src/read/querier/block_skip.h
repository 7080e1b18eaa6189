// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "block_condition.h"
#include "run_set.h"
#include "stage_cost.h"

#include <skald/read/querier/query.h>

namespace skald::read {

/// True if the filter of the task's block says that none of its rows can pass; then it is counted.
/// Reads no column. `cost` may be null.
bool skip_block(const BlockCondition& condition, const RunSet& runs, const BlockTask& task,
                StageCost* cost, QueryStats& stats);

}  // namespace skald::read

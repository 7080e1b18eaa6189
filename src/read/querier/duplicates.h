// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "block_columns.h"
#include "run_set.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/time.h>

#include <cstdint>
#include <vector>

namespace skald::read {

/// Rows of a run that repeat a row (time, line, level, metadata) of a run of the same stream that
/// arrived earlier, ascending. Looks only at rows with times in [start, end].
///
/// `own` are the columns of the run's block. Only the overlapping time span is searched, in the time
/// columns; other columns are read where nanoseconds coincide. A damaged other block repeats nothing.
/// Cost: nothing if the run overlaps no other.
/// Errors: those of reading `own`.
Result<std::vector<std::uint32_t>> find_duplicates(const RunSet& runs, std::uint32_t run,
                                                   TimeNs start, TimeNs end, BlockColumns& own);

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log_collector.h"
#include "query_context.h"

#include <skald/foundation/base/result.h>
#include <skald/read/querier/query.h>

#include <cstddef>
#include <vector>

namespace skald::read {

/// Keeps the first row, then each that is at least `interval` away from the last one kept, and at
/// most `limit` of them. `interval` 0 keeps all.
void thin_out(std::vector<LogCandidate>& rows, DurationNs interval, std::size_t limit);

/// Puts rows with content, in the order of the direction, under their streams; those without (of
/// damaged blocks) are left out. Errors: what ended the query.
Result<QueryResponse> log_answer(QueryContext& context, std::vector<LogCandidate> rows);

}  // namespace skald::read

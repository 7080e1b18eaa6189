// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/read/querier/query.h>

#include <string>
#include <vector>

namespace skald::api {

/// Appends the `stats` object with all keys that Loki has (http-api 8.6); what has no counterpart
/// here is 0. A plan becomes its `explain`.
void append_stats(std::string& out, const read::QueryStats& stats,
                  const std::vector<read::PlanPart>& plan = {});

}  // namespace skald::api

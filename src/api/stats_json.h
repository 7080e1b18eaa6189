// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/read/querier/query.h>

#include <string>

namespace skald::api {

/// Appends the `stats` object with all keys that Loki has (http-api 8.6); what has no counterpart
/// here is 0.
void append_stats(std::string& out, const read::QueryStats& stats);

}  // namespace skald::api

// SPDX-License-Identifier: Apache-2.0
#include "moved_keys.h"

#include <algorithm>
#include <array>
#include <utility>

namespace skald {

namespace {

using Move = std::pair<std::string_view, std::string_view>;
constexpr std::array<Move, 7> kMoves = {{
    {"querier.query_timeout", "limits_config.query_timeout"},
    {"querier.engine.timeout", "limits_config.query_timeout"},
    {"query_range.split_queries_by_interval", "limits_config.split_queries_by_interval"},
    {"frontend.max_outstanding_per_tenant", "query_scheduler.max_outstanding_requests_per_tenant"},
    {"chunk_store_config.max_look_back_period", "limits_config.max_query_lookback"},
    {"limits_config.per_tenant_override_config", "runtime_config.file"},
    {"limits_config.per_tenant_override_period", "runtime_config.period"},
}};

}  // namespace

std::string_view moved_to(std::string_view path) {
    const auto* const found = std::find_if(kMoves.begin(), kMoves.end(),
                                           [&](const Move& move) { return move.first == path; });
    return found == kMoves.end() ? std::string_view{} : found->second;
}

}  // namespace skald

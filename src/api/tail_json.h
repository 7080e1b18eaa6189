// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/time.h>
#include <skald/read/querier/live_query.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace skald::api {

/// The forms of a tail's messages (http-api 12).
enum class TailShape {
    kPlain,        ///< All labels of a row together.
    kCategorized,  ///< Metadata and parsed labels beside the line.
    kLegacy,       ///< `/api/prom/tail`
};

/// Rows in one message.
inline constexpr std::size_t kTailMessageRows = 500;

/// One message with the rows, each as a stream of its own.
std::string tail_json(std::span<const read::LiveQuery::Row> rows, TailShape shape);
/// One message that tells only what was dropped.
std::string tail_dropped_json(const std::vector<read::LiveQuery::Dropped>& dropped,
                              TailShape shape);

}  // namespace skald::api

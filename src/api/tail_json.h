// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/time.h>
#include <skald/read/querier/live_query.h>

#include <algorithm>
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

/// Rows in one message (http-api 12).
inline constexpr std::size_t kTailMessageRows = 100;
/// The same of a message that so many tails get: more, because sending one costs as much, whatever
/// is in it.
constexpr std::size_t tail_message_rows(std::size_t tails) {
    return std::clamp<std::size_t>(tails, kTailMessageRows, 500);
}

/// One message with the rows, each as a stream of its own.
std::string tail_json(std::span<const read::LiveQuery::Row> rows, TailShape shape);
/// One message that tells only what was dropped.
std::string tail_dropped_json(const std::vector<read::LiveQuery::Dropped>& dropped,
                              TailShape shape);

}  // namespace skald::api

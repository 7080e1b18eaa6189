// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/limits.h>
#include <skald/foundation/model/time.h>
#include <skald/storage/store/segment_rewriter.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace skald::storage {

/// A segment that will go, or lose lines.
struct Upcoming {
    std::string segment;
    std::string_view reason;  ///< "expired", "partly expired", "size".
    TimeNs expires = 0;       ///< 0: nobody knows when.
    std::uint64_t bytes = 0;
};

/// What goes next by age, the soonest first, and, if sizes are limited, what goes first by size.
/// "Partly expired" goes by the time of the oldest line and the shortest period of the tenant: the
/// segment may have no line that it is meant for. Threading: pure.
std::vector<Upcoming> upcoming_removals(const std::vector<StoredSegment>& segments,
                                        const LimitsSource& limits, TimeNs now,
                                        bool has_size_limits);

}  // namespace skald::storage

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/limits.h>
#include <skald/foundation/model/time.h>
#include <skald/storage/segment/segment.h>
#include <skald/storage/store/segment_rewriter.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace skald::storage {

// What retention has to say about segments. Threading: pure.

/// When the last row of the segment expires; nothing if some are kept for ever. A segment without
/// rows: kTimeMin.
std::optional<TimeNs> expiry_of(const StoredSegment& segment, const LimitsSource& limits);
/// True if some row may have expired by `now`, going by times alone.
bool may_hold_expired(const StoredSegment& segment, const LimitsSource& limits, TimeNs now);
/// True if another segment names a generation at least as high for each instance of this one's:
/// then no number is forgotten with it.
bool is_superseded(const StoredSegment& segment, const std::vector<StoredSegment>& all);

/// Rows of a region by whether they have expired.
struct ExpiredShare {
    std::uint64_t line_bytes = 0;
    std::uint64_t expired_bytes = 0;  ///< Of runs that have expired whole.
    TimeNs oldest_expiry = kTimeMax;  ///< When the first of them did.
};
void add_share(const RegionTable& table, const Limits& limits, TimeNs now, ExpiredShare& share);
/// True if it is time to write the rest anew: a quarter is gone, or something for a day.
bool is_worth_rewriting(const ExpiredShare& share, TimeNs now);

/// The oldest segments that together free `bytes`, those with the oldest newest row first. Ones
/// that may not be dropped are left out.
std::vector<StoredSegment> oldest_segments(const std::vector<StoredSegment>& all,
                                           std::uint64_t bytes);

}  // namespace skald::storage

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/limits.h>
#include <skald/foundation/model/time.h>
#include <skald/storage/segment/segment.h>
#include <skald/storage/store/segment_rewriter.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace skald::storage {

// What retention has to say about segments. Threading: pure; NamedGenerations is single-owner.

/// When the last row of the segment expires; nothing if some are kept for ever. A segment without
/// rows: kTimeMin.
std::optional<TimeNs> expiry_of(const StoredSegment& segment, const LimitsSource& limits);
/// When the first of its rows may expire, going by times alone; nothing if none will. The rule that
/// is the shortest may be for streams that are not in it.
std::optional<TimeNs> first_expiry_of(const StoredSegment& segment, const LimitsSource& limits);
/// True if some row may have expired by `now`, going by times alone.
bool may_hold_expired(const StoredSegment& segment, const LimitsSource& limits, TimeNs now);
/// Which segments may be dropped without any number being forgotten (docs/formats/commit.md,
/// "Dropping"). Segments of one merge name the same generations: the last of them has to stay.
class NamedGenerations {
public:
    explicit NamedGenerations(const std::vector<StoredSegment>& all);

    /// True if another segment names a generation at least as high for each instance of this one's,
    /// which is one of `all` and not dropped.
    bool supersede(const StoredSegment& segment) const;
    void forget(const StoredSegment& dropped);

private:
    /// By instance: the highest number that each segment names.
    std::map<std::string, std::multiset<std::uint64_t>> highest_;
};

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
/// that may not be dropped are left out; all of the others may go together.
std::vector<StoredSegment> oldest_segments(const std::vector<StoredSegment>& all,
                                           std::uint64_t bytes);

}  // namespace skald::storage

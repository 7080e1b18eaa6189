// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/units.h>
#include <skald/storage/store/segment_rewriter.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace skald::storage {

/// When segments are merged.
struct MergeRules {
    std::uint32_t segments = 4;                  ///< So many of a level make one of the next.
    std::uint64_t level0_bytes = 512 * kMiB;     ///< Or level-0 segments with this much lines.
    std::uint64_t segment_bytes_max = 2 * kGiB;  ///< Lines that a merge takes at most.
    std::uint64_t streams_max = 1'000'000;       ///< Streams that its tables may name.
    std::uint32_t inputs_max = 32;
};

/// Segments to merge into one set.
struct MergeJob {
    std::vector<StoredSegment> inputs;  ///< In the order of their generations.
    std::uint32_t level = 1;            ///< Of the result.
};

/// The next merge that is due; none if all is well. Segments of level 0 are merged with each other,
/// those above with others of their level and region. Inputs follow each other in the order of
/// generations among the segments that have rows of their time. `may_use` tells which segments are
/// old enough, `must_merge` for which there is no more waiting for others. Threading: pure.
std::optional<MergeJob> next_merge(const std::vector<StoredSegment>& segments,
                                   const MergeRules& rules,
                                   const std::function<bool(const SegmentId&)>& may_use,
                                   const std::function<bool(const SegmentId&)>& must_merge);

/// The place of a segment in the order of equal times.
std::uint64_t lowest_generation(const StoredSegment& segment);
std::uint64_t line_bytes_of(const StoredSegment& segment);

}  // namespace skald::storage

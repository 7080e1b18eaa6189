// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/storage/catalog/catalog.h>
#include <skald/storage/objstore/object_store.h>
#include <skald/storage/segment/segment.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace skald::storage {

/// An object that has a segment's name.
struct ListedSegment {
    SegmentId id;
    std::uint64_t size = 0;
};

/// Reads ranges of one object. `objects` must outlive it.
RangeReader range_reader(const ObjectStore& objects, std::string key);
/// All segments of an object store, by name. Other objects below `segments/` are left out and named
/// in `strangers`, if it is given. Errors: those of listing. Threading: blocks.
Result<std::vector<ListedSegment>> list_segments(const ObjectStore& objects,
                                                 std::vector<std::string>* strangers = nullptr);
/// Reads and checks a segment's footer and tables: a few ranges, whatever its size. `maker` gives
/// what makes a region's streams; without it each is a new object.
/// Errors: kCorruption; those of reading. Threading: blocks.
Result<SegmentTables> describe_segment(
    const ObjectStore& objects, const ListedSegment& segment,
    const std::function<StreamMaker(const RegionSummary& region)>& maker = {});

}  // namespace skald::storage

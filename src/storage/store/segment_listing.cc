// SPDX-License-Identifier: Apache-2.0
#include "segment_names.h"

#include <skald/storage/store/segment_listing.h>

#include <optional>
#include <utility>

namespace skald::storage {

RangeReader range_reader(const ObjectStore& objects, std::string key) {
    return [&objects, key = std::move(key)](std::uint64_t offset, std::size_t length) {
        return objects.read(key, offset, length);
    };
}

Result<std::vector<ListedSegment>> list_segments(const ObjectStore& objects,
                                                 std::vector<std::string>* strangers) {
    SKALD_TRY(std::vector<ObjectStore::Listed> listed, objects.list(std::string(kSegmentsPrefix)));
    std::vector<ListedSegment> segments;
    for (ObjectStore::Listed& object : listed) {
        std::optional<SegmentId> id = segment_of_key(object.key);
        if (id) {
            segments.push_back({*std::move(id), object.size});
        } else if (strangers != nullptr) {
            strangers->push_back(std::move(object.key));
        }
    }
    return segments;
}

Result<SegmentTables> describe_segment(
    const ObjectStore& objects, const ListedSegment& segment,
    const std::function<StreamMaker(const RegionSummary& region)>& maker) {
    const std::string key = segment.id.object_key();
    const RangeReader range = range_reader(objects, key);
    SegmentTables described;
    SKALD_TRY(described.footer, read_footer(range, segment.size));
    if (described.footer.id != segment.id)
        return Error{ErrorCode::kCorruption,
                     key + ": the footer is of segment " + described.footer.id.text};
    for (const RegionSummary& region : described.footer.regions) {
        SKALD_TRY(RegionTable table,
                  read_region(range, region, maker ? maker(region) : StreamMaker()));
        described.tables.push_back(std::move(table));
    }
    return described;
}

}  // namespace skald::storage

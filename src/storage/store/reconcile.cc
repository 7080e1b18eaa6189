// SPDX-License-Identifier: Apache-2.0
#include "segment_store.h"

#include <skald/foundation/telemetry/log.h>

#include <map>
#include <utility>

// Start-up: the catalog is made to agree with the objects.
namespace skald::storage {

Result<std::unique_ptr<Store>> Store::open(ObjectStore& objects, Catalog& catalog, Options options,
                                           MetricsRegistry& metrics) {
    auto store = std::make_unique<SegmentStore>(objects, catalog, options, metrics);
    SKALD_CHECK(store->reconcile());
    return std::unique_ptr<Store>(std::move(store));
}

Result<void> SegmentStore::reconcile() {
    SKALD_TRY(const std::vector<ObjectStore::Listed> objects,
              objects_.list(std::string(kSegmentsPrefix)));
    std::map<SegmentId, std::uint64_t> listed;
    for (const ObjectStore::Listed& object : objects) {
        const std::optional<SegmentId> segment = segment_of_key(object.key);
        if (!segment) {
            log_warn("an object among the segments is none", {{"object", object.key}});
            continue;
        }
        listed[*segment] = object.size;
        if (const auto generation = generation_of(*segment)) numbers_.note(*generation);
    }

    SKALD_TRY(const std::set<SegmentId> known, known_segments());
    for (const SegmentId& segment : known) {
        if (listed.contains(segment)) continue;
        log_warn("a segment is in the catalog but its object is gone",
                 {{"object", segment.object_key()}});
        SKALD_CHECK(catalog_.remove(segment));
    }
    std::uint64_t damaged = 0;
    for (const auto& [segment, size] : listed) {
        bool visible = known.contains(segment);
        if (!visible) {
            SKALD_TRY(visible, adopt(segment, size));
        }
        damaged += visible ? 0 : 1;
        segments_ += visible ? 1 : 0;
        stored_bytes_ += visible ? size : 0;
    }
    segments_gauge_.set(static_cast<double>(segments_.load()));
    stored_bytes_gauge_.set(static_cast<double>(stored_bytes_.load()));
    damaged_gauge_.set(static_cast<double>(damaged));
    return {};
}

Result<std::set<SegmentId>> SegmentStore::known_segments() {
    Result<std::set<SegmentId>> known = catalog_.segments();
    if (known || known.error().code != ErrorCode::kCorruption) return known;
    log_warn("the catalog is damaged and is made again from the segments",
             {{"reason", known.error().message}});
    SKALD_CHECK(catalog_.clear());
    return std::set<SegmentId>();
}

Result<bool> SegmentStore::adopt(const SegmentId& segment, std::uint64_t size) {
    const Result<SegmentTables> read = read_tables(segment, size);
    if (read) {
        SKALD_CHECK(catalog_.add(read->footer, read->tables));
        return true;
    }
    log_error("a segment cannot be read and is left out",
              {{"object", segment.object_key()}, {"reason", read.error().message}});
    return false;
}

Result<SegmentTables> SegmentStore::read_tables(const SegmentId& segment,
                                                std::uint64_t size) const {
    const std::string key = segment.object_key();
    const RangeReader range = [&](std::uint64_t offset, std::size_t length) {
        return objects_.read(key, offset, length);
    };
    SegmentTables read;
    SKALD_TRY(read.footer, read_footer(range, size));
    if (read.footer.id != segment)
        return Error{ErrorCode::kCorruption,
                     key + ": the footer is of segment " + read.footer.id.text};
    for (const RegionSummary& region : read.footer.regions) {
        SKALD_TRY(RegionTable table, read_region(range, region));
        read.tables.push_back(std::move(table));
    }
    return read;
}

}  // namespace skald::storage

// SPDX-License-Identifier: Apache-2.0
#include "region.h"
#include "segment_store.h"
#include "table_streams.h"

#include <skald/foundation/telemetry/log.h>
#include <skald/storage/store/segment_listing.h>

#include <string_view>
#include <utility>

// Step 5 of docs/formats/commit.md.
namespace skald::storage {

Result<void> SegmentStore::publish(const GenerationId& generation, const Fill& fill) {
    const SegmentId segment = SegmentId::of_generation(generation);
    const auto attempt = [&]() -> Result<void> {
        SKALD_TRY(const bool known, catalog_.contains(segment));
        if (known) return {};
        SKALD_TRY(const bool finished, finish_earlier_publish(segment));
        if (finished) return {};
        WrittenTimes times;
        SKALD_TRY(const std::uint64_t size, write_object(generation, fill, times));
        // What is read back is what later readers will find: it is checked before the WAL file
        // goes.
        SKALD_TRY(SegmentTables written, read_back(segment, size));
        return make_visible(std::move(written), size, std::move(times));
    };
    const Result<void> published = attempt();
    (published ? published_ : publish_failures_).add();
    return published;
}

Result<bool> SegmentStore::finish_earlier_publish(const SegmentId& segment) {
    const Result<std::uint64_t> size = objects_.size(segment.object_key());
    if (!size) {
        if (size.error().code == ErrorCode::kNotFound) return false;
        return size.error();
    }
    // It may be visible and yet be gone after a power loss.
    if (uncertain_.lock()->contains(segment)) return false;
    Result<SegmentTables> found = read_tables(segment, *size);
    if (found) {
        SKALD_CHECK(make_visible(*std::move(found), *size, {}));
        return true;
    }
    if (found.error().code != ErrorCode::kCorruption) return found.error();
    log_error(
        "a damaged segment is written again",
        {{"object", segment.object_key()},
         {"reason", found.error().message},
         {"do",
          "nothing for now; if it happens again, look for the disk's errors in the kernel's log"}});
    return false;
}

Result<SegmentTables> SegmentStore::read_back(const SegmentId& segment, std::uint64_t size) const {
    return describe_segment(objects_, {segment, size}, [this](const RegionSummary& region) {
        return [streams = std::make_shared<TableStreams>(*context_, region.tenant)](Labels labels) {
            return streams->of(Stream(std::move(labels)));
        };
    });
}

Result<std::uint64_t> SegmentStore::write_object(const GenerationId& generation, const Fill& fill,
                                                 WrittenTimes& times) {
    SegmentFooter footer;
    footer.id = SegmentId::of_generation(generation);
    footer.generations = {generation};
    SKALD_TRY(const std::unique_ptr<ObjectWriter> object, objects_.create(footer.id.object_key()));
    const SegmentId segment = footer.id;
    SegmentWriter writer(
        std::move(footer), [&](std::string_view bytes) { return object->append(bytes); },
        [&](const BlockEntry& entry, const EncodedBlock& block) { times.add(entry, block); });
    SKALD_CHECK(fill(writer));
    SKALD_TRY(const SegmentFooter written, writer.finish());
    const Result<void> committed = object->commit();
    uncertain_.with([&](std::set<SegmentId>& uncertain) {
        if (committed)
            uncertain.erase(segment);
        else
            uncertain.insert(segment);
    });
    if (!committed) return committed.error();
    numbers_.note(generation);
    return writer.bytes_written();
}

Result<void> SegmentStore::make_visible(SegmentTables segment, std::uint64_t size,
                                        WrittenTimes times) {
    SKALD_CHECK(catalog_.add(segment.footer, segment.tables));
    sizes_.lock()->insert_or_assign(segment.footer.id, size);
    ++segments_;
    stored_bytes_ += size;
    show_totals();
    const std::shared_ptr<const SegmentReader> reader = reader_of(segment.footer.id);
    for (std::size_t i = 0; i < segment.tables.size(); ++i)
        Region::keep(reader, segment.footer.regions[i], std::move(segment.tables[i]), times);
    return {};
}

}  // namespace skald::storage

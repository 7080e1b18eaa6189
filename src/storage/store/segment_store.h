// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "segment_names.h"
#include "segment_reader.h"

#include <skald/foundation/runtime/guarded.h>
#include <skald/storage/store/store.h>

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace skald::storage {

/// A segment's footer and all its tables.
struct SegmentTables {
    SegmentFooter footer;
    std::vector<RegionTable> tables;
};

/// The store over an object store and a catalog. docs/formats/commit.md is the protocol.
/// Threading: thread-safe.
class SegmentStore final : public Store {
public:
    SegmentStore(ObjectStore& objects, Catalog& catalog, const Options& options,
                 MetricsRegistry& metrics);
    ~SegmentStore() override;

    /// Makes the catalog agree with the object listing.
    Result<void> reconcile();

    Result<void> publish(const GenerationId& generation, const Fill& fill) override;
    Result<bool> has_generation(const GenerationId& generation) const override;
    Result<std::uint64_t> last_generation(const std::string& instance) const override;
    Result<std::vector<Run>> select(const Selection& selection,
                                    const std::set<GenerationId>& pinned) const override;
    Result<std::vector<StreamPtr>> streams(const Selection& selection) const override;
    Totals totals() const override;

private:
    Result<std::set<SegmentId>> known_segments();
    /// Adds a listed object to the catalog. False if it is damaged.
    Result<bool> adopt(const SegmentId& segment, std::uint64_t size);
    Result<SegmentTables> read_tables(const SegmentId& segment, std::uint64_t size) const;
    /// Brings the catalog up to date if the generation's object is there and whole. False if it is
    /// to be written.
    Result<bool> finish_earlier_publish(const SegmentId& segment);
    Result<std::uint64_t> write_object(const GenerationId& generation, const Fill& fill);
    /// The last step of a publish: from here on queries see the segment.
    Result<void> make_visible(SegmentTables segment, std::uint64_t size);
    std::shared_ptr<const SegmentReader> reader_of(const SegmentId& segment) const;
    /// Leaves out regions without a match if opening them all to see would cost more.
    Result<std::vector<CatalogRegion>> narrow(const Selection& selection,
                                              std::vector<CatalogRegion> regions) const;

    ObjectStore& objects_;
    Catalog& catalog_;
    std::shared_ptr<ReadContext> context_;
    GenerationNumbers numbers_;
    std::atomic<std::uint64_t> segments_{0};
    std::atomic<std::uint64_t> stored_bytes_{0};
    Gauge segments_gauge_;
    Gauge stored_bytes_gauge_;
    Gauge damaged_gauge_;
    Counter published_;
    Counter publish_failures_;
    /// Objects whose commit failed with unknown outcome: what is found under the name is not
    /// trusted.
    Guarded<std::set<SegmentId>> uncertain_;
    mutable Guarded<std::unordered_map<std::string, std::shared_ptr<const SegmentReader>>> readers_;
};

}  // namespace skald::storage

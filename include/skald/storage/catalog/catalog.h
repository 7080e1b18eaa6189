// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/matcher.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/storage/segment/segment.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rocksdb {
class FileSystem;
}  // namespace rocksdb

namespace skald::storage {

/// Whether so much memory may be taken; false ends what asks.
using TakeMemory = std::function<bool(std::uint64_t bytes)>;

/// A region of a segment as the catalog knows it.
struct CatalogRegion {
    SegmentId segment;
    RegionSummary summary;
    std::vector<GenerationId> generations;
};

/// A segment as the catalog knows it.
struct CatalogSegment {
    SegmentId id;
    std::uint32_t level = 0;
    bool is_hidden = false;  ///< Replaced or dropped; queries that began before may still read it.
    std::vector<GenerationId> generations;
    std::vector<std::string> replaces;
    std::vector<std::string> applied_deletes;
    std::vector<std::string> members;
    std::vector<RegionSummary> regions;  ///< By (tenant, period); empty if it is hidden.
};

/// A segment's footer and the tables of all its regions, in the same order.
struct SegmentTables {
    SegmentFooter footer;
    std::vector<RegionTable> tables;
};

/// What is where: segments, streams, postings, in RocksDB. It is a cache of the segments' footers:
/// delete it and it is rebuilt from the objects (docs/formats/catalog.md has the keys).
///
/// Invariant: what makes a segment visible, or hides it, is one atomic write batch, so a segment is
/// in it whole or not at all. (Streams and postings that only it has are written before that, in
/// small batches; nobody sees them until a visible region holds the stream.)
/// What was answered with an error is not there and will not be. After a failed disk call it can be
/// read, and the first write that finds the disk working again brings it back.
/// Threading: thread-safe. Calls block: worker threads only.
class Catalog {
public:
    struct Options {
        std::string directory;
        /// For RocksDB's block cache and write buffers together.
        std::size_t memory_bytes = 16U << 20;
        /// What RocksDB's files are on, for tests. Null: the disk.
        std::shared_ptr<rocksdb::FileSystem> files = nullptr;
    };

    /// Opens or makes it. If RocksDB refuses the files, or they have another format version, they
    /// are removed with a warning and the catalog starts empty.
    /// Errors: kIo; kCorruption if that fails too.
    static Result<std::unique_ptr<Catalog>> open(Options options, MetricsRegistry& metrics);
    virtual ~Catalog() = default;

    /// Adds a segment with the tables of all its regions (same order as footer.regions). Adding it
    /// again changes nothing.
    virtual Result<void> add(const SegmentFooter& footer,
                             const std::vector<RegionTable>& tables) = 0;
    virtual Result<void> remove(const SegmentId& segment) = 0;
    /// In one batch: adds `added`, hides `hidden`. What is hidden has no region that `regions`
    /// gives, but is otherwise kept until `remove`: answers given before stay usable.
    virtual Result<void> replace(const std::vector<SegmentTables>& added,
                                 const std::vector<SegmentId>& hidden) = 0;
    /// All segments, hidden ones too, by id.
    virtual Result<std::vector<CatalogSegment>> described() const = 0;
    /// Hidden ones too.
    virtual Result<std::set<SegmentId>> segments() const = 0;
    virtual Result<bool> contains(const SegmentId& segment) const = 0;
    /// True if a segment in the catalog names the generation.
    virtual Result<bool> has_generation(const GenerationId& generation) const = 0;
    /// The highest number of the instance's generations, 0 if there is none.
    virtual Result<std::uint64_t> last_generation(const std::string& instance) const = 0;
    /// Forgets everything. Not while others use the catalog.
    virtual Result<void> clear() = 0;

    /// Regions of the tenant that overlap [start, end], by min_time.
    virtual Result<std::vector<CatalogRegion>> regions(const TenantId& tenant, TimeNs start,
                                                       TimeNs end) const = 0;
    /// Streams of the tenant in the periods that overlap [start, end] that satisfy all matchers
    /// (none: all streams), found through the postings, in label order.
    virtual Result<std::vector<StreamPtr>> streams(const TenantId& tenant,
                                                   const std::vector<Matcher>& matchers,
                                                   TimeNs start, TimeNs end) const = 0;
    /// Those of `regions` (one tenant's, as `regions` gave them) that hold a stream that satisfies
    /// all matchers. No segment is opened.
    virtual Result<std::vector<CatalogRegion>> regions_holding(
        const std::vector<Matcher>& matchers, std::vector<CatalogRegion> regions) const = 0;
    /// The streams of those regions that satisfy all matchers, in label order. `take` is asked for
    /// the memory of each; null: any amount. Errors: kUnavailable once it says no.
    virtual Result<std::vector<StreamPtr>> streams_in(const std::vector<Matcher>& matchers,
                                                      const std::vector<CatalogRegion>& regions,
                                                      const TakeMemory& take) const = 0;
    /// Tenants that have a region, in order.
    virtual Result<std::vector<TenantId>> tenants() const = 0;
};

}  // namespace skald::storage

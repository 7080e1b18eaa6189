// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/storage/catalog/catalog.h>
#include <skald/storage/objstore/object_store.h>
#include <skald/storage/segment/segment.h>
#include <skald/storage/store/run_source.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace skald::storage {

class SegmentRewriter;

/// Segments, catalog and cache as one: put a segment, find runs, read columns.
///
/// Read path: querier -> [Store] -> catalog (regions) -> object store (ranges) -> block.
/// Write path: ingester flush -> [Store] (publish) -> object store, catalog.
/// The commit protocol is in docs/formats/commit.md.
/// Threading: thread-safe. Calls block: worker threads only.
class Store {
public:
    struct Options {
        std::size_t cache_bytes = 64U << 20;  ///< Columns and region tables.
    };
    /// Fills a writer with blocks; called by `publish`.
    using Fill = std::function<Result<void>(SegmentWriter& writer)>;

    /// Compares the catalog with the object listing: adds segments that it lacks (from their
    /// footers), drops those whose object is gone, reports damaged ones and leaves them out.
    /// `objects` and `catalog` must outlive the store.
    static Result<std::unique_ptr<Store>> open(ObjectStore& objects, Catalog& catalog,
                                               Options options, MetricsRegistry& metrics);
    virtual ~Store() = default;

    /// Writes a level-0 segment for the generation, makes it durable, and adds it to the catalog.
    /// If its object exists already (a crash between the steps) only the catalog is brought up to
    /// date.
    /// Requires: one call at a time for a generation.
    /// Errors: kIo, kUnavailable (disk full); then nothing is visible and it may be tried again.
    virtual Result<void> publish(const GenerationId& generation, const Fill& fill) = 0;
    /// True if the generation's rows are in a published segment.
    virtual Result<bool> has_generation(const GenerationId& generation) const = 0;
    /// The highest generation number of the instance that any object names, damaged ones included;
    /// 0 if there is none. New generations must have higher numbers (docs/formats/commit.md,
    /// Start-up).
    virtual Result<std::uint64_t> last_generation(const std::string& instance) const = 0;

    /// Runs of published segments that overlap the selection, leaving out those of `pinned`
    /// generations. A segment that is damaged or gone is reported and left out.
    /// Errors: kIo; kCorruption if every segment that was needed is damaged.
    virtual Result<std::vector<Run>> select(const Selection& selection,
                                            const std::set<GenerationId>& pinned) const = 0;
    /// Streams with a run that overlaps the range, each once, in any order.
    virtual Result<std::vector<StreamPtr>> streams(const Selection& selection) const = 0;

    /// From now on region tables take the streams that `source` has from there, as long as it
    /// lives.
    virtual void share_streams(const std::weak_ptr<const StreamSource>& source) {
        static_cast<void>(source);
    }

    struct Totals {
        std::uint64_t segments = 0;
        std::uint64_t stored_bytes = 0;
        std::uint64_t cache_bytes = 0;
    };
    virtual Totals totals() const = 0;

    /// For whoever merges and drops segments (segment_rewriter.h); null if the store has none.
    virtual SegmentRewriter* rewriter() { return nullptr; }
};

}  // namespace skald::storage

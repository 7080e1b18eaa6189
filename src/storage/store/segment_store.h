// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "segment_names.h"
#include "segment_reader.h"
#include "written_times.h"

#include <skald/foundation/runtime/guarded.h>
#include <skald/storage/store/segment_rewriter.h>
#include <skald/storage/store/store.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace skald::storage {

class Region;

/// The store over an object store and a catalog. docs/formats/commit.md is the protocol.
/// Threading: thread-safe.
class SegmentStore final : public Store, public SegmentRewriter {
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
    void share_streams(const std::weak_ptr<const StreamSource>& source) override;
    Totals totals() const override;
    SegmentRewriter* rewriter() override { return this; }

    Result<std::vector<StoredSegment>> segments() const override;
    Footprint footprint() const override;
    Result<Buffer> read(const SegmentId& segment, std::uint64_t offset,
                        std::size_t length) const override;
    Result<Outcome> rewrite(const Rewrite& rewrite) override;
    Result<void> drop(const std::vector<SegmentId>& segments) override;
    Result<Swept> sweep(Clock::TimePoint now, std::chrono::nanoseconds delay) override;

private:
    /// A stretch of time between two changes of what is hidden. Whoever reads the catalog holds the
    /// one it began in; as long as that is held, so are all later ones.
    struct Epoch {
        std::shared_ptr<const Epoch> next;
    };
    /// A segment that is hidden and whose object is to be removed.
    struct Retired {
        SegmentId segment;
        std::vector<std::string> replaces;
        std::weak_ptr<const Epoch> epoch;  ///< The last in which it could be found.
        std::optional<Clock::TimePoint> since;
    };
    using Listing = std::map<SegmentId, std::uint64_t>;

    std::shared_ptr<const Epoch> current_epoch() const;
    Result<std::vector<CatalogSegment>> known_or_read(const Listing& listed,
                                                      std::vector<CatalogSegment> known,
                                                      std::uint64_t& damaged) const;
    Result<void> settle_catalog(const Listing& listed, const std::vector<CatalogSegment>& known,
                                const std::vector<CatalogSegment>& all);
    /// Removes members of sets that never became whole. Errors: one is still there.
    /// Requires: hiding_ is held, and no rewrite is running.
    Result<void> remove_leftovers();
    Result<std::vector<CatalogSegment>> checked_inputs(const std::vector<SegmentId>& inputs) const;
    std::vector<SegmentFooter> plan_members(const Rewrite& rewrite,
                                            const std::vector<CatalogSegment>& inputs);
    /// A rewrite whose members are to be written.
    struct Planned {
        std::vector<CatalogSegment> inputs;
        std::vector<SegmentFooter> footers;
    };
    /// From here on its inputs can't be dropped.
    Result<Planned> begin_rewrite(const Rewrite& rewrite);
    Result<std::vector<SegmentTables>> write_members(const Rewrite& rewrite,
                                                     std::vector<SegmentFooter> footers);
    /// The members take the place of the inputs, or are removed.
    Result<Outcome> end_rewrite(const std::vector<CatalogSegment>& inputs,
                                const Result<std::vector<SegmentTables>>& written);
    Result<SegmentTables> write_member(SegmentFooter footer, const Fill& fill);
    Result<void> verify_blocks(const SegmentTables& segment) const;
    /// What queries ask for: tenants and periods.
    using Parts = std::set<std::pair<TenantId, std::int32_t>>;
    Parts parts_in_memory(const std::vector<CatalogSegment>& inputs) const;
    /// The first query after a rewrite would else read again what it had from the inputs.
    void keep_in_memory(const Parts& parts, std::vector<SegmentTables> segments) const;
    /// After the catalog has hidden them.
    void retire(const std::vector<CatalogSegment>& hidden);
    bool is_in_use(const Retired& retired) const;
    void show_totals();
    Result<std::vector<CatalogSegment>> known_segments();
    /// Of a segment that may be one of very many, so that each stream is a new object.
    Result<SegmentTables> read_tables(const SegmentId& segment, std::uint64_t size) const;
    /// Of a segment that was just written: most of its streams are in memory.
    Result<SegmentTables> read_back(const SegmentId& segment, std::uint64_t size) const;
    /// Brings the catalog up to date if the generation's object is there and whole. False if it is
    /// to be written.
    Result<bool> finish_earlier_publish(const SegmentId& segment);
    /// Returns its size.
    Result<std::uint64_t> write_object(const GenerationId& generation, const Fill& fill,
                                       WrittenTimes& times);
    /// The last step of a publish: from here on queries see the segment.
    Result<void> make_visible(SegmentTables segment, std::uint64_t size, WrittenTimes times);
    std::shared_ptr<const SegmentReader> reader_of(const SegmentId& segment) const;
    void ask_for_tables(const std::vector<CatalogRegion>& regions) const;
    Result<std::shared_ptr<const Region>> open_region(const CatalogRegion& region,
                                                      SelectionMemory& memory) const;
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
    Gauge hidden_gauge_;
    Counter published_;
    Counter publish_failures_;
    /// Objects whose commit failed with unknown outcome: what is found under the name is not
    /// trusted.
    Guarded<std::set<SegmentId>> uncertain_;
    mutable Guarded<std::unordered_map<std::string, std::shared_ptr<const SegmentReader>>> readers_;
    mutable std::atomic<std::uint64_t> readers_made_{0};
    /// Objects that are there: visible, hidden, damaged ones and leftovers.
    Guarded<Listing> sizes_;
    Guarded<std::shared_ptr<Epoch>> epoch_;
    Guarded<std::vector<Retired>> retired_;
    Guarded<std::set<SegmentId>> leftovers_;
    std::mutex rewriting_;           ///< Held during a rewrite; taken before hiding_.
    mutable std::mutex hiding_;      ///< Held by whoever changes what is hidden.
    std::set<SegmentId> rewritten_;  ///< Inputs of the rewrite that is running; under hiding_.
    std::uint64_t last_set_ = 0;     ///< The highest number of a set; under hiding_.
};

}  // namespace skald::storage

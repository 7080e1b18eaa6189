// SPDX-License-Identifier: Apache-2.0
#include "segment_store.h"

#include "region.h"

#include <skald/foundation/telemetry/log.h>
#include <skald/storage/store/keep_each_once.h>
#include <skald/storage/store/stream_filter.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace skald::storage {

namespace {

// Streams in tables that are not in the cache, beyond which the catalog is asked which regions can
// match: decoding a stream of a table costs more than its share of a posting list.
constexpr std::uint64_t kStreamsToOpen = 4096;

bool is_all_pinned(const CatalogRegion& region, const std::set<GenerationId>& pinned) {
    return !region.generations.empty() &&
           std::all_of(region.generations.begin(), region.generations.end(),
                       [&](const GenerationId& generation) { return pinned.contains(generation); });
}

/// The order of a rewritten segment's rows among others is that of its first generation.
std::uint64_t order_of(const CatalogRegion& region) {
    std::uint64_t lowest = UINT64_MAX;
    for (const GenerationId& generation : region.generations)
        lowest = std::min(lowest, generation.number);
    return region.generations.empty() ? 0 : lowest;
}

/// Damage and loss of one segment must not hide the others from a query; trouble with reading must
/// not look like an answer.
bool may_leave_out(const Error& error) {
    return error.code == ErrorCode::kCorruption || error.code == ErrorCode::kNotFound;
}

/// Lets regions be visited until none is left, leaving out damaged ones. An error only if all were.
template <class Visit>
Result<void> visit_regions(const std::vector<CatalogRegion>& regions, Visit visit) {
    std::optional<Error> first;
    bool any = false;
    for (const CatalogRegion& region : regions) {
        const Result<void> visited = visit(region);
        if (visited) {
            any = true;
            continue;
        }
        if (!may_leave_out(visited.error())) return visited;
        if (!first) first = visited.error();
    }
    if (first.has_value() && !any) return *first;
    return {};
}

bool is_inside(const CatalogRegion& region, TimeNs start, TimeNs end) {
    return region.summary.min_time >= start && region.summary.max_time <= end;
}

}  // namespace

SegmentStore::SegmentStore(ObjectStore& objects, Catalog& catalog, const Options& options,
                           MetricsRegistry& metrics)
    : objects_(objects),
      catalog_(catalog),
      context_(std::make_shared<ReadContext>(objects, options.cache_bytes, metrics)),
      segments_gauge_(metrics.gauge("skald_store_segments", "Segments that queries see.")),
      stored_bytes_gauge_(
          metrics.gauge("skald_store_stored_bytes", "Bytes of the segments that queries see.")),
      damaged_gauge_(
          metrics.gauge("skald_store_damaged_segments",
                        "Segments that were left out at start-up because they are damaged.")),
      hidden_gauge_(metrics.gauge(
          "skald_store_hidden_segments",
          "Segments that were replaced or dropped and whose objects are still there.")),
      published_(
          metrics.counter("skald_store_published_segments_total", "Segments that were published.")),
      publish_failures_(metrics.counter("skald_store_publish_failures_total",
                                        "Attempts to publish a segment that failed.")) {
    *epoch_.lock() = std::make_shared<Epoch>();
    expose_caches(context_, metrics);
}

SegmentStore::~SegmentStore() {
    // Regions hold the context that the cache is in: without this the ring would keep itself alive.
    context_->columns.clear();
}

Result<bool> SegmentStore::has_generation(const GenerationId& generation) const {
    return catalog_.has_generation(generation);
}

Result<std::uint64_t> SegmentStore::last_generation(const std::string& instance) const {
    SKALD_TRY(const std::uint64_t known, catalog_.last_generation(instance));
    return std::max(known, numbers_.last(instance));
}

std::shared_ptr<const SegmentReader> SegmentStore::reader_of(const SegmentId& segment) const {
    auto readers = readers_.lock();
    std::shared_ptr<const SegmentReader>& reader = (*readers)[segment.text];
    if (reader == nullptr)
        reader = std::make_shared<const SegmentReader>(context_, segment, ++readers_made_);
    return reader;
}

Result<std::vector<CatalogRegion>> SegmentStore::narrow(const Selection& selection,
                                                        std::vector<CatalogRegion> regions) const {
    std::uint64_t to_open = 0;
    for (const CatalogRegion& region : regions) {
        if (!Region::is_cached(*reader_of(region.segment), region.summary))
            to_open += region.summary.streams;
    }
    if (selection.matchers.empty() || to_open <= kStreamsToOpen) return regions;
    return catalog_.regions_holding(selection.matchers, std::move(regions));
}

/// They are opened one after the other: a far store begins with all of them now.
void SegmentStore::ask_for_tables(const std::vector<CatalogRegion>& regions) const {
    for (const CatalogRegion& region : regions) {
        const std::shared_ptr<const SegmentReader> reader = reader_of(region.segment);
        if (!Region::is_cached(*reader, region.summary))
            objects_.prefetch(reader->key(), region.summary.table_offset,
                              region.summary.table_stored_size);
    }
}

Result<std::shared_ptr<const Region>> SegmentStore::open_region(const CatalogRegion& region,
                                                                SelectionMemory& memory) const {
    const std::shared_ptr<const SegmentReader> reader = reader_of(region.segment);
    SKALD_TRY(std::shared_ptr<const Region> opened, Region::open(reader, region.summary));
    // The cache counts what it keeps; another table lives as long as what names it.
    if (!Region::is_cached(*reader, region.summary)) {
        SKALD_CHECK(memory.take(opened->table_bytes()));
    }
    return opened;
}

Result<std::vector<Run>> SegmentStore::select(const Selection& selection,
                                              const std::set<GenerationId>& pinned) const {
    const std::shared_ptr<const Epoch> held = current_epoch();
    SKALD_TRY(std::vector<CatalogRegion> regions,
              catalog_.regions(selection.tenant, selection.start, selection.end));
    std::erase_if(regions,
                  [&](const CatalogRegion& region) { return is_all_pinned(region, pinned); });
    SKALD_TRY(regions, narrow(selection, std::move(regions)));
    ask_for_tables(regions);
    std::vector<Run> runs;
    SelectionMemory memory(selection);
    StreamFilter filter(selection.matchers);
    SKALD_CHECK(visit_regions(regions, [&](const CatalogRegion& found) -> Result<void> {
        SKALD_TRY(const std::shared_ptr<const Region> region, open_region(found, memory));
        return region->select(filter, selection, order_of(found), memory, runs);
    }));
    return runs;
}

Result<std::vector<StreamPtr>> SegmentStore::streams(const Selection& selection) const {
    const std::shared_ptr<const Epoch> held = current_epoch();
    SKALD_TRY(std::vector<CatalogRegion> regions,
              catalog_.regions(selection.tenant, selection.start, selection.end));
    // Every stream of a region inside the range has a run in it, so the catalog knows the answer;
    // a table at hand knows it faster.
    const auto edge =
        std::partition(regions.begin(), regions.end(), [&](const CatalogRegion& region) {
            return is_inside(region, selection.start, selection.end) &&
                   !Region::is_cached(*reader_of(region.segment), region.summary);
        });
    std::vector<CatalogRegion> edges(std::make_move_iterator(edge),
                                     std::make_move_iterator(regions.end()));
    regions.erase(edge, regions.end());
    SelectionMemory memory(selection);
    const auto take = [&memory](std::uint64_t bytes) { return memory.take(bytes).has_value(); };
    SKALD_TRY(std::vector<StreamPtr> streams,
              catalog_.streams_in(selection.matchers, regions, take));
    if (edges.empty()) return streams;

    SKALD_TRY(edges, narrow(selection, std::move(edges)));
    ask_for_tables(edges);
    StreamFilter filter(selection.matchers);
    SKALD_CHECK(visit_regions(edges, [&](const CatalogRegion& found) -> Result<void> {
        SKALD_TRY(const std::shared_ptr<const Region> region, open_region(found, memory));
        return region->streams(filter, selection, memory, streams);
    }));
    if (edges.size() + regions.size() < 2) return streams;
    keep_each_once(streams);
    return streams;
}

void SegmentStore::share_streams(const std::weak_ptr<const StreamSource>& source) {
    *context_->active_streams.lock() = source;
}

Store::Totals SegmentStore::totals() const {
    return {.segments = segments_.load(),
            .stored_bytes = stored_bytes_.load(),
            .cache_bytes = context_->columns.bytes()};
}

}  // namespace skald::storage

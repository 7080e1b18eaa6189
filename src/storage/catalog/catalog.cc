// SPDX-License-Identifier: Apache-2.0
#include "catalog_format.h"
#include "database.h"
#include "stream_dictionary.h"
#include "stream_matcher.h"

#include <skald/foundation/base/assert.h>
#include <skald/storage/catalog/catalog.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

namespace skald::storage {

namespace {

bool by_labels(const StreamPtr& a, const StreamPtr& b) {
    return a->labels < b->labels;
}

/// Puts streams of several shelves, each in any order, in label order, each once.
std::vector<StreamPtr> in_label_order(std::vector<StreamPtr> streams) {
    if (!std::is_sorted(streams.begin(), streams.end(), by_labels))
        std::sort(streams.begin(), streams.end(), by_labels);
    const auto same = [](const StreamPtr& a, const StreamPtr& b) { return a->id == b->id; };
    streams.erase(std::unique(streams.begin(), streams.end(), same), streams.end());
    return streams;
}

class RocksCatalog final : public Catalog {
public:
    RocksCatalog(std::unique_ptr<Database> database, Gauge segments)
        : database_(std::move(database)), dictionary_(*database_), segments_gauge_(segments) {}

    Result<void> add(const SegmentFooter& footer, const std::vector<RegionTable>& tables) override;
    Result<void> remove(const SegmentId& segment) override;
    Result<void> replace(const std::vector<SegmentTables>& added,
                         const std::vector<SegmentId>& hidden) override;
    Result<std::vector<CatalogSegment>> described() const override;
    Result<std::set<SegmentId>> segments() const override;
    Result<bool> contains(const SegmentId& segment) const override;
    Result<bool> has_generation(const GenerationId& generation) const override;
    Result<std::uint64_t> last_generation(const std::string& instance) const override;
    Result<void> clear() override;
    Result<std::vector<CatalogRegion>> regions(const TenantId& tenant, TimeNs start,
                                               TimeNs end) const override;
    Result<std::vector<StreamPtr>> streams(const TenantId& tenant,
                                           const std::vector<Matcher>& matchers, TimeNs start,
                                           TimeNs end) const override;
    Result<std::vector<CatalogRegion>> regions_holding(
        const std::vector<Matcher>& matchers, std::vector<CatalogRegion> regions) const override;
    Result<std::vector<StreamPtr>> streams_in(const std::vector<Matcher>& matchers,
                                              const std::vector<CatalogRegion>& regions,
                                              const TakeMemory& take) const override;
    Result<std::vector<TenantId>> tenants() const override;

    Result<void> count_segments();

private:
    Result<std::vector<IdSet>> number_streams(const SegmentFooter& footer,
                                              const std::vector<RegionTable>& tables);
    static void put_segment(const SegmentFooter& footer, const std::vector<IdSet>& present,
                            rocksdb::WriteBatch& batch);
    Result<void> hide(const SegmentId& segment, rocksdb::WriteBatch& batch);
    Result<bool> has_other_segment(const Shelf& shelf, const SegmentId& segment) const;
    Result<std::vector<CatalogRegion>> regions_of_periods(const TenantId& tenant, TimeNs start,
                                                          TimeNs end,
                                                          const Database::Moment& at) const;
    Result<std::vector<StreamPtr>> streams_of(const std::vector<Matcher>& matchers,
                                              const std::vector<CatalogRegion>& regions,
                                              const Database::Moment& at,
                                              const TakeMemory& take) const;
    /// Numbers of the streams in the region; none if it was removed meanwhile.
    Result<IdRuns> present(const CatalogRegion& region, const Database::Moment& at) const;

    std::unique_ptr<Database> database_;
    StreamDictionary dictionary_;
    Gauge segments_gauge_;
    /// Held while something is written: numbers of streams must be given by one at a time.
    std::mutex writing_;
};

std::map<Shelf, std::vector<const CatalogRegion*>> by_shelf(
    const std::vector<CatalogRegion>& regions) {
    std::map<Shelf, std::vector<const CatalogRegion*>> shelves;
    for (const CatalogRegion& region : regions)
        shelves[{region.summary.tenant, region.summary.period}].push_back(&region);
    return shelves;
}

Result<void> RocksCatalog::add(const SegmentFooter& footer,
                               const std::vector<RegionTable>& tables) {
    SKALD_ASSERT(tables.size() == footer.regions.size());
    const std::lock_guard hold(writing_);
    SKALD_TRY(const bool known, contains(footer.id));
    if (known) return {};
    SKALD_TRY(const std::vector<IdSet> present, number_streams(footer, tables));
    rocksdb::WriteBatch batch;
    put_segment(footer, present, batch);
    SKALD_CHECK(database_->write(batch));
    segments_gauge_.add(1);
    return {};
}

Result<std::vector<IdSet>> RocksCatalog::number_streams(const SegmentFooter& footer,
                                                        const std::vector<RegionTable>& tables) {
    std::vector<IdSet> present;
    for (std::size_t i = 0; i < tables.size(); ++i) {
        const Shelf shelf{footer.regions[i].tenant, footer.regions[i].period};
        SKALD_TRY(IdSet ids, dictionary_.number(shelf, tables[i].streams));
        present.push_back(std::move(ids));
    }
    return present;
}

void RocksCatalog::put_segment(const SegmentFooter& footer, const std::vector<IdSet>& present,
                               rocksdb::WriteBatch& batch) {
    batch.Put(segment_key(footer.id), encode_segment(footer));
    for (const GenerationId& generation : footer.generations)
        batch.Put(generation_key(generation, footer.id), rocksdb::Slice());
    for (std::size_t i = 0; i < footer.regions.size(); ++i) {
        const RegionSummary& region = footer.regions[i];
        const Shelf shelf{region.tenant, region.period};
        batch.Put(shelf_key(RowKind::kRegion, shelf, footer.id),
                  encode_region(region, footer.generations));
        std::string ids;
        ByteWriter out(ids);
        encode_id_set(present[i], out);
        batch.Put(shelf_key(RowKind::kPresence, shelf, footer.id), ids);
    }
}

Result<void> RocksCatalog::replace(const std::vector<SegmentTables>& added,
                                   const std::vector<SegmentId>& hidden) {
    const std::lock_guard hold(writing_);
    rocksdb::WriteBatch batch;
    double more = 0;
    for (const SegmentTables& segment : added) {
        SKALD_ASSERT(segment.tables.size() == segment.footer.regions.size());
        SKALD_TRY(const bool known, contains(segment.footer.id));
        if (known) continue;
        SKALD_TRY(const std::vector<IdSet> present, number_streams(segment.footer, segment.tables));
        put_segment(segment.footer, present, batch);
        more += 1;
    }
    for (const SegmentId& segment : hidden) {
        SKALD_CHECK(hide(segment, batch));
    }
    SKALD_CHECK(database_->write(batch));
    segments_gauge_.add(more);
    return {};
}

Result<void> RocksCatalog::hide(const SegmentId& segment, rocksdb::WriteBatch& batch) {
    SKALD_TRY(const std::optional<std::string> value, database_->find(segment_key(segment)));
    if (!value.has_value()) return {};
    SKALD_TRY(const SegmentRow row, decode_segment(*value));
    batch.Put(hidden_key(segment), rocksdb::Slice());
    for (const Shelf& shelf : row.shelves)
        batch.Delete(shelf_key(RowKind::kRegion, shelf, segment));
    return {};
}

Result<std::vector<CatalogSegment>> RocksCatalog::described() const {
    SKALD_TRY(const Database::Moment at, database_->moment());
    std::vector<CatalogSegment> all;
    std::map<SegmentId, std::size_t> places;
    const std::string from = segment_key({});
    SKALD_CHECK(database_->scan(from, end_of_prefix(from), at,
                                [&](std::string_view key, std::string_view value) -> Result<bool> {
                                    SKALD_TRY(SegmentRow row, decode_segment(value));
                                    CatalogSegment segment;
                                    segment.id = {std::string(key.substr(1))};
                                    segment.level = row.level;
                                    segment.generations = std::move(row.generations);
                                    segment.replaces = std::move(row.replaces);
                                    segment.applied_deletes = std::move(row.applied_deletes);
                                    segment.members = std::move(row.members);
                                    places.emplace(segment.id, all.size());
                                    all.push_back(std::move(segment));
                                    return true;
                                }));
    const std::string hidden = hidden_key({});
    SKALD_CHECK(database_->scan(hidden, end_of_prefix(hidden), at,
                                [&](std::string_view key, std::string_view) -> Result<bool> {
                                    const auto place = places.find({std::string(key.substr(1))});
                                    if (place != places.end()) all[place->second].is_hidden = true;
                                    return true;
                                }));
    const std::string regions = {static_cast<char>(RowKind::kRegion)};
    SKALD_CHECK(database_->scan(regions, end_of_prefix(regions), at,
                                [&](std::string_view key, std::string_view value) -> Result<bool> {
                                    SKALD_TRY(CatalogRegion region, decode_region(key, value));
                                    const auto place = places.find(region.segment);
                                    if (place == places.end()) return malformed("region");
                                    all[place->second].regions.push_back(std::move(region.summary));
                                    return true;
                                }));
    return all;
}

Result<void> RocksCatalog::remove(const SegmentId& segment) {
    const std::lock_guard hold(writing_);
    SKALD_TRY(const std::optional<std::string> value, database_->find(segment_key(segment)));
    if (!value.has_value()) return {};
    SKALD_TRY(const SegmentRow row, decode_segment(*value));
    rocksdb::WriteBatch batch;
    batch.Delete(segment_key(segment));
    batch.Delete(hidden_key(segment));
    for (const GenerationId& generation : row.generations)
        batch.Delete(generation_key(generation, segment));
    for (const Shelf& shelf : row.shelves) {
        batch.Delete(shelf_key(RowKind::kRegion, shelf, segment));
        batch.Delete(shelf_key(RowKind::kPresence, shelf, segment));
        SKALD_TRY(const bool used, has_other_segment(shelf, segment));
        if (used) continue;
        for (const RowKind kind : {RowKind::kIds, RowKind::kLabels, RowKind::kPosting}) {
            const std::string prefix = shelf_prefix(kind, shelf);
            batch.DeleteRange(prefix, end_of_prefix(prefix));
        }
    }
    SKALD_CHECK(database_->write(batch));
    segments_gauge_.add(-1);
    return {};
}

Result<bool> RocksCatalog::has_other_segment(const Shelf& shelf, const SegmentId& segment) const {
    const std::string from = shelf_prefix(RowKind::kRegion, shelf);
    const std::string own = shelf_key(RowKind::kRegion, shelf, segment);
    bool other = false;
    SKALD_CHECK(database_->scan(from, end_of_prefix(from), nullptr,
                                [&](std::string_view key, std::string_view) -> Result<bool> {
                                    other = key != own;
                                    return !other;
                                }));
    return other;
}

Result<std::set<SegmentId>> RocksCatalog::segments() const {
    std::set<SegmentId> segments;
    const std::string from = segment_key({});
    SKALD_CHECK(database_->scan(from, end_of_prefix(from), nullptr,
                                [&](std::string_view key, std::string_view) -> Result<bool> {
                                    segments.insert({std::string(key.substr(1))});
                                    return true;
                                }));
    return segments;
}

Result<bool> RocksCatalog::contains(const SegmentId& segment) const {
    SKALD_TRY(const std::optional<std::string> row, database_->find(segment_key(segment)));
    return row.has_value();
}

Result<bool> RocksCatalog::has_generation(const GenerationId& generation) const {
    bool found = false;
    const std::string from = generation_key(generation, {});
    SKALD_CHECK(database_->scan(from, end_of_prefix(from), nullptr,
                                [&](std::string_view, std::string_view) -> Result<bool> {
                                    found = true;
                                    return false;
                                }));
    return found;
}

Result<std::uint64_t> RocksCatalog::last_generation(const std::string& instance) const {
    const std::string prefix = instance_prefix(instance);
    const std::string end = end_of_prefix(prefix);
    SKALD_TRY(const Database::Moment at, database_->moment());
    const Database::Cursor rows = Database::cursor(at, nullptr);
    rows->SeekForPrev(end);
    if (!rows->status().ok()) return to_error(rows->status(), "read");
    if (!rows->Valid() || !view_of(rows->key()).starts_with(prefix)) return std::uint64_t{0};
    SKALD_TRY(const std::uint64_t number,
              generation_number(view_of(rows->key()).substr(prefix.size())));
    return number;
}

Result<void> RocksCatalog::clear() {
    const std::lock_guard hold(writing_);
    SKALD_CHECK(database_->clear());
    segments_gauge_.set(0);
    return {};
}

Result<std::vector<CatalogRegion>> RocksCatalog::regions_of_periods(
    const TenantId& tenant, TimeNs start, TimeNs end, const Database::Moment& at) const {
    std::vector<CatalogRegion> regions;
    if (start > end) return regions;
    const std::string from = shelf_prefix(RowKind::kRegion, {tenant, period_of(start)});
    const std::string to = end_of_prefix(shelf_prefix(RowKind::kRegion, {tenant, period_of(end)}));
    SKALD_CHECK(database_->scan(from, to, at,
                                [&](std::string_view key, std::string_view value) -> Result<bool> {
                                    SKALD_TRY(CatalogRegion region, decode_region(key, value));
                                    regions.push_back(std::move(region));
                                    return true;
                                }));
    return regions;
}

Result<std::vector<CatalogRegion>> RocksCatalog::regions(const TenantId& tenant, TimeNs start,
                                                         TimeNs end) const {
    SKALD_TRY(std::vector<CatalogRegion> regions, regions_of_periods(tenant, start, end, nullptr));
    std::erase_if(regions, [&](const CatalogRegion& region) {
        return region.summary.max_time < start || region.summary.min_time > end;
    });
    std::sort(regions.begin(), regions.end(), [](const CatalogRegion& a, const CatalogRegion& b) {
        return std::tie(a.summary.min_time, a.segment) < std::tie(b.summary.min_time, b.segment);
    });
    return regions;
}

Result<IdRuns> RocksCatalog::present(const CatalogRegion& region,
                                     const Database::Moment& at) const {
    const Shelf shelf{region.summary.tenant, region.summary.period};
    const std::string key = shelf_key(RowKind::kPresence, shelf, region.segment);
    SKALD_TRY(const std::optional<std::string> row, database_->find(key, at));
    if (!row.has_value()) return IdRuns();
    ByteReader in(*row);
    IdRuns runs = decode_id_runs(in, region.summary.streams);
    if (!in.ok() || !in.done()) return malformed("presence");
    return runs;
}

Result<std::vector<CatalogRegion>> RocksCatalog::regions_holding(
    const std::vector<Matcher>& matchers, std::vector<CatalogRegion> regions) const {
    if (matchers.empty()) return regions;
    SKALD_TRY(const Database::Moment at, database_->moment());
    const StreamMatcher matcher(*database_, dictionary_, at);
    std::set<const CatalogRegion*> holding;
    for (const auto& [shelf, members] : by_shelf(regions)) {
        SKALD_TRY(const std::uint32_t count, dictionary_.size(shelf, at));
        SKALD_TRY(const IdSet wanted, matcher.match(shelf, matchers, all_ids(count)));
        if (wanted.empty()) continue;
        for (const CatalogRegion* region : members) {
            SKALD_TRY(const IdRuns ids, present(*region, at));
            if (overlaps(wanted, ids)) holding.insert(region);
        }
    }
    std::vector<CatalogRegion> kept;
    for (CatalogRegion& region : regions) {
        if (holding.contains(&region)) kept.push_back(std::move(region));
    }
    return kept;
}

Result<std::vector<StreamPtr>> RocksCatalog::streams_of(const std::vector<Matcher>& matchers,
                                                        const std::vector<CatalogRegion>& regions,
                                                        const Database::Moment& at,
                                                        const TakeMemory& take) const {
    const StreamMatcher matcher(*database_, dictionary_, at);
    std::vector<StreamPtr> streams;
    for (const auto& [shelf, members] : by_shelf(regions)) {
        SKALD_TRY(const std::uint32_t count, dictionary_.size(shelf, at));
        SKALD_TRY(IdSet ids, matcher.match(shelf, matchers, all_ids(count)));
        if (ids.empty()) continue;
        std::vector<bool> held(count);
        for (const CatalogRegion* region : members) {
            SKALD_TRY(const IdRuns runs, present(*region, at));
            for (const IdRun& run : runs) {
                if (run.end > count) return malformed("presence");
                std::fill(held.begin() + run.first, held.begin() + run.end, true);
            }
        }
        std::erase_if(ids, [&](std::uint32_t id) { return !held[id]; });
        SKALD_TRY(std::vector<StreamPtr> found, dictionary_.streams(shelf, ids, at, take));
        streams.insert(streams.end(), std::make_move_iterator(found.begin()),
                       std::make_move_iterator(found.end()));
    }
    return in_label_order(std::move(streams));
}

Result<std::vector<StreamPtr>> RocksCatalog::streams_in(const std::vector<Matcher>& matchers,
                                                        const std::vector<CatalogRegion>& regions,
                                                        const TakeMemory& take) const {
    SKALD_TRY(const Database::Moment at, database_->moment());
    return streams_of(matchers, regions, at, take);
}

Result<std::vector<StreamPtr>> RocksCatalog::streams(const TenantId& tenant,
                                                     const std::vector<Matcher>& matchers,
                                                     TimeNs start, TimeNs end) const {
    SKALD_TRY(const Database::Moment at, database_->moment());
    SKALD_TRY(const std::vector<CatalogRegion> regions, regions_of_periods(tenant, start, end, at));
    return streams_of(matchers, regions, at, nullptr);
}

Result<std::vector<TenantId>> RocksCatalog::tenants() const {
    std::vector<TenantId> tenants;
    const std::string first = {static_cast<char>(RowKind::kRegion)};
    const std::string end = end_of_prefix(first);
    const rocksdb::Slice end_slice(end);
    SKALD_TRY(const Database::Moment at, database_->moment());
    const Database::Cursor rows = Database::cursor(at, &end_slice);
    rows->Seek(first);
    while (rows->Valid()) {
        SKALD_TRY(Shelf shelf, decode_shelf(view_of(rows->key())));
        // On to the next tenant without walking this one's regions.
        rows->Seek(end_of_prefix(tenant_prefix(RowKind::kRegion, shelf.tenant)));
        tenants.push_back(std::move(shelf.tenant));
    }
    if (!rows->status().ok()) return to_error(rows->status(), "read");
    return tenants;
}

Result<void> RocksCatalog::count_segments() {
    SKALD_TRY(const std::set<SegmentId> known, segments());
    segments_gauge_.set(static_cast<double>(known.size()));
    return {};
}

}  // namespace

Result<std::unique_ptr<Catalog>> Catalog::open(Options options, MetricsRegistry& metrics) {
    Counter reopened =
        metrics.counter("skald_catalog_reopened_total",
                        "Times that the catalog was opened again because a disk call failed.");
    SKALD_TRY(Database::Opened opened, Database::open({.directory = std::move(options.directory),
                                                       .memory_bytes = options.memory_bytes,
                                                       .files = std::move(options.files)},
                                                      reopened));
    Counter rebuilds =
        metrics.counter("skald_catalog_rebuilds_total",
                        "Times that the catalog was found unusable and was emptied.");
    if (opened.rebuilt) rebuilds.add();
    Gauge memory = metrics.gauge("skald_catalog_memory_bytes",
                                 "Block cache and write buffers of the catalog.");
    metrics.before_exposition([memory, cache = opened.database->cache()]() mutable {
        memory.set(static_cast<double>(cache->GetUsage()));
    });
    auto catalog = std::make_unique<RocksCatalog>(
        std::move(opened.database),
        metrics.gauge("skald_catalog_segments", "Segments in the catalog."));
    SKALD_CHECK(catalog->count_segments());
    return std::unique_ptr<Catalog>(std::move(catalog));
}

}  // namespace skald::storage

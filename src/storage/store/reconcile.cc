// SPDX-License-Identifier: Apache-2.0
#include "segment_sets.h"
#include "segment_store.h"

#include <skald/foundation/telemetry/log.h>
#include <skald/storage/store/segment_listing.h>

#include <algorithm>
#include <map>
#include <set>
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
    Listing listed;
    for (const ObjectStore::Listed& object : objects) {
        const std::optional<SegmentId> segment = segment_of_key(object.key);
        if (!segment) {
            log_warn("an object among the segments is none", {{"object", object.key}});
            continue;
        }
        listed[*segment] = object.size;
        if (const auto generation = generation_of(*segment)) numbers_.note(*generation);
        if (const auto name = rewrite_of(*segment)) {
            numbers_.note(name->newest);
            last_set_ = std::max(last_set_, name->set);
        }
    }
    *sizes_.lock() = listed;

    SKALD_TRY(std::vector<CatalogSegment> known, known_segments());
    std::erase_if(known, [&](const CatalogSegment& segment) { return segment.id.text.empty(); });
    for (auto at = known.begin(); at != known.end();) {
        if (listed.contains(at->id)) {
            ++at;
            continue;
        }
        if (!at->is_hidden)
            log_warn("a segment is in the catalog but its object is gone",
                     {{"object", at->id.object_key()}});
        SKALD_CHECK(catalog_.remove(at->id));
        at = known.erase(at);
    }
    std::uint64_t damaged = 0;
    SKALD_TRY(const std::vector<CatalogSegment> all, known_or_read(listed, known, damaged));
    damaged_gauge_.set(static_cast<double>(damaged));
    SKALD_CHECK(settle_catalog(listed, known, all));
    show_totals();
    return {};
}

Result<std::vector<CatalogSegment>> SegmentStore::known_segments() {
    Result<std::vector<CatalogSegment>> known = catalog_.described();
    if (known || known.error().code != ErrorCode::kCorruption) return known;
    log_warn("the catalog is damaged and is made again from the segments",
             {{"reason", known.error().message}});
    SKALD_CHECK(catalog_.clear());
    return std::vector<CatalogSegment>();
}

/// What the catalog knows, and what the footers of the other objects say.
Result<std::vector<CatalogSegment>> SegmentStore::known_or_read(const Listing& listed,
                                                                std::vector<CatalogSegment> known,
                                                                std::uint64_t& damaged) const {
    std::set<SegmentId> have;
    for (const CatalogSegment& segment : known) have.insert(segment.id);
    for (const auto& [id, size] : listed) {
        if (have.contains(id)) continue;
        Result<SegmentTables> read = read_tables(id, size);
        // Left out, its lines are missing up to the next start: not because of what passes.
        if (!read && read.error().code != ErrorCode::kCorruption) read = read_tables(id, size);
        if (!read) {
            ++damaged;
            log_error(
                "a segment cannot be read and is left out",
                {{"object", id.object_key()},
                 {"reason", read.error().message},
                 {"do", "run skald check; restore the object from a backup if there is one"}});
            continue;
        }
        const SegmentFooter& footer = read->footer;
        known.push_back({.id = id,
                         .level = footer.level,
                         .generations = footer.generations,
                         .replaces = footer.replaces,
                         .applied_deletes = footer.applied_deletes,
                         .members = footer.members,
                         .regions = footer.regions});
    }
    return known;
}

Result<void> SegmentStore::settle_catalog(const Listing& listed,
                                          const std::vector<CatalogSegment>& known,
                                          const std::vector<CatalogSegment>& all) {
    std::set<SegmentId> names;
    for (const auto& [id, size] : listed) names.insert(id);
    const SetVerdict verdict = judge_sets(all, names);
    std::map<SegmentId, bool> hidden_in_catalog;
    for (const CatalogSegment& segment : known)
        hidden_in_catalog.emplace(segment.id, segment.is_hidden);

    std::vector<CatalogSegment> retired;
    for (const CatalogSegment& segment : all) {
        const SegmentId& id = segment.id;
        const auto at = hidden_in_catalog.find(id);
        if (verdict.leftovers.contains(id)) {
            if (at != hidden_in_catalog.end()) {
                SKALD_CHECK(catalog_.remove(id));
            }
            leftovers_.lock()->insert(id);
            continue;
        }
        const bool is_known = at != hidden_in_catalog.end();
        if (verdict.hidden.contains(id)) {
            if (is_known && !at->second) {
                SKALD_CHECK(catalog_.replace({}, {id}));
            }
            retired.push_back(segment);
            continue;
        }
        // Dropped, but not removed before the end; or replaced by what never became whole.
        if (is_known && at->second) {
            SKALD_CHECK(catalog_.remove(id));
        }
        if (!is_known || at->second) {
            SKALD_TRY(const SegmentTables read, read_tables(id, listed.at(id)));
            SKALD_CHECK(catalog_.add(read.footer, read.tables));
        }
        ++segments_;
        stored_bytes_ += listed.at(id);
    }
    retire(retired);
    if (const Result<void> removed = remove_leftovers(); !removed)
        log_warn("a part of an unfinished rewrite can't be removed",
                 {{"err", removed.error().message}});
    return {};
}

Result<SegmentTables> SegmentStore::read_tables(const SegmentId& segment,
                                                std::uint64_t size) const {
    return describe_segment(objects_, {segment, size});
}

}  // namespace skald::storage

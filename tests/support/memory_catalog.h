// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/random_streams.h"

#include <skald/storage/catalog/catalog.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace skald::storage {

/// The catalog as a plain list of segments that is looked through for each answer: what the real
/// one is compared with, and what tests use that open one a thousand times. As with the real one,
/// what was added survives as long as the object does; `clear` loses it. Threading: thread-safe.
class MemoryCatalog final : public Catalog {
public:
    /// The next `times` changes that bring a new segment fail.
    void fail_adds(std::uint64_t times) {
        const std::lock_guard hold(mutex_);
        failing_adds_ = times;
    }

    Result<void> add(const SegmentFooter& footer, const std::vector<RegionTable>& tables) override {
        const std::lock_guard hold(mutex_);
        if (segments_.contains(footer.id)) return {};
        if (const Result<void> ok = may_fail(); !ok) return ok.error();
        Segment& segment = segments_[footer.id];
        segment.footer = footer;
        for (const RegionTable& table : tables) segment.streams.push_back(table.streams);
        return {};
    }
    Result<void> remove(const SegmentId& segment) override {
        const std::lock_guard hold(mutex_);
        segments_.erase(segment);
        return {};
    }
    Result<void> replace(const std::vector<SegmentTables>& added,
                         const std::vector<SegmentId>& hidden) override {
        const std::lock_guard hold(mutex_);
        if (const Result<void> ok = may_fail(); !ok) return ok.error();
        for (const SegmentTables& one : added) {
            if (segments_.contains(one.footer.id)) continue;
            Segment& segment = segments_[one.footer.id];
            segment.footer = one.footer;
            for (const RegionTable& table : one.tables) segment.streams.push_back(table.streams);
        }
        for (const SegmentId& id : hidden) {
            const auto place = segments_.find(id);
            if (place != segments_.end()) place->second.is_hidden = true;
        }
        return {};
    }
    Result<std::vector<CatalogSegment>> described() const override {
        const std::lock_guard hold(mutex_);
        std::vector<CatalogSegment> all;
        for (const auto& [id, segment] : segments_) {
            const SegmentFooter& footer = segment.footer;
            all.push_back({id, footer.level, segment.is_hidden, footer.generations, footer.replaces,
                           footer.applied_deletes, footer.members,
                           segment.is_hidden ? std::vector<RegionSummary>() : footer.regions});
        }
        return all;
    }
    Result<std::set<SegmentId>> segments() const override {
        const std::lock_guard hold(mutex_);
        std::set<SegmentId> ids;
        for (const auto& [id, segment] : segments_) ids.insert(id);
        return ids;
    }
    Result<bool> contains(const SegmentId& segment) const override {
        const std::lock_guard hold(mutex_);
        return segments_.contains(segment);
    }
    Result<bool> has_generation(const GenerationId& generation) const override {
        const std::lock_guard hold(mutex_);
        return std::any_of(segments_.begin(), segments_.end(), [&](const auto& entry) {
            return std::ranges::count(entry.second.footer.generations, generation) > 0;
        });
    }
    Result<std::uint64_t> last_generation(const std::string& instance) const override {
        const std::lock_guard hold(mutex_);
        std::uint64_t last = 0;
        for (const auto& [id, segment] : segments_) {
            for (const GenerationId& generation : segment.footer.generations) {
                if (generation.instance == instance) last = std::max(last, generation.number);
            }
        }
        return last;
    }
    Result<void> clear() override {
        const std::lock_guard hold(mutex_);
        segments_.clear();
        return {};
    }

    Result<std::vector<CatalogRegion>> regions(const TenantId& tenant, TimeNs start,
                                               TimeNs end) const override {
        std::vector<CatalogRegion> found;
        visit([&](const SegmentFooter& footer, const RegionSummary& region,
                  const std::vector<StreamPtr>&) {
            if (region.tenant == tenant && region.min_time <= end && region.max_time >= start)
                found.push_back({footer.id, region, footer.generations});
        });
        std::sort(found.begin(), found.end(), [](const CatalogRegion& a, const CatalogRegion& b) {
            return std::tie(a.summary.min_time, a.segment) <
                   std::tie(b.summary.min_time, b.segment);
        });
        return found;
    }
    Result<std::vector<StreamPtr>> streams(const TenantId& tenant,
                                           const std::vector<Matcher>& matchers, TimeNs start,
                                           TimeNs end) const override {
        std::vector<StreamPtr> found;
        visit([&](const SegmentFooter&, const RegionSummary& region,
                  const std::vector<StreamPtr>& streams) {
            if (region.tenant == tenant && region.period >= period_of(start) &&
                region.period <= period_of(end))
                append_matching(matchers, streams, found);
        });
        return in_label_order(std::move(found));
    }
    Result<std::vector<CatalogRegion>> regions_holding(
        const std::vector<Matcher>& matchers, std::vector<CatalogRegion> regions) const override {
        std::erase_if(regions, [&](const CatalogRegion& region) {
            return matching(matchers, region).empty();
        });
        return regions;
    }
    Result<std::vector<StreamPtr>> streams_in(const std::vector<Matcher>& matchers,
                                              const std::vector<CatalogRegion>& regions,
                                              const TakeMemory&) const override {
        std::vector<StreamPtr> found;
        for (const CatalogRegion& region : regions)
            append_matching({}, matching(matchers, region), found);
        return in_label_order(std::move(found));
    }
    Result<std::vector<TenantId>> tenants() const override {
        std::set<TenantId> tenants;
        visit([&](const SegmentFooter&, const RegionSummary& region,
                  const std::vector<StreamPtr>&) { tenants.insert(region.tenant); });
        return std::vector<TenantId>(tenants.begin(), tenants.end());
    }

private:
    struct Segment {
        SegmentFooter footer;
        std::vector<std::vector<StreamPtr>> streams;  ///< Of each region.
        bool is_hidden = false;
    };

    Result<void> may_fail() {
        if (failing_adds_ == 0) return {};
        --failing_adds_;
        return Error{ErrorCode::kIo, "simulated failure of the catalog"};
    }

    template <class Visit>
    void visit(Visit visit_region) const {
        const std::lock_guard hold(mutex_);
        for (const auto& [id, segment] : segments_) {
            if (segment.is_hidden) continue;
            for (std::size_t i = 0; i < segment.streams.size(); ++i)
                visit_region(segment.footer, segment.footer.regions[i], segment.streams[i]);
        }
    }

    static void append_matching(const std::vector<Matcher>& matchers,
                                const std::vector<StreamPtr>& streams,
                                std::vector<StreamPtr>& out) {
        for (const StreamPtr& stream : streams) {
            if (matches_all(matchers, stream->labels)) out.push_back(stream);
        }
    }

    std::vector<StreamPtr> matching(const std::vector<Matcher>& matchers,
                                    const CatalogRegion& wanted) const {
        std::vector<StreamPtr> found;
        visit([&](const SegmentFooter& footer, const RegionSummary& region,
                  const std::vector<StreamPtr>& streams) {
            if (footer.id == wanted.segment && region.tenant == wanted.summary.tenant &&
                region.period == wanted.summary.period)
                append_matching(matchers, streams, found);
        });
        return found;
    }

    mutable std::mutex mutex_;
    std::map<SegmentId, Segment> segments_;
    std::uint64_t failing_adds_ = 0;
};

}  // namespace skald::storage

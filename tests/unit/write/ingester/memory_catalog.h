// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/storage/catalog/catalog.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace skald::storage {

/// A catalog in memory: quick to make, so that a test can afford thousands. It may fail on demand.
/// Threading: thread-safe.
class MemoryCatalog final : public Catalog {
public:
    /// The next `times` additions fail.
    void fail_adds(std::uint64_t times) {
        const std::lock_guard hold(mutex_);
        failing_adds_ = times;
    }

    Result<void> add(const SegmentFooter& footer, const std::vector<RegionTable>& tables) override {
        const std::lock_guard hold(mutex_);
        if (failing_adds_ > 0) {
            --failing_adds_;
            return Error{ErrorCode::kIo, "simulated failure of the catalog"};
        }
        Known known;
        known.generations = footer.generations;
        for (std::size_t i = 0; i < tables.size(); ++i) {
            known.regions.emplace_back(
                CatalogRegion{footer.id, footer.regions[i], footer.generations}, tables[i].streams);
        }
        segments_.insert_or_assign(footer.id, std::move(known));
        return {};
    }
    Result<void> remove(const SegmentId& segment) override {
        const std::lock_guard hold(mutex_);
        segments_.erase(segment);
        return {};
    }
    Result<void> replace(const std::vector<SegmentTables>&,
                         const std::vector<SegmentId>&) override {
        return Error{ErrorCode::kNotSupported, "this catalog replaces nothing"};
    }
    Result<std::vector<CatalogSegment>> described() const override {
        const std::lock_guard hold(mutex_);
        std::vector<CatalogSegment> all;
        for (const auto& [id, known] : segments_) {
            all.emplace_back();
            all.back().id = id;
            all.back().generations = known.generations;
        }
        return all;
    }
    Result<std::set<SegmentId>> segments() const override {
        const std::lock_guard hold(mutex_);
        std::set<SegmentId> all;
        for (const auto& [id, known] : segments_) all.insert(id);
        return all;
    }
    Result<bool> contains(const SegmentId& segment) const override {
        const std::lock_guard hold(mutex_);
        return segments_.contains(segment);
    }
    Result<bool> has_generation(const GenerationId& generation) const override {
        const std::lock_guard hold(mutex_);
        return std::ranges::any_of(segments_, [&](const auto& item) {
            return std::ranges::count(item.second.generations, generation) > 0;
        });
    }
    Result<std::uint64_t> last_generation(const std::string& instance) const override {
        const std::lock_guard hold(mutex_);
        std::uint64_t last = 0;
        for (const auto& [id, known] : segments_) {
            for (const GenerationId& generation : known.generations) {
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
        const std::lock_guard hold(mutex_);
        std::vector<CatalogRegion> found;
        for (const auto& [id, known] : segments_) {
            for (const auto& [region, streams] : known.regions) {
                if (region.summary.tenant != tenant || region.summary.min_time > end) continue;
                if (region.summary.max_time >= start) found.push_back(region);
            }
        }
        std::ranges::stable_sort(found, {}, [](const auto& r) { return r.summary.min_time; });
        return found;
    }
    Result<std::vector<StreamPtr>> streams(const TenantId& tenant,
                                           const std::vector<Matcher>& matchers, TimeNs start,
                                           TimeNs end) const override {
        SKALD_TRY(const std::vector<CatalogRegion> found, regions(tenant, start, end));
        return streams_in(matchers, found);
    }
    Result<std::vector<CatalogRegion>> regions_holding(
        const std::vector<Matcher>& matchers, std::vector<CatalogRegion> found) const override {
        std::erase_if(
            found, [&](const CatalogRegion& region) { return matching(matchers, region).empty(); });
        return found;
    }
    Result<std::vector<StreamPtr>> streams_in(
        const std::vector<Matcher>& matchers,
        const std::vector<CatalogRegion>& found) const override {
        std::vector<StreamPtr> all;
        for (const CatalogRegion& region : found) {
            for (const StreamPtr& stream : matching(matchers, region)) all.push_back(stream);
        }
        std::ranges::sort(all, [](const auto& a, const auto& b) { return a->labels < b->labels; });
        const auto same = [](const auto& a, const auto& b) { return a->id == b->id; };
        all.erase(std::unique(all.begin(), all.end(), same), all.end());
        return all;
    }
    Result<std::vector<TenantId>> tenants() const override {
        const std::lock_guard hold(mutex_);
        std::set<TenantId> all;
        for (const auto& [id, known] : segments_) {
            for (const auto& [region, streams] : known.regions) all.insert(region.summary.tenant);
        }
        return std::vector<TenantId>(all.begin(), all.end());
    }

private:
    struct Known {
        std::vector<std::pair<CatalogRegion, std::vector<StreamPtr>>> regions;
        std::vector<GenerationId> generations;
    };

    std::vector<StreamPtr> matching(const std::vector<Matcher>& matchers,
                                    const CatalogRegion& wanted) const {
        const std::lock_guard hold(mutex_);
        std::vector<StreamPtr> found;
        const auto segment = segments_.find(wanted.segment);
        if (segment == segments_.end()) return found;
        for (const auto& [region, streams] : segment->second.regions) {
            if (region.summary.tenant != wanted.summary.tenant ||
                region.summary.period != wanted.summary.period) {
                continue;
            }
            for (const StreamPtr& stream : streams) {
                if (matches_all(matchers, stream->labels)) found.push_back(stream);
            }
        }
        return found;
    }

    mutable std::mutex mutex_;
    std::map<SegmentId, Known> segments_;
    std::uint64_t failing_adds_ = 0;
};

}  // namespace skald::storage

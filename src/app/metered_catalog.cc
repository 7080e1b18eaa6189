// SPDX-License-Identifier: Apache-2.0
#include "metered_catalog.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace skald::app {

namespace {

using storage::CatalogRegion;
using storage::RegionTable;
using storage::SegmentId;

/// dskit's exponential ones: twelve from 5 ms to 100 s.
const std::vector<double> kBuckets = {0.005,
                                      0.012301915262620913,
                                      0.03026742382574107,
                                      0.07446945662441999,
                                      0.18322338900940766,
                                      0.4507997211447921,
                                      1.109139993987274,
                                      2.7289092440830625,
                                      6.7141620560185435,
                                      16.519410534528944,
                                      40.644077716844464,
                                      99.99999999999989};

/// Calls of one operation. Threading: thread-safe.
class Timed {
public:
    Timed(const char* operation, Clock& clock, MetricsRegistry& metrics)
        : clock_(clock),
          good_(histogram(operation, "200", metrics)),
          bad_(histogram(operation, "500", metrics)) {}

    template <class Call>
    auto operator()(Call&& call) const {
        const auto start = clock_.now();
        auto result = std::forward<Call>(call)();
        Histogram seconds = result ? good_ : bad_;
        seconds.observe(std::chrono::duration<double>(clock_.now() - start).count());
        return result;
    }

private:
    static Histogram histogram(const char* operation, const char* status,
                               MetricsRegistry& metrics) {
        return metrics.histogram(
            "loki_index_request_duration_seconds",
            "Time that the catalog takes for a look-up or a change.",
            {{"component", "catalog"}, {"operation", operation}, {"status_code", status}},
            kBuckets);
    }

    Clock& clock_;
    const Histogram good_;
    const Histogram bad_;
};

class MeteredCatalog final : public storage::Catalog {
public:
    MeteredCatalog(std::unique_ptr<storage::Catalog> catalog, Clock& clock,
                   MetricsRegistry& metrics)
        : catalog_(std::move(catalog)),
          index_chunk_("index_chunk", clock, metrics),
          chunk_refs_("GetChunkRefs", clock, metrics),
          series_("GetSeries", clock, metrics) {}

    Result<void> add(const storage::SegmentFooter& footer,
                     const std::vector<RegionTable>& tables) override {
        return index_chunk_([&] { return catalog_->add(footer, tables); });
    }
    Result<void> remove(const SegmentId& segment) override { return catalog_->remove(segment); }
    Result<void> replace(const std::vector<storage::SegmentTables>& added,
                         const std::vector<SegmentId>& hidden) override {
        return index_chunk_([&] { return catalog_->replace(added, hidden); });
    }
    Result<std::vector<storage::CatalogSegment>> described() const override {
        return catalog_->described();
    }
    Result<std::set<SegmentId>> segments() const override { return catalog_->segments(); }
    Result<bool> contains(const SegmentId& segment) const override {
        return catalog_->contains(segment);
    }
    Result<bool> has_generation(const storage::GenerationId& generation) const override {
        return catalog_->has_generation(generation);
    }
    Result<std::uint64_t> last_generation(const std::string& instance) const override {
        return catalog_->last_generation(instance);
    }
    Result<void> clear() override { return catalog_->clear(); }

    Result<std::vector<CatalogRegion>> regions(const TenantId& tenant, TimeNs start,
                                               TimeNs end) const override {
        return chunk_refs_([&] { return catalog_->regions(tenant, start, end); });
    }
    Result<std::vector<StreamPtr>> streams(const TenantId& tenant,
                                           const std::vector<Matcher>& matchers, TimeNs start,
                                           TimeNs end) const override {
        return series_([&] { return catalog_->streams(tenant, matchers, start, end); });
    }
    Result<std::vector<CatalogRegion>> regions_holding(
        const std::vector<Matcher>& matchers, std::vector<CatalogRegion> regions) const override {
        return chunk_refs_([&] { return catalog_->regions_holding(matchers, std::move(regions)); });
    }
    Result<std::vector<StreamPtr>> streams_in(const std::vector<Matcher>& matchers,
                                              const std::vector<CatalogRegion>& regions,
                                              const storage::TakeMemory& take) const override {
        return series_([&] { return catalog_->streams_in(matchers, regions, take); });
    }
    Result<std::vector<TenantId>> tenants() const override { return catalog_->tenants(); }

private:
    const std::unique_ptr<storage::Catalog> catalog_;
    const Timed index_chunk_;
    const Timed chunk_refs_;
    const Timed series_;
};

}  // namespace

std::unique_ptr<storage::Catalog> meter(std::unique_ptr<storage::Catalog> catalog, Clock& clock,
                                        MetricsRegistry& metrics) {
    return std::make_unique<MeteredCatalog>(std::move(catalog), clock, metrics);
}

}  // namespace skald::app

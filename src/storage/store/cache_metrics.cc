// SPDX-License-Identifier: Apache-2.0
#include "segment_reader.h"

#include <string>
#include <utility>

namespace skald::storage {

namespace {

/// The series of one cache. Names are Loki's where its dashboards read them.
class CacheMetrics {
public:
    CacheMetrics(MetricsRegistry& metrics, const std::string& name)
        : asked_(metrics.counter("loki_cache_fetched_keys", "Keys asked of the cache.",
                                 {{"name", name}})),
          hits_(metrics.counter("loki_cache_hits", "Keys that the cache had.", {{"name", name}})),
          entries_(metrics.gauge("loki_embeddedcache_entries", "Entries of the cache.",
                                 {{"cache", name}})),
          bytes_(metrics.gauge("loki_embeddedcache_memory_bytes", "Bytes of the cache.",
                               {{"cache", name}})) {}

    void update(const ColumnCache& cache) {
        const ColumnCache::Counts now = cache.counts();
        asked_.add(static_cast<double>(now.asked - shown_.asked));
        hits_.add(static_cast<double>(now.hits - shown_.hits));
        entries_.set(static_cast<double>(now.entries));
        bytes_.set(static_cast<double>(cache.bytes()));
        shown_ = now;
    }

private:
    Counter asked_;
    Counter hits_;
    Gauge entries_;
    Gauge bytes_;
    ColumnCache::Counts shown_;
};

}  // namespace

void expose_caches(const std::shared_ptr<ReadContext>& context, MetricsRegistry& metrics) {
    using Both = std::pair<CacheMetrics, CacheMetrics>;
    // Shared: the registry's function must be copyable and outlives the store.
    auto both = std::make_shared<Guarded<Both>>(
        Both{CacheMetrics(metrics, "columns"), CacheMetrics(metrics, "text")});
    metrics.before_exposition([both, weak = std::weak_ptr<ReadContext>(context)] {
        const std::shared_ptr<ReadContext> alive = weak.lock();
        if (alive == nullptr) return;
        auto locked = both->lock();
        locked->first.update(alive->columns);
        locked->second.update(alive->texts);
    });
}

}  // namespace skald::storage

// SPDX-License-Identifier: Apache-2.0
#include "extent_cache.h"

#include <utility>

namespace skald::read {
namespace {

constexpr const char* kName = "frontend.results-cache";

}  // namespace

ExtentCache::ExtentCache(std::uint64_t bytes_max, MetricsRegistry& metrics)
    : bytes_max_(bytes_max),
      requests_(metrics.counter("loki_cache_fetched_keys", "Keys that caches were asked for.",
                                {{"name", kName}})),
      hits_(metrics.counter("loki_cache_hits", "Keys that caches had.", {{"name", kName}})),
      added_(metrics.counter("loki_embeddedcache_added_new_total",
                             "Entries that caches in memory took.", {{"cache", kName}})),
      evicted_(metrics.counter("loki_embeddedcache_evicted_total",
                               "Entries that caches in memory gave up.",
                               {{"cache", kName}, {"reason", "full"}})),
      entries_gauge_(metrics.gauge("loki_embeddedcache_entries", "Entries of caches in memory.",
                                   {{"cache", kName}})),
      bytes_gauge_(metrics.gauge("loki_embeddedcache_memory_bytes", "Memory of caches in memory.",
                                 {{"cache", kName}})) {}

ExtentPtr ExtentCache::find(const ExtentKey& key, const std::string& query) {
    requests_.add();
    const std::lock_guard hold(mutex_);
    const auto found = index_.find(key);
    if (found == index_.end() || *found->second->extent->query != query) return nullptr;
    hits_.add();
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->extent;
}

void ExtentCache::put(const ExtentKey& key, ExtentPtr extent) {
    const std::size_t bytes = extent->bytes();
    if (bytes > bytes_max_ / 8) return;
    const std::lock_guard hold(mutex_);
    if (const auto found = index_.find(key); found != index_.end()) remove(found->second);
    entries_.push_front({key, std::move(extent), bytes});
    index_.emplace(key, entries_.begin());
    bytes_ += bytes;
    added_.add();
    while (bytes_ > bytes_max_) {
        remove(std::prev(entries_.end()));
        evicted_.add();
    }
    publish_size();
}

void ExtentCache::erase(const ExtentKey& key) {
    const std::lock_guard hold(mutex_);
    const auto found = index_.find(key);
    if (found == index_.end()) return;
    remove(found->second);
    publish_size();
}

void ExtentCache::remove(Entries::iterator at) {
    bytes_ -= at->bytes;
    index_.erase(at->key);
    entries_.erase(at);
}

void ExtentCache::publish_size() {
    entries_gauge_.set(static_cast<double>(entries_.size()));
    bytes_gauge_.set(static_cast<double>(bytes_));
}

}  // namespace skald::read

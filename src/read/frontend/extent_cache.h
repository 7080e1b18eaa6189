// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "extent.h"

#include <skald/foundation/telemetry/metrics.h>

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <unordered_map>

namespace skald::read {

/// Extents within a budget of memory; those that were not asked for the longest go first.
/// Threading: thread-safe.
class ExtentCache {
public:
    ExtentCache(std::uint64_t bytes_max, MetricsRegistry& metrics);

    bool enabled() const noexcept { return bytes_max_ > 0; }
    /// Null if there is none, or one of another query.
    ExtentPtr find(const ExtentKey& key, const std::string& query);
    /// Replaces what is there. One that is larger than an eighth of the budget is not kept.
    void put(const ExtentKey& key, ExtentPtr extent);
    void erase(const ExtentKey& key);

private:
    struct KeyHash {
        std::size_t operator()(const ExtentKey& key) const noexcept {
            return key.query.low ^ (static_cast<std::uint64_t>(key.interval) * 0x9E3779B97F4A7C15U);
        }
    };
    struct Entry {
        ExtentKey key;
        ExtentPtr extent;
        std::size_t bytes = 0;
    };
    using Entries = std::list<Entry>;  ///< Those asked for last in front.

    void remove(Entries::iterator at);
    void publish_size();

    const std::uint64_t bytes_max_;
    Counter requests_;
    Counter hits_;
    Counter added_;
    Counter evicted_;
    Gauge entries_gauge_;
    Gauge bytes_gauge_;

    std::mutex mutex_;
    Entries entries_;
    std::unordered_map<ExtentKey, Entries::iterator, KeyHash> index_;
    std::uint64_t bytes_ = 0;
};

}  // namespace skald::read

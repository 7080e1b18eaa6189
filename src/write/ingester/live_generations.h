// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "memtable.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace skald::write {

/// The generations whose rows are in memory, and which of them a reader must look into.
///
/// Invariant: a generation is put here before its first row is applied, and erased only after its
/// segment is in the catalog. A query that takes `all` first and the catalog afterwards therefore
/// finds every acknowledged row: if the generation is in the list, in its memtable (and the query
/// leaves its segment out); if it is not, in the catalog.
/// Threading: thread-safe.
class LiveGenerations {
public:
    void add(std::shared_ptr<Memtable> memtable) {
        const std::lock_guard hold(mutex_);
        const std::uint64_t number = memtable->id().number;
        live_.emplace(number, std::move(memtable));
    }
    void erase(std::uint64_t number) {
        std::shared_ptr<Memtable> last;  // Its memory is freed outside the lock.
        const std::lock_guard hold(mutex_);
        const auto found = live_.find(number);
        if (found == live_.end()) return;
        last = std::move(found->second);
        live_.erase(found);
    }
    std::shared_ptr<Memtable> find(std::uint64_t number) const {
        const std::lock_guard hold(mutex_);
        const auto found = live_.find(number);
        return found == live_.end() ? nullptr : found->second;
    }
    std::vector<std::shared_ptr<Memtable>> all() const {
        std::vector<std::shared_ptr<Memtable>> result;
        const std::lock_guard hold(mutex_);
        result.reserve(live_.size());
        for (const auto& [number, memtable] : live_) result.push_back(memtable);
        return result;
    }
    std::size_t count() const {
        const std::lock_guard hold(mutex_);
        return live_.size();
    }
    /// The smallest number; the largest possible if there is none.
    std::uint64_t oldest() const {
        const std::lock_guard hold(mutex_);
        return live_.empty() ? UINT64_MAX : live_.begin()->first;
    }

private:
    mutable std::mutex mutex_;
    std::map<std::uint64_t, std::shared_ptr<Memtable>> live_;
};

}  // namespace skald::write

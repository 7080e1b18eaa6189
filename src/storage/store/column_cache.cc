// SPDX-License-Identifier: Apache-2.0
#include "column_cache.h"

#include <utility>
#include <vector>

namespace skald::storage {

namespace {

// Ghosts are small, but a budget of gigabytes must not make millions of them.
constexpr std::size_t kGhostsPerShardMax = 16384;

}  // namespace

ColumnCache::ColumnCache(Options options) : options_(std::move(options)) {}

Guarded<ColumnCache::Shard>& ColumnCache::shard_of(const CacheKey& key) const {
    return shards_[CacheKeyHash{}(key) % kShards];
}

ColumnCache::Value ColumnCache::find(const CacheKey& key) {
    auto shard = shard_of(key).lock();
    ++shard->asked;
    const auto at = shard->entries.find(key);
    if (at == shard->entries.end()) return nullptr;
    ++shard->hits;
    // What waits in the queue keeps its place: being asked for twice in a row says little.
    if (at->second->is_kept) shard->kept.splice(shard->kept.begin(), shard->kept, at->second);
    return at->second->value;
}

bool ColumnCache::contains(const CacheKey& key) const {
    return shard_of(key).lock()->entries.contains(key);
}

void ColumnCache::insert(const CacheKey& key, Value value, std::size_t charge) {
    const std::size_t shard_index = CacheKeyHash{}(key) % kShards;
    bool is_kept = false;
    {
        auto shard = shards_[shard_index].lock();
        if (shard->entries.contains(key)) return;
        is_kept = forget(*shard, key);
    }
    // Room is taken before the entry is there, without its shard's lock: other shards may have to
    // give it.
    if (!is_kept && !make_room_in_queue(charge, shard_index)) {
        auto shard = shards_[shard_index].lock();
        remember(*shard, Entry{key, nullptr, charge, false});
        return;
    }
    if (!reserve(charge, shard_index)) return;
    auto shard = shards_[shard_index].lock();
    if (shard->entries.contains(key)) {
        used_ -= charge;
        return;
    }
    std::list<Entry>& list = is_kept ? shard->kept : shard->queue;
    list.push_front(Entry{key, std::move(value), charge, is_kept});
    if (!is_kept) queued_ += charge;
    shard->entries[key] = list.begin();
}

bool ColumnCache::reserve(std::size_t charge, std::size_t from_shard) {
    for (;;) {
        const std::size_t outside = options_.outside ? options_.outside() : 0;
        std::size_t used = used_.load();
        if (used + outside + charge <= options_.budget) {
            if (used_.compare_exchange_weak(used, used + charge)) return true;
            continue;
        }
        if (charge > options_.budget || !evict_somewhere(from_shard, false)) return false;
    }
}

bool ColumnCache::make_room_in_queue(std::size_t charge, std::size_t from_shard) {
    if (charge > options_.queue_bytes) {
        // Something large that was asked for once must not push out all the rest.
        return !options_.queue_is_strict && bytes() + charge <= options_.budget;
    }
    if (!options_.queue_is_strict) return true;
    while (queued_.load() + charge > options_.queue_bytes) {
        if (!evict_somewhere(from_shard, true)) break;
    }
    return true;
}

bool ColumnCache::evict_somewhere(std::size_t from_shard, bool only_queue) {
    const bool queue_is_long = queued_.load() > options_.queue_bytes;
    if (!only_queue && queue_is_long && evict_somewhere(from_shard, true)) return true;
    for (std::size_t i = 0; i < kShards; ++i) {
        // Destroyed after the lock is gone: a region table takes a while.
        Value value;
        auto shard = shards_[(from_shard + i) % kShards].lock();
        if (evict(*shard, only_queue, value)) return true;
    }
    return false;
}

bool ColumnCache::evict(Shard& shard, bool only_queue, Value& value) {
    const bool from_queue = only_queue || shard.kept.empty();
    std::list<Entry>& list = from_queue ? shard.queue : shard.kept;
    if (list.empty()) return false;
    Entry& oldest = list.back();
    value = std::move(oldest.value);
    if (from_queue) {
        remember(shard, oldest);
        queued_ -= oldest.charge;
    }
    used_ -= oldest.charge;
    shard.entries.erase(oldest.key);
    list.pop_back();
    return true;
}

void ColumnCache::remember(Shard& shard, const Entry& entry) {
    // A ghost says "asked for again while a cache of this budget would still have had it".
    if (shard.ghost_places.contains(entry.key)) return;
    shard.ghosts.push_front({entry.key, entry.charge});
    shard.ghost_places[entry.key] = shard.ghosts.begin();
    shard.ghost_bytes += entry.charge;
    while (shard.ghosts.size() > 1 && (shard.ghost_bytes > options_.budget / kShards ||
                                       shard.ghosts.size() > kGhostsPerShardMax))
        forget(shard, shard.ghosts.back().key);
}

bool ColumnCache::forget(Shard& shard, const CacheKey& key) {
    const auto at = shard.ghost_places.find(key);
    if (at == shard.ghost_places.end()) return false;
    shard.ghost_bytes -= at->second->charge;
    shard.ghosts.erase(at->second);
    shard.ghost_places.erase(at);
    return true;
}

void ColumnCache::erase_segment(std::uint64_t segment) {
    for (Guarded<Shard>& guarded : shards_) {
        // Destroyed after the lock is gone.
        std::vector<Value> values;
        auto shard = guarded.lock();
        const auto erase_from = [&](std::list<Entry>& list) {
            for (auto at = list.begin(); at != list.end();) {
                if (at->key.segment != segment) {
                    ++at;
                    continue;
                }
                if (!at->is_kept) queued_ -= at->charge;
                used_ -= at->charge;
                values.push_back(std::move(at->value));
                shard->entries.erase(at->key);
                at = list.erase(at);
            }
        };
        erase_from(shard->queue);
        erase_from(shard->kept);
    }
}

void ColumnCache::make_room() {
    while (bytes() > options_.budget && evict_somewhere(0, false)) {
    }
}

void ColumnCache::clear() {
    while (evict_somewhere(0, true) || evict_somewhere(0, false)) {
    }
}

std::size_t ColumnCache::bytes() const {
    return used_.load() + (options_.outside ? options_.outside() : 0);
}

ColumnCache::Counts ColumnCache::counts() const {
    Counts counts;
    for (Guarded<Shard>& guarded : shards_) {
        auto shard = guarded.lock();
        counts.asked += shard->asked;
        counts.hits += shard->hits;
        counts.entries += shard->entries.size();
    }
    return counts;
}

}  // namespace skald::storage

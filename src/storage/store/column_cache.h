// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/guarded.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <unordered_map>

namespace skald::storage {

/// What is cached: a part of a segment by its place.
struct CacheKey {
    std::uint64_t segment = 0;  ///< SegmentReader::number.
    std::uint64_t offset = 0;   ///< Of the block or table in the object.
    std::uint8_t part = 0;      ///< A Column, or kTablePart.

    bool operator==(const CacheKey&) const = default;
};

struct CacheKeyHash {
    std::size_t operator()(const CacheKey& key) const {
        std::uint64_t mixed =
            (key.segment * 0x9E3779B97F4A7C15ULL) ^ (key.offset * 0xC2B2AE3D27D4EB4FULL) ^ key.part;
        mixed ^= mixed >> 29;
        mixed *= 0xBF58476D1CE4E5B9ULL;
        return mixed ^ (mixed >> 32);
    }
};

/// Decoded things under a byte budget, replaced by the 2Q rule (Johnson, Shasha, "2Q: a low
/// overhead high performance buffer management replacement algorithm", 1994): what is new waits in
/// a short queue, and only what is asked for again soon after it left that queue gets among the
/// kept ones. So a scan larger than the cache passes through the queue and pushes out nothing that
/// is used.
///
/// Invariant: the charges of all entries, plus the bytes outside, are never above the budget after
/// an insertion.
/// Threading: thread-safe; keys are spread over shards with a lock each, the budget is one.
class ColumnCache {
public:
    struct Options {
        std::size_t budget = 0;
        std::size_t queue_bytes = 0;  ///< Aimed at for what was asked for only once.
        /// True: new things never take more than queue_bytes, even if the rest of the budget is
        /// free, so that a single scan does not make the process grow.
        bool queue_is_strict = false;
        /// Bytes elsewhere that count against the budget; may be null. Thread-safe.
        std::function<std::size_t()> outside;
    };
    using Value = std::shared_ptr<const void>;
    struct Counts {
        std::uint64_t asked = 0;
        std::uint64_t hits = 0;
        std::size_t entries = 0;
    };

    explicit ColumnCache(Options options);
    ColumnCache(const ColumnCache&) = delete;
    ColumnCache& operator=(const ColumnCache&) = delete;

    /// The value, or null.
    Value find(const CacheKey& key);
    /// As `find`, but neither counts nor changes anything.
    bool contains(const CacheKey& key) const;
    /// Keeps the value if there is room for `charge` bytes or room can be made; a key that is there
    /// stays as it is.
    void insert(const CacheKey& key, Value value, std::size_t charge);
    /// Removes entries until they and the bytes outside are inside the budget, if those grew.
    void make_room();
    /// Removes the entries of a segment.
    void erase_segment(std::uint64_t segment);
    /// Removes all entries.
    void clear();
    /// Charges of all entries and the bytes outside.
    std::size_t bytes() const;
    Counts counts() const;

private:
    struct Entry {
        CacheKey key;
        Value value;
        std::size_t charge = 0;
        bool is_kept = false;
    };
    /// Something that left the queue: its key and charge, without the value.
    struct Ghost {
        CacheKey key;
        std::size_t charge = 0;
    };
    struct Shard {
        // Newest in front.
        std::list<Entry> queue;
        std::list<Entry> kept;
        std::list<Ghost> ghosts;
        std::unordered_map<CacheKey, std::list<Entry>::iterator, CacheKeyHash> entries;
        std::unordered_map<CacheKey, std::list<Ghost>::iterator, CacheKeyHash> ghost_places;
        std::size_t ghost_bytes = 0;
        std::uint64_t asked = 0;
        std::uint64_t hits = 0;
    };
    static constexpr std::size_t kShards = 8;

    Guarded<Shard>& shard_of(const CacheKey& key) const;
    bool reserve(std::size_t charge, std::size_t from_shard);
    bool make_room_in_queue(std::size_t charge, std::size_t from_shard);
    /// Removes one entry of any shard; false if there is none to remove.
    bool evict_somewhere(std::size_t from_shard, bool only_queue);
    /// Removes one of the shard and hands out its value.
    bool evict(Shard& shard, bool only_queue, Value& value);
    void remember(Shard& shard, const Entry& entry);
    bool forget(Shard& shard, const CacheKey& key);

    const Options options_;
    std::atomic<std::size_t> used_{0};
    std::atomic<std::size_t> queued_{0};  ///< The part of used_ that is in queues.
    mutable std::array<Guarded<Shard>, kShards> shards_;
};

}  // namespace skald::storage

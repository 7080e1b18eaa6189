// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "resolved_stream.h"

#include <skald/foundation/base/hash.h>
#include <skald/foundation/base/stable_table.h>
#include <skald/foundation/runtime/guarded.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

namespace skald::write {

/// Remembers what label texts came to, so that a stream that was seen before costs one look-up.
///
/// The key is the 128-bit hash of the text together with the version of the tenant's rules and the
/// hash of a policy that the sender named: changed limits make new keys, and the old ones leave by
/// age. Each shard has a young and an old half; when the young one is full it becomes the old one,
/// and what is used there comes back. Invariant: the `entries` texts used last are there, unless
/// they take more than half of `bytes`; never more than twice as many, nor much more than `bytes`.
/// Threading: thread-safe.
class LabelCache {
public:
    explicit LabelCache(std::size_t entries, std::size_t bytes = kDefaultBytes)
        : entries_per_half_(entries / kShards + 1), bytes_per_half_(bytes / kShards / 2) {}

    /// Shared, because the entry may leave the cache while a request uses it.
    std::shared_ptr<const ResolvedStream> resolve(std::string_view label_text,
                                                  const TenantRules& rules,
                                                  const std::string& policy = {});
    std::size_t size() const;

private:
    static constexpr std::size_t kShards = 16;
    static constexpr std::size_t kDefaultBytes = std::size_t{96} * 1024 * 1024;
    static constexpr std::size_t kLongestText = std::size_t{64} * 1024;

    struct Entry {
        Hash128 key;
        std::shared_ptr<const ResolvedStream> resolved;  ///< Null: it is in the young half now.
    };
    struct Half {
        Entry* find(const Hash128& key) const {
            return entries.find(key.low, [&](const Entry& entry) { return entry.key == key; });
        }
        std::size_t size() const { return entries.size() - moved; }

        StableTable<Entry> entries;
        std::size_t moved = 0;
    };
    struct Shard {
        std::unique_ptr<Half> young = std::make_unique<Half>();
        std::unique_ptr<Half> old = std::make_unique<Half>();
        std::size_t young_bytes = 0;
    };

    std::shared_ptr<const ResolvedStream> find(Shard& shard, const Hash128& key);
    void insert(Shard& shard, const Hash128& key, std::shared_ptr<const ResolvedStream> resolved);

    const std::size_t entries_per_half_;
    const std::size_t bytes_per_half_;
    std::array<Guarded<Shard>, kShards> shards_;
};

}  // namespace skald::write

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "resolved_stream.h"

#include <skald/foundation/base/hash.h>
#include <skald/foundation/runtime/guarded.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <unordered_map>

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

    struct Half : std::unordered_map<Hash128, std::shared_ptr<const ResolvedStream>> {
        Half() { max_load_factor(2); }  // Half the buckets' memory for a slightly longer way.
    };
    struct Shard {
        Half young;
        Half old;
        std::size_t young_bytes = 0;
    };

    std::shared_ptr<const ResolvedStream> find(Shard& shard, const Hash128& key);
    void insert(Shard& shard, const Hash128& key, std::shared_ptr<const ResolvedStream> resolved);

    const std::size_t entries_per_half_;
    const std::size_t bytes_per_half_;
    std::array<Guarded<Shard>, kShards> shards_;
};

}  // namespace skald::write

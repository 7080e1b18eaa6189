// SPDX-License-Identifier: Apache-2.0
#include "label_cache.h"

#include <utility>

namespace skald::write {

namespace {

Hash128 key_of(std::string_view label_text, const TenantRules& rules, const std::string& policy) {
    Hash128 key = hash128(label_text);
    // An odd constant spreads the version over all bits; texts keep their 128 bits.
    key.high ^= rules.version * 0x9E3779B97F4A7C15ULL;
    key.low += rules.version;
    if (!policy.empty()) {
        const Hash128 of_policy = hash128(policy);
        key.high += of_policy.high;
        key.low ^= of_policy.low;
    }
    return key;
}

/// About what an entry takes: map node, object, stream, both texts.
std::size_t bytes_of(const ResolvedStream& resolved) {
    const std::size_t labels = resolved.stream ? resolved.stream->labels.heap_bytes() + 64 : 0;
    std::size_t texts = 0;
    for (const auto* text : {resolved.note.get(), resolved.policy.get()})
        if (text != nullptr) texts += sizeof(std::string) + text->capacity();
    return sizeof(ResolvedStream) + 96 + labels + texts;
}

}  // namespace

std::shared_ptr<const ResolvedStream> LabelCache::resolve(std::string_view label_text,
                                                          const TenantRules& rules,
                                                          const std::string& policy) {
    // Nobody sends such a text often.
    if (label_text.size() > kLongestText)
        return std::make_shared<const ResolvedStream>(resolve_stream(label_text, rules, policy));
    const Hash128 key = key_of(label_text, rules, policy);
    Guarded<Shard>& shard = shards_[key.high % kShards];
    auto known = shard.with([&](Shard& locked) { return find(locked, key); });
    if (known) return known;
    auto resolved =
        std::make_shared<const ResolvedStream>(resolve_stream(label_text, rules, policy));
    shard.with([&](Shard& locked) { insert(locked, key, resolved); });
    return resolved;
}

std::size_t LabelCache::size() const {
    std::size_t size = 0;
    for (const Guarded<Shard>& shard : shards_)
        size += shard.with([](const Shard& s) { return s.young->size() + s.old->size(); });
    return size;
}

std::shared_ptr<const ResolvedStream> LabelCache::find(Shard& shard, const Hash128& key) {
    if (const Entry* const found = shard.young->find(key)) return found->resolved;
    Entry* const old = shard.old->find(key);
    if (old == nullptr || old->resolved == nullptr) return nullptr;
    auto resolved = std::move(old->resolved);
    ++shard.old->moved;
    insert(shard, key, resolved);
    return resolved;
}

void LabelCache::insert(Shard& shard, const Hash128& key,
                        std::shared_ptr<const ResolvedStream> resolved) {
    // Two requests may have named it at the same time.
    if (Entry* const known = shard.young->find(key)) {
        known->resolved = std::move(resolved);
        return;
    }
    if (shard.young->size() >= entries_per_half_ || shard.young_bytes >= bytes_per_half_) {
        shard.old = std::exchange(shard.young, std::make_unique<Half>());
        shard.young_bytes = 0;
    }
    shard.young_bytes += bytes_of(*resolved);
    shard.young->entries.insert(key.low, Entry{key, std::move(resolved)});
}

}  // namespace skald::write

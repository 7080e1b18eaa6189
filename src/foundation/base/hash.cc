// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/hash.h>
#include <skald/foundation/base/hash_parts.h>
#include <skald/foundation/base/seeded_hash.h>
#include <skald/foundation/base/text_encoding.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace skald {

std::string Hash128::to_hex() const {
    return skald::to_hex(high) + skald::to_hex(low);
}

std::uint64_t hash64(std::string_view bytes) noexcept {
    return XXH3_64bits(bytes.data(), bytes.size());
}

std::uint64_t hash64_of_parts(std::string_view first, std::string_view second) noexcept {
    if (second.empty()) return hash64(first);
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    XXH3_64bits_update(&state, first.data(), first.size());
    XXH3_64bits_update(&state, second.data(), second.size());
    return XXH3_64bits_digest(&state);
}

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) noexcept {
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

Hash128 hash128(std::string_view bytes) noexcept {
    const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
    return {hash.high64, hash.low64};
}

std::uint64_t xxh64(std::string_view bytes) noexcept {
    return XXH64(bytes.data(), bytes.size(), 0);
}

}  // namespace skald

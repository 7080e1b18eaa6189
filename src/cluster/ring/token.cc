// SPDX-License-Identifier: Apache-2.0
#include <skald/cluster/ring/ring.h>
#include <skald/foundation/base/hash.h>

#include <algorithm>

namespace skald::cluster {

namespace {

/// FNV-1, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/): multiply, then xor.
std::uint32_t fnv1(std::uint32_t hash, std::string_view bytes) {
    constexpr std::uint32_t kPrime = 16'777'619;
    for (const char byte : bytes) {
        hash *= kPrime;
        hash ^= static_cast<std::uint8_t>(byte);
    }
    return hash;
}
constexpr std::uint32_t kFnvBasis = 2'166'136'261;

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
class SplitMix {
public:
    explicit SplitMix(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {
        state_ += 0x9E3779B97F4A7C15ULL;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
        return mixed ^ (mixed >> 31);
    }

private:
    std::uint64_t state_;
};

}  // namespace

std::string_view to_string(InstanceState state) noexcept {
    switch (state) {
        case InstanceState::kActive: return "ACTIVE";
        case InstanceState::kLeaving: return "LEAVING";
        case InstanceState::kPending: return "PENDING";
        case InstanceState::kJoining: return "JOINING";
        case InstanceState::kLeft: return "LEFT";
    }
    return "UNKNOWN";
}

std::uint32_t ring_token(const TenantId& tenant, std::string_view canonical_labels) noexcept {
    return fnv1(fnv1(kFnvBasis, tenant.text()), canonical_labels);
}

std::vector<std::uint32_t> make_tokens(std::string_view id, std::uint32_t count) {
    SplitMix random(hash64(id));
    std::vector<std::uint32_t> tokens;
    tokens.reserve(count);
    while (tokens.size() < count) {
        while (tokens.size() < count) tokens.push_back(static_cast<std::uint32_t>(random.next()));
        std::sort(tokens.begin(), tokens.end());
        tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
    }
    return tokens;
}

}  // namespace skald::cluster

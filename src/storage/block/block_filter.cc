// SPDX-License-Identifier: Apache-2.0
#include "filter_hash.h"

#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/hash.h>
#include <skald/storage/block/block_filter.h>

#include <algorithm>
#include <utility>

namespace skald::storage {

namespace {

/// More tell a block hardly better, and each may be a cache line that is read.
constexpr std::size_t kProbeHashesMax = 48;

bool bit(std::string_view bits, std::uint32_t size, std::uint32_t hash) {
    const auto at = static_cast<std::size_t>((std::uint64_t{hash} * size) >> 32);
    return ((static_cast<unsigned char>(bits[at / 8]) >> (at % 8)) & 1U) != 0;
}

}  // namespace

FilterProbe FilterProbe::of_pieces(std::span<const std::string_view> pieces) {
    FilterProbe probe;
    std::vector<std::uint32_t>& hashes = probe.hashes_;
    for (const std::string_view piece : pieces) {
        visit_grams(piece, [&](std::uint32_t hash) { hashes.push_back(hash); });
    }
    std::sort(hashes.begin(), hashes.end());
    hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
    // Some of a long text's will do; sorted by hash they are from all over it.
    if (hashes.size() > kProbeHashesMax) hashes.resize(kProbeHashesMax);
    return probe;
}

FilterProbe FilterProbe::of_metadata(std::string_view name, std::string_view value) {
    FilterProbe probe;
    const auto hashes = hash_pair(hash64(value) + hash64(name));
    probe.hashes_.assign(hashes.begin(), hashes.end());
    return probe;
}

void FilterCondition::require_any(std::vector<FilterProbe> probes) {
    const bool idle = probes.empty() || std::any_of(probes.begin(), probes.end(),
                                                    [](const auto& each) { return each.empty(); });
    if (!idle) clauses_.push_back(std::move(probes));
}

Result<BlockFilter> BlockFilter::decode(std::string_view bytes) {
    ByteReader in(bytes);
    BlockFilter filter;
    const std::uint64_t size = in.varint();
    if (!in.ok() || size == 0 || size > kFilterBitsMax || in.remaining() != (size + 7) / 8) {
        return Error{ErrorCode::kCorruption, "block filter: impossible size"};
    }
    filter.size_ = static_cast<std::uint32_t>(size);
    filter.bits_ = in.raw(in.remaining());
    return filter;
}

bool BlockFilter::may_hold(const FilterProbe& probe) const {
    return std::all_of(probe.hashes().begin(), probe.hashes().end(),
                       [&](std::uint32_t hash) { return bit(bits_, size_, hash); });
}

bool BlockFilter::may_hold(const FilterCondition& condition) const {
    return std::all_of(
        condition.clauses().begin(), condition.clauses().end(), [&](const auto& probes) {
            return std::any_of(probes.begin(), probes.end(),
                               [&](const FilterProbe& probe) { return may_hold(probe); });
        });
}

}  // namespace skald::storage

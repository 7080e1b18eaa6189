// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/hash.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace skald {

/// Numbers identities 0, 1, … in the order of their first appearance: open addressing, 20-30 bytes
/// each and no allocation for each, because it is made anew for every question about a hundred
/// thousand streams.
/// Threading: single-owner.
class NumberTable {
public:
    /// For so many different ones at most. Requires: below 2^32 - 1.
    explicit NumberTable(std::size_t count_max)
        : slots_(std::bit_ceil(std::max<std::size_t>(count_max * 2, 16)), kFree) {}

    /// The number of the identity; gives it the next one if it has none. Second: whether it is new.
    std::pair<std::uint32_t, bool> insert(const Hash128& id) {
        std::size_t at = id.low & (slots_.size() - 1);
        while (slots_[at] != kFree) {
            if (ids_[slots_[at]] == id) return {slots_[at], false};
            at = (at + 1) & (slots_.size() - 1);
        }
        slots_[at] = static_cast<std::uint32_t>(ids_.size());
        ids_.push_back(id);
        return {slots_[at], true};
    }
    /// How many are numbered.
    std::size_t size() const noexcept { return ids_.size(); }

private:
    static constexpr std::uint32_t kFree = UINT32_MAX;

    std::vector<std::uint32_t> slots_;
    std::vector<Hash128> ids_;
};

}  // namespace skald

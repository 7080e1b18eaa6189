// SPDX-License-Identifier: Apache-2.0
#include "string_table.h"

#include <skald/foundation/base/hash.h>

namespace skald::storage {
namespace {

/// Up to so many texts are found by looking at each: no hash, no slots.
constexpr std::uint32_t kScanMax = 8;

}  // namespace

void StringList::push_back(std::string_view text) {
    texts_.append({text.data(), text.size()});
    ends_.push_back(texts_.size());
}

std::uint32_t StringIndex::intern(std::string_view text, StringList& list) {
    const std::uint32_t added = list.size();
    if (added < kScanMax) {
        for (std::uint32_t id = 0; id < added; ++id) {
            if (list[id] == text) return id;
        }
        list.push_back(text);
        return added;
    }
    if (slots_.size() < 2 * (std::size_t{added} + 1)) {
        rehash(slots_.empty() ? 4 * std::size_t{kScanMax} : 2 * slots_.size(), list);
    }
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = hash64(text) & mask;
    for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
        if (list[slots_[slot] - 1] == text) return slots_[slot] - 1;
    }
    slots_[slot] = added + 1;
    list.push_back(text);
    return added;
}

void StringIndex::rehash(std::size_t slots, const StringList& list) {
    slots_.assign(slots, 0);
    for (std::uint32_t id = 0; id < list.size(); ++id) {
        std::size_t slot = hash64(list[id]) & (slots - 1);
        while (slots_[slot] != 0) slot = (slot + 1) & (slots - 1);
        slots_[slot] = id + 1;
    }
}

}  // namespace skald::storage

// SPDX-License-Identifier: Apache-2.0
#include "slot_counts.h"

#include <algorithm>
#include <limits>

namespace skald::write {
namespace {

/// The sum, at most what fits.
std::uint32_t plus(std::uint32_t a, std::uint32_t b) noexcept {
    constexpr std::uint32_t kMost = std::numeric_limits<std::uint32_t>::max();
    return a > kMost - b ? kMost : a + b;
}

}  // namespace

std::uint32_t slot_of(TimeNs time) noexcept {
    if (time < 0) return 0;
    return static_cast<std::uint32_t>(
        std::min<std::int64_t>(time / kSlotWidth, std::numeric_limits<std::uint32_t>::max()));
}

void SlotCounts::add(std::uint32_t slot, std::uint32_t lines) {
    // Lines come nearly in order, as a rule into the last slot.
    auto at = counts_.end();
    while (at != counts_.begin() && std::prev(at)->slot > slot) --at;
    if (at != counts_.begin() && std::prev(at)->slot == slot) {
        std::prev(at)->lines = plus(std::prev(at)->lines, lines);
    } else {
        counts_.insert(at, {slot, lines});
    }
}

void SlotCounts::prune(std::uint32_t oldest) {
    if (counts_.empty()) return;
    const std::uint32_t newest = counts_.back().slot;
    const std::uint32_t fine = newest > kFineSlots ? newest - kFineSlots : 0;
    std::vector<Count> kept;
    for (const Count& count : counts_) {
        if (count.slot < oldest) continue;
        const std::uint32_t slot =
            count.slot < fine ? count.slot / kCoarseSlots * kCoarseSlots : count.slot;
        if (!kept.empty() && kept.back().slot == slot) {
            kept.back().lines = plus(kept.back().lines, count.lines);
        } else {
            kept.push_back({slot, count.lines});
        }
    }
    kept.shrink_to_fit();
    counts_ = std::move(kept);
}

}  // namespace skald::write

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/time.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace skald::write {

/// Width of the slots in which lines are counted.
inline constexpr DurationNs kSlotWidth = 10 * kNanosPerSecond;
/// Slots of this many widths are what older counts are merged into.
inline constexpr std::uint32_t kCoarseSlots = 30;
/// Counts of this many slots before the newest keep their width.
inline constexpr std::uint32_t kFineSlots = 3 * 360;

/// The slot of a time; times before 1970 and after 3332 count to the ends.
std::uint32_t slot_of(TimeNs time) noexcept;

/// Lines counted in slots of ten seconds, those older than three hours in slots of five minutes, so
/// that a day is some 1300 counts.
/// Threading: single-owner.
class SlotCounts {
public:
    struct Count {
        std::uint32_t slot = 0;
        std::uint32_t lines = 0;

        bool operator==(const Count&) const = default;
    };

    void add(std::uint32_t slot, std::uint32_t lines);
    /// Drops what is before `oldest` and merges what is old.
    void prune(std::uint32_t oldest);
    /// Ascending by slot.
    const std::vector<Count>& counts() const noexcept { return counts_; }
    bool empty() const noexcept { return counts_.empty(); }
    std::uint32_t newest() const noexcept { return counts_.empty() ? 0 : counts_.back().slot; }
    std::size_t heap_bytes() const noexcept { return counts_.capacity() * sizeof(Count); }

private:
    std::vector<Count> counts_;
};

}  // namespace skald::write

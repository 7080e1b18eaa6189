// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query_memory.h"
#include "stop_sign.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/runtime/memory_budget.h>

#include <cstdint>
#include <optional>
#include <utility>

namespace skald::read {

/// What a listing may still use: memory for queries, and the time in which somebody waits for it.
/// Threading: single-owner.
class Allowance {
public:
    /// Null: any amount of memory.
    Allowance(MemoryBudget* budget, StopSign stop) : memory_(budget), stop_(std::move(stop)) {}

    /// False if the listing is to end. Asked for each stream: the clock is looked at for a few
    /// thousand of them.
    bool goes_on() noexcept { return ++asked_ % kStreamsPerLook != 0 || !stop_.is_up(); }
    /// The same, and for so much memory.
    bool take(std::uint64_t bytes) noexcept { return goes_on() && memory_.take(bytes); }
    /// For large amounts: always looks at the clock.
    bool take_large(std::uint64_t bytes) noexcept { return !stop_.is_up() && memory_.take(bytes); }
    /// Why the listing is to end, if it is.
    std::optional<Error> refusal() const {
        return stop_.was_seen() ? stop_.error() : memory_.refusal();
    }

private:
    static constexpr std::uint32_t kStreamsPerLook = 2048;

    QueryMemory memory_;
    const StopSign stop_;
    std::uint32_t asked_ = 0;
};

}  // namespace skald::read

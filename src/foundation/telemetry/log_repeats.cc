// SPDX-License-Identifier: Apache-2.0
#include "log_repeats.h"

#include <utility>

namespace skald {

LogRepeats::Verdict LogRepeats::judge(std::uint64_t line, std::int64_t now_millis) {
    std::lock_guard hold(mutex_);
    Slot& slot = slots_[line % slots_.size()];
    if (slot.line != line) slot = {.line = line, .since = now_millis};
    if (now_millis - slot.since >= kWindowMillis) {
        slot.since = now_millis;
        slot.seen = 0;
    }
    if (++slot.seen <= kPassed) return {true, std::exchange(slot.held_back, 0)};
    ++slot.held_back;
    return {false, 0};
}

}  // namespace skald

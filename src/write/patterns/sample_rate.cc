// SPDX-License-Identifier: Apache-2.0
#include "sample_rate.h"

#include <algorithm>
#include <chrono>

namespace skald::write {
namespace {

constexpr std::uint64_t kWeightMax = 1000;

}  // namespace

SampleRate::Choice SampleRate::choose(std::uint64_t lines, Clock::TimePoint now) {
    const std::lock_guard lock(mutex_);
    if (now - second_ >= std::chrono::seconds(1)) {
        weight_ = static_cast<std::uint32_t>(
            std::clamp<std::uint64_t>(lines_ / per_second_, 1, kWeightMax));
        second_ = now;
        lines_ = 0;
        first_ = weight_ / 2;
    }
    lines_ += lines;
    // At once when a second turns out to be busier than the last one.
    const std::uint64_t needed = std::min(lines_ / per_second_, kWeightMax);
    if (needed > weight_) {
        weight_ = static_cast<std::uint32_t>(needed);
        // In the middle: from the first line on, each step up would count too many.
        first_ = weight_ / 2;
    }
    const Choice choice{weight_, first_};
    // The next batch goes on where this one stops, so that batches of one line are sampled, too.
    const std::uint64_t rest = lines > first_ ? (lines - first_) % weight_ : 0;
    if (lines <= first_) {
        first_ -= static_cast<std::uint32_t>(lines);
    } else {
        first_ = rest == 0 ? 0 : weight_ - static_cast<std::uint32_t>(rest);
    }
    return choice;
}

}  // namespace skald::write

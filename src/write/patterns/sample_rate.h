// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/clock.h>

#include <cstdint>
#include <mutex>

namespace skald::write {

/// Decides which lines are looked at: all while there are few, every n-th while there are many.
/// The n follows the last second's lines. Threading: thread-safe.
class SampleRate {
public:
    explicit SampleRate(std::uint32_t lines_per_second) : per_second_(lines_per_second) {}

    struct Choice {
        std::uint32_t weight = 1;
        std::uint32_t first = 0;  ///< Lines of the batch before the first one.
    };
    Choice choose(std::uint64_t lines, Clock::TimePoint now);

private:
    const std::uint32_t per_second_;
    std::mutex mutex_;
    Clock::TimePoint second_{};
    std::uint64_t lines_ = 0;  ///< Of this second.
    std::uint32_t weight_ = 1;
    std::uint32_t first_ = 0;
};

}  // namespace skald::write

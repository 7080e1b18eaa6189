// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/time.h>

#include <cstddef>

namespace skald::read {

/// A time range [start, end) cut at multiples of a step: each time lies in one bucket. A range
/// without length holds that instant.
/// Threading: immutable.
class TimeBuckets {
public:
    /// `step` 0: one bucket. Requires: start <= end, and the caller bounds (end - start) / step.
    TimeBuckets(TimeNs start, TimeNs end, DurationNs step);

    std::size_t size() const noexcept { return count_; }
    TimeNs start() const noexcept { return start_; }
    /// Inclusive.
    TimeNs end() const noexcept { return last_; }
    /// The bucket of a time; times outside count to the first or last one.
    std::size_t index_of(TimeNs time) const noexcept;
    /// First and last time of a bucket. Requires: index < size().
    TimeNs first(std::size_t index) const noexcept;
    TimeNs last(std::size_t index) const noexcept;
    /// The time of a bucket's sample: its last millisecond.
    std::int64_t sample_ms(std::size_t index) const noexcept;

private:
    TimeNs start_;
    TimeNs end_;
    TimeNs last_;
    DurationNs step_;
    __int128 origin_ = 0;  ///< The multiple of the step at or before the start.
    std::size_t count_ = 1;
};

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#include "time_buckets.h"

#include <skald/foundation/base/units.h>

#include <algorithm>

namespace skald::read {

TimeBuckets::TimeBuckets(TimeNs start, TimeNs end, DurationNs step)
    : start_(start), end_(end), last_(end > start ? end - 1 : start), step_(step), origin_(start) {
    if (step_ <= 0) return;
    __int128 past = __int128{start} % step_;
    if (past < 0) past += step_;
    origin_ -= past;
    count_ = static_cast<std::size_t>(std::max<__int128>((end_ - origin_ + step_ - 1) / step_, 1));
}

std::size_t TimeBuckets::index_of(TimeNs time) const noexcept {
    if (count_ == 1 || time <= start_) return 0;
    return std::min(static_cast<std::size_t>((time - origin_) / step_), count_ - 1);
}

TimeNs TimeBuckets::first(std::size_t index) const noexcept {
    if (index == 0) return start_;
    return static_cast<TimeNs>(origin_ + static_cast<__int128>(index) * step_);
}

TimeNs TimeBuckets::last(std::size_t index) const noexcept {
    return index + 1 == count_ ? last_ : first(index + 1) - 1;
}

std::int64_t TimeBuckets::sample_ms(std::size_t index) const noexcept {
    if (index + 1 == count_) return end_ / kNanosPerMilli;
    return first(index + 1) / kNanosPerMilli - 1;
}

}  // namespace skald::read

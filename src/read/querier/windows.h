// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/time.h>
#include <skald/read/querier/steps.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace skald::read {

/// Time cut at the start and the end of every window of a range aggregation, so that each row
/// belongs to one bucket and each window is a run of buckets.
///
/// Window k is (time(k) - offset - range, time(k) - offset]; bucket i is (edge i, edge i + 1].
/// Threading: immutable.
class Windows {
public:
    Windows(const Steps& steps, DurationNs range, DurationNs offset);

    std::size_t buckets() const noexcept { return edges_.size() - 1; }
    std::size_t count() const noexcept { return spans_.size(); }
    /// First and last time that lies in any window; `first` > `last` if none does.
    TimeNs first_time() const noexcept { return add_one(edges_.front()); }
    TimeNs last_time() const noexcept { return edges_.back(); }
    /// The bucket of a time. Requires: first_time() <= time <= last_time().
    std::size_t bucket_of(TimeNs time) const;
    /// As above for a time that is in bucket `hint` or later; fast if it is near.
    std::size_t bucket_from(std::size_t hint, TimeNs time) const;
    /// The last time that belongs to the bucket.
    TimeNs bucket_end(std::size_t bucket) const { return edges_[bucket + 1]; }
    /// Buckets [begin, end); neither goes back from one window to the next.
    struct Span {
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
    };
    /// The buckets of a window.
    const Span& span(std::size_t window) const { return spans_[window]; }
    /// Sums of each window from the sums of each bucket. `prefix` is scratch.
    void sum_windows(std::span<const std::uint64_t> buckets, std::vector<std::uint64_t>& prefix,
                     std::vector<std::uint64_t>& sums) const;

private:
    static TimeNs add_one(TimeNs time) { return time == kTimeMax ? time : time + 1; }

    std::vector<TimeNs> edges_;  ///< Ascending, unique, at least one.
    std::vector<Span> spans_;    ///< Buckets of each window.
};

}  // namespace skald::read

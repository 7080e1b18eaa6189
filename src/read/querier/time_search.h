// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/time.h>
#include <skald/storage/block/block.h>

#include <algorithm>
#include <cstdint>
#include <span>

namespace skald::read {

/// Rows [begin, end) of a block.
struct RowRange {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;

    std::uint32_t size() const noexcept { return end - begin; }
};

/// First row of [from, to) for which `before(time)` is false. Gallops (doubling steps, then binary
/// search), so the cost is the logarithm of the distance. Bentley and Yao 1976.
template <class Before>
std::uint32_t gallop(std::span<const TimeNs> times, std::uint32_t from, std::uint32_t to,
                     Before&& before) {
    std::uint64_t step = 1;
    std::uint64_t low = from;
    while (low < to && before(times[low])) {
        const std::uint64_t high = std::min<std::uint64_t>(low + step, to);
        if (high == to || !before(times[high])) {
            const auto first = times.begin() + static_cast<std::ptrdiff_t>(low + 1);
            const auto last = times.begin() + static_cast<std::ptrdiff_t>(high);
            return static_cast<std::uint32_t>(std::partition_point(first, last, before) -
                                              times.begin());
        }
        low = high;
        step *= 2;
    }
    return static_cast<std::uint32_t>(low);
}

/// First row of [from, to) with a time >= `time`, or `to`.
inline std::uint32_t first_at_least(std::span<const TimeNs> times, std::uint32_t from,
                                    std::uint32_t to, TimeNs time) {
    return gallop(times, from, to, [time](TimeNs each) { return each < time; });
}

/// First row of [from, to) with a time > `time`, or `to`.
inline std::uint32_t first_after(std::span<const TimeNs> times, std::uint32_t from,
                                 std::uint32_t to, TimeNs time) {
    return gallop(times, from, to, [time](TimeNs each) { return each <= time; });
}

/// Rows of the run with times in [from, to].
inline RowRange rows_between(std::span<const TimeNs> times, const storage::Run& run, TimeNs from,
                             TimeNs to) {
    RowRange rows{run.row_begin, run.row_end};
    const auto row = [&](std::uint32_t index) {
        return times.begin() + static_cast<std::ptrdiff_t>(index);
    };
    if (run.min_time < from) {
        rows.begin = static_cast<std::uint32_t>(
            std::lower_bound(row(rows.begin), row(rows.end), from) - times.begin());
    }
    if (run.max_time > to) {
        rows.end = static_cast<std::uint32_t>(std::upper_bound(row(rows.begin), row(rows.end), to) -
                                              times.begin());
    }
    return rows;
}

}  // namespace skald::read

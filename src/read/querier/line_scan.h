// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stage_cost.h"
#include "time_search.h"

#include <skald/read/logql/line_filter.h>
#include <skald/storage/block/block.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace skald::read {

/// Filters the lines of several row ranges of a block and calls `use(index, rows)` for each range
/// with the rows that pass. Ranges that touch are searched as one, so that a block of a thousand
/// short runs is not searched in a thousand pieces.
/// Requires: ranges ascending, not overlapping. `rows` is scratch; `cost` may be null.
template <class Use>
void scan_lines(const LineFilterProgram& filter, const storage::LineColumn& lines,
                std::span<const RowRange> ranges, std::vector<std::uint32_t>& rows, StageCost* cost,
                Use&& use) {
    for (std::size_t first = 0; first < ranges.size();) {
        std::size_t last = first + 1;
        while (last < ranges.size() && ranges[last].begin == ranges[last - 1].end) ++last;
        rows.clear();
        const RowRange range{ranges[first].begin, ranges[last - 1].end};
        {
            const StageTimer timer(cost);
            filter.apply(lines, range.begin, range.end, rows);
        }
        if (cost != nullptr) {
            cost->rows += range.size();
            cost->passed += rows.size();
            cost->bytes += lines.offsets.line_bytes(range.begin, range.end);
        }
        auto from = rows.cbegin();
        for (; first < last; ++first) {
            const auto to = std::lower_bound(from, rows.cend(), ranges[first].end);
            use(first, std::span<const std::uint32_t>(from, to));
            from = to;
        }
    }
}

}  // namespace skald::read

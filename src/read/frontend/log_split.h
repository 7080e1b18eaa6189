// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "extent.h"
#include "extent_cache.h"
#include "validity.h"

#include <skald/read/querier/query.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace skald::read {

/// Answers a log query interval after interval in the order of its direction until it has enough
/// rows, and leaves out times that are known to have none. The parts get longer, so that a query
/// that finds little takes few of them.
///
/// Use: `look_up`, then ask for each `next` part and `take` the answer; `finish`.
/// Threading: single-owner.
class LogSplit {
public:
    /// Rows with times in [start, end).
    struct Part {
        TimeNs start = 0;
        TimeNs end = 0;
        std::uint32_t limit = 0;
    };
    /// How a query is cut.
    struct Plan {
        TimeNs start = 0;
        TimeNs end = 0;
        std::uint32_t limit = 0;
        Direction direction = Direction::kBackward;
        DurationNs interval = 0;
        std::string query;  ///< All that decides which rows there are but times.
    };

    /// `cache` and `validity` may both be null: nothing is known or kept then.
    LogSplit(Plan plan, ExtentCache* cache, const Validity* validity);

    /// Whether a query of these times can be cut.
    static bool is_possible(const Plan& plan);

    void look_up(QueryStats& stats);
    /// Nothing if all rows that are wanted are there or none are left.
    std::optional<Part> next();
    void take(const Part& part, StreamsResult answer);
    /// Remembers the intervals that were found to be empty.
    void keep(QueryStats& stats);
    StreamsResult finish();

private:
    /// Times [start, end).
    struct Range {
        TimeNs start = 0;
        TimeNs end = 0;
    };

    TimeNs interval_begin(TimeNs time) const;
    ExtentKey key_of(TimeNs begin) const { return {hash_, begin / plan_.interval}; }
    Range around(TimeNs cursor) const;
    bool is_backward() const { return plan_.direction == Direction::kBackward; }
    void keep_interval(TimeNs begin, Range searched, QueryStats& stats);

    const Plan plan_;
    const std::shared_ptr<const std::string> query_;
    const Hash128 hash_;
    ExtentCache* cache_;
    const Validity* validity_;

    std::map<TimeNs, TimeNs> empty_;  ///< Ranges of the query without rows: start and end.
    std::map<TimeNs, Range> known_;   ///< By begin of the interval: what was found in the cache.
    TimeNs cursor_;                   ///< Where the next part begins, seen from the direction.
    DurationNs length_;               ///< Of the next part.
    std::size_t rows_ = 0;
    std::vector<Range> searched_;  ///< All rows of these are known.
    std::vector<TimeNs> row_times_;
    std::map<Labels, std::vector<LogRow>> streams_;
};

}  // namespace skald::read

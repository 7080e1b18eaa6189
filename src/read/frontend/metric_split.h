// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "data_times.h"
#include "extent.h"
#include "extent_cache.h"
#include "validity.h"

#include <skald/read/querier/query.h>
#include <skald/read/querier/steps.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace skald::read {

/// Puts the answer of a metric query over a range together from extents that are known and parts
/// that have to be asked for. Steps are counted from the epoch, so that the queries of a dashboard
/// that is refreshed share them.
///
/// Use: `look_up`, ask for all `gaps`, `take` each answer, `keep`, `finish`.
/// Threading: single-owner.
class MetricSplit {
public:
    /// Steps first to last.
    struct Range {
        std::int64_t first = 0;
        std::int64_t last = -1;
    };
    /// How a query is cut.
    struct Plan {
        Steps steps;  ///< Beginning at a multiple of the step, at least one.
        DurationNs interval = 0;
        DataTimes times;
        std::string query;  ///< All that the answer depends on but times.
    };

    /// `cache` and `validity` may both be null: nothing is known or kept then.
    MetricSplit(Plan plan, ExtentCache* cache, const Validity* validity);

    /// Whether a query over these steps can be cut: they are whole milliseconds.
    static bool is_possible(const Steps& steps);

    void look_up(QueryStats& stats);
    /// What is not known, ascending, in pieces that are worth a query of their own.
    std::vector<Range> gaps() const;
    TimeNs time_of(std::int64_t step) const { return step * plan_.steps.step; }
    /// The answer of one gap. False if its series can't be told apart by their labels: then the
    /// query can't be answered by parts.
    bool take(Range gap, const MatrixResult& answer);
    void keep(QueryStats& stats);
    std::vector<Series> finish();

private:
    /// An extent of which steps first to last are part of the answer.
    struct Piece {
        Range range;
        ExtentPtr extent;
        bool is_new = false;
    };

    std::int64_t interval_of(std::int64_t step) const;
    ExtentKey key_of(std::int64_t interval) const { return {hash_, interval}; }
    void look_up_interval(std::int64_t interval, Range wanted, QueryStats& stats);
    Range keepable(Range range) const;
    void keep_interval(const std::vector<const Piece*>& pieces, QueryStats& stats);

    const Plan plan_;
    const std::shared_ptr<const std::string> query_;
    const Hash128 hash_;
    ExtentCache* cache_;
    const Validity* validity_;
    std::int64_t interval_steps_ = 1;
    Range asked_;
    std::map<std::int64_t, Piece> pieces_;  ///< By their first step; they don't overlap.
};

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "block_columns.h"
#include "duplicates.h"
#include "explain.h"
#include "query_context.h"
#include "range_plan.h"
#include "row_groups.h"
#include "row_labels.h"
#include "row_runner.h"
#include "row_watch.h"
#include "run_set.h"
#include "series_counts.h"
#include "series_samples.h"
#include "time_search.h"
#include "windows.h"

#include <skald/foundation/base/result.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace skald::read {

/// What a worker keeps between the blocks of one range aggregation. Threading: single-owner.
struct RangeSlot {
    RangeSlot(QueryContext& context, const RangePlan& plan, std::size_t buckets, CellBudget& budget,
              SampleLog::Used& samples_used, std::size_t streams)
        : counts(plan.grouping, buckets, plan.counts_bytes(), budget),
          samples(plan.op, plan.grouping, buckets, budget, samples_used),
          costs(make_costs(context, *plan.pipeline)),
          runner(*plan.pipeline, costs.get()),
          watch(context),
          stream_series(streams, kUnknown) {}

    // Instead of a series number:
    static constexpr std::int32_t kUnknown = -1;
    static constexpr std::int32_t kDropped = -2;
    static constexpr std::int32_t kError = -3;  ///< Rows like this make the query fail.
    /// Rows are looked at one by one, and these may pass.
    static constexpr std::int32_t kByRow = 0;

    SeriesCounts counts;
    SeriesSamples samples;
    std::unique_ptr<PlanCosts> costs;  ///< If asked for.
    RowRunner runner;
    RowWatch watch;
    std::vector<std::int32_t> stream_series;  ///< Where labels of the stream decide alone.
    PerGroup<std::int32_t> group_series;      ///< Of the run at hand.
    RowLabels labels;
    std::vector<std::uint32_t> rows;
};

/// Counts the rows, or takes the samples, of one block into the series of a slot.
/// Threading: single-owner; lives for one block.
class RangeBlock {
public:
    RangeBlock(QueryContext& context, const RangePlan& plan, const Windows& windows,
               const RunSet& runs, RangeSlot& slot, QueryStats& stats)
        : context_(context),
          plan_(plan),
          windows_(windows),
          runs_(runs),
          slot_(slot),
          stats_(stats) {}

    /// Errors: those of reading columns.
    Result<void> count(const BlockTask& task);

private:
    /// Rows of a run to be counted.
    struct Part {
        std::uint32_t run = 0;
        RowRange rows;
        std::vector<std::uint32_t> duplicates;  ///< Among `rows`, ascending.
        const RowGroups* groups = nullptr;
        /// The bucket of all rows; else `times_` decides.
        std::optional<std::size_t> bucket;
    };

    Result<void> count_runs(const BlockTask& task);
    Result<void> count_run(std::uint32_t run);
    Result<Part> make_part(std::uint32_t run, const RowGroups* groups);
    Result<void> count_by_edges(const Part& part, std::int32_t series);
    Result<void> count_filtered();
    template <class Rows>
    Result<void> count_each(const Part& part, const Rows& rows);
    template <class Rows>
    Result<void> run_each(const Part& part, const Rows& rows, const storage::LineColumn& lines);
    Result<bool> take_row(const Part& part, std::uint32_t row, std::size_t bucket);
    bool any_passes(const Part& part);
    std::int32_t series_of(const Part& part, std::uint32_t group);
    std::int32_t stream_series(std::uint32_t run);
    std::int32_t make_series(const Labels& stream_labels, const RowGroups& groups,
                             std::uint32_t group);
    void fail_with_error_label(const Part& part, std::uint32_t group);
    void note_rows(const Part& part, std::uint64_t counted);

    QueryContext& context_;
    const RangePlan& plan_;
    const Windows& windows_;
    const RunSet& runs_;
    RangeSlot& slot_;
    QueryStats& stats_;
    std::optional<BlockColumns> columns_;
    std::span<const TimeNs> times_;
    std::optional<DuplicateFinder> duplicates_;
    BlockGroups groups_;
    std::vector<Part> filtered_;  ///< Wait for their lines.
};

}  // namespace skald::read

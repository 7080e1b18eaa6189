// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "block_columns.h"
#include "duplicates.h"
#include "explain.h"
#include "log_collector.h"
#include "pipeline.h"
#include "query_context.h"
#include "row_groups.h"
#include "row_labels.h"
#include "row_runner.h"
#include "row_watch.h"
#include "run_set.h"
#include "time_search.h"

#include <skald/foundation/base/result.h>
#include <skald/read/querier/query.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace skald::read {

/// What a worker keeps between the blocks of one log query. Threading: single-owner.
struct LogSlot {
    LogSlot(const Pipeline& pipeline, QueryContext& context)
        : memory(*context.memory),
          watch(context),
          costs(make_costs(context, pipeline)),
          runner(pipeline, costs.get()) {}

    QueryMemory& memory;
    RowWatch watch;
    std::unique_ptr<PlanCosts> costs;  ///< If asked for.
    RowLabels labels;
    RowRunner runner;
    PerGroup<std::uint8_t> group_passes;  ///< Of the run at hand.
    std::vector<std::uint32_t> rows;
};

/// Offers the rows of one block that pass the pipeline to the collector.
/// Threading: single-owner; lives for one block.
class LogBlock {
public:
    LogBlock(const Pipeline& pipeline, const RunSet& runs, LogCollector& collector,
             Direction direction, LogSlot& slot, QueryStats& stats)
        : pipeline_(pipeline),
          runs_(runs),
          collector_(collector),
          direction_(direction),
          slot_(slot),
          stats_(stats) {}

    /// Looks at rows with times in [start, end]. Errors: those of reading columns.
    Result<void> search(const BlockTask& task, TimeNs start, TimeNs end);

private:
    /// Rows of a run that may be in the answer.
    struct Part {
        std::uint32_t run = 0;
        RowRange rows;
        std::vector<std::uint32_t> duplicates;  ///< Ascending.
        const RowGroups* groups = nullptr;
    };

    Result<void> search_runs(const BlockTask& task, TimeNs start, TimeNs end);
    Result<std::optional<Part>> make_part(std::uint32_t run, TimeNs start, TimeNs end);
    Result<void> offer_filtered();
    template <class Rows>
    Result<void> offer(const Part& part, const Rows& rows);
    Result<void> read_contents(const Part& part, std::vector<LogCandidate>& found);
    /// Puts the row to those that wait, and hands all over if their content is much.
    Result<void> wait(LogCandidate row, std::vector<LogCandidate>& waiting);
    /// Gives them to the collector, which counts what their content takes.
    Result<void> hand_over(std::vector<LogCandidate>& found);
    bool passes(const Part& part, std::uint32_t row);
    /// The row's content if it passes the row stages.
    std::unique_ptr<RowContent> run_row(const Part& part, std::uint32_t row,
                                        const storage::LineColumn& lines);
    void note_rows(const Part& part, std::uint64_t looked_at, std::uint64_t found);
    bool may_enter(const storage::Run& run) const;

    const Pipeline& pipeline_;
    const RunSet& runs_;
    LogCollector& collector_;
    const Direction direction_;
    LogSlot& slot_;
    QueryStats& stats_;
    std::optional<BlockColumns> columns_;
    std::span<const TimeNs> times_;
    std::optional<DuplicateFinder> duplicates_;
    BlockGroups groups_;
    std::vector<Part> filtered_;       ///< Wait for their lines.
    std::uint64_t waiting_bytes_ = 0;  ///< Content of rows that are not handed over yet.
};

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query_context.h"
#include "range_block.h"
#include "range_plan.h"
#include "run_set.h"
#include "series_counts.h"
#include "series_samples.h"
#include "step_matrix.h"
#include "windows.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace skald::read {

/// Evaluates one range aggregation over the runs, block by block.
///
/// A run is counted from its header if its rows are in one bucket and nothing of them is asked but
/// their number; from the time column (and offsets, for bytes) if only bucket edges matter; row by
/// row only if lines or metadata decide or samples are taken.
/// Threading: `process` by several workers at once, each with a slot of its own; `finish` after
/// all.
class RangeQuery {
public:
    /// `plan` must outlive it.
    RangeQuery(QueryContext& context, const RangePlan& plan, const Steps& steps, Windows windows,
               std::shared_ptr<const RunSet> runs, std::size_t slots);

    std::size_t tasks() const { return runs_->tasks().size(); }
    void process(std::size_t slot, std::size_t task);
    /// Series in label order.
    StepMatrix finish();
    /// Requires: the query asks for its plan; called before `finish`.
    PlanPart explain() const;

private:
    StepMatrix counted(SeriesCounts& counts) const;
    StepMatrix absent(SeriesCounts& counts) const;
    StepMatrix sampled(SeriesSamples& samples);
    void fold_samples(const SeriesSamples& samples, StepMatrix& matrix) const;
    void look_at_samples(SeriesSamples& samples, StepMatrix& matrix);
    double seconds() const;

    QueryContext& context_;
    const RangePlan& plan_;
    Steps steps_;
    Windows windows_;
    std::shared_ptr<const RunSet> runs_;
    CellBudget budget_{context_.memory.get()};
    SampleLog::Used samples_used_{0};
    std::vector<std::unique_ptr<RangeSlot>> slots_;
};

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/clock.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace skald::read {

/// What one stage of a plan has cost one worker.
struct StageCost {
    std::uint64_t rows = 0;    ///< Looked at: lines, or label sets for stages that run on those.
    std::uint64_t passed = 0;  ///< Of these.
    std::uint64_t bytes = 0;   ///< Of the lines looked at, or of columns read.
    std::uint64_t nanos = 0;
    Clock* clock = nullptr;  ///< Measures `nanos`.

    void add(const StageCost& other) {
        rows += other.rows;
        passed += other.passed;
        bytes += other.bytes;
        nanos += other.nanos;
    }
};

/// The stages of one range aggregation or log query in the order in which rows meet them.
/// Kept per worker, and only for queries that ask for their plan: reading the clock for each row
/// costs more than some stages.
struct PlanCosts {
    /// `clock` must outlive it.
    PlanCosts(std::size_t pipeline_steps, Clock& clock)
        : filter{.clock = &clock},
          read{.clock = &clock},
          line_filter{.clock = &clock},
          steps(pipeline_steps, StageCost{.clock = &clock}),
          output{.clock = &clock} {}

    StageCost filter;              ///< Of whole blocks, without reading a column.
    StageCost read;                ///< Columns.
    StageCost line_filter;         ///< Over whole blocks.
    std::vector<StageCost> steps;  ///< Of the pipeline.
    StageCost output;              ///< Samples and counts put to their series, or rows kept.

    void add(const PlanCosts& other) {
        filter.add(other.filter);
        read.add(other.read);
        line_filter.add(other.line_filter);
        for (std::size_t i = 0; i < steps.size(); ++i) steps[i].add(other.steps[i]);
        output.add(other.output);
    }
};

/// Adds the time until its end to a cost; does nothing without one. Threading: single-owner.
class StageTimer {
public:
    explicit StageTimer(StageCost* cost) : cost_(cost) {
        if (cost_ != nullptr) begin_ = cost_->clock->now();
    }
    StageTimer(const StageTimer&) = delete;
    StageTimer& operator=(const StageTimer&) = delete;
    ~StageTimer() {
        if (cost_ == nullptr) return;
        const auto spent = cost_->clock->now() - begin_;
        cost_->nanos += static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::nanoseconds>(spent).count());
    }

private:
    StageCost* const cost_;
    Clock::TimePoint begin_;
};

}  // namespace skald::read

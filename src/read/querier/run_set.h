// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query_memory.h"
#include "stop_sign.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/labels.h>
#include <skald/storage/block/block.h>
#include <skald/storage/store/run_source.h>
#include <skald/storage/store/store.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace skald::read {

/// A run with its place among the others.
struct QueryRun {
    const storage::Run& run;
    /// The place of its stream by (hash, labels): the order of streams at equal times.
    std::uint32_t stream = 0;
    /// Place among the stream's runs by (generation, position): the order of arrival.
    std::uint32_t arrival = 0;
    bool in_memory = false;
    /// Shares some time with another run of its stream, so that it may repeat rows of it.
    bool overlaps = false;
};

/// The runs of one block, which are worked on together so that a column is decoded once.
struct BlockTask {
    std::uint32_t run_begin = 0;  ///< Into RunSet::runs.
    std::uint32_t run_end = 0;
    TimeNs min_time = 0;
    TimeNs max_time = 0;
};

/// All runs that a query has to look at, from memory and segments, taken at one moment.
/// Holding it keeps the memtables alive. There may be a million runs: what is kept of one counts.
/// Threading: immutable.
class RunSet {
public:
    /// As select_runs. What the set takes is part of `memory` (null: not counted) as long as it
    /// lives. Errors: those of select_runs, and why there is not so much memory.
    static Result<std::shared_ptr<const RunSet>> select(
        const storage::MemtableSource& memtables, const storage::Store& store,
        const storage::Selection& selection, const std::vector<TenantId>& more_tenants,
        const StopSign& stop, const std::shared_ptr<QueryMemory>& memory = nullptr);
    /// From runs at hand; the first `in_memory` ones are of memtables.
    static std::shared_ptr<const RunSet> of(std::vector<storage::Run> runs, std::size_t in_memory);

    /// Grouped by block, by row inside a block.
    QueryRun run(std::size_t index) const {
        const Place& place = places_[index];
        return {.run = run_at(index),
                .stream = place.stream,
                .arrival = place.arrival,
                .in_memory = index < in_memory_.size(),
                .overlaps = place.overlaps};
    }
    std::span<const storage::Run> runs_of(const BlockTask& task) const {
        // A block is in memory or stored, and so are all runs of a task.
        return {&run_at(task.run_begin), task.run_end - task.run_begin};
    }
    /// Of the lines of all runs.
    std::uint64_t line_bytes() const noexcept;
    std::size_t streams() const noexcept { return streams_; }
    const std::vector<BlockTask>& tasks() const noexcept { return tasks_; }

    /// Fetches what working on the task begins with, if there is such a task.
    void prefetch(std::size_t task) const {
        if (task < tasks_.size()) __builtin_prefetch(run_at(tasks_[task].run_begin).block.get());
    }

    /// Indexes of the runs of the same stream that arrived before `run` and share some time with
    /// it.
    std::vector<std::uint32_t> earlier_overlaps(std::uint32_t run) const;

private:
    struct Place {
        std::uint32_t stream = 0;
        std::uint32_t arrival = 0;
        bool overlaps = false;
    };

    const storage::Run& run_at(std::size_t index) const {
        return index < in_memory_.size() ? in_memory_[index] : stored_[index - in_memory_.size()];
    }
    std::size_t size() const { return in_memory_.size() + stored_.size(); }

    void build(std::vector<storage::Run> in_memory, std::vector<storage::Run> stored);
    void drop_empty_runs();
    void group_by_block();
    void make_tasks();
    std::vector<std::uint32_t> number_streams();
    void rank_streams();
    template <class Use>
    void for_each_stream(Use&& use);
    void rank_arrivals(std::span<const std::uint32_t> of_stream);
    void find_overlaps(std::span<std::uint32_t> of_stream, std::uint32_t first);

    std::unique_ptr<HeldMemory> memory_;
    std::vector<std::shared_ptr<const storage::MemtablePin>> pins_;
    std::vector<storage::Run> in_memory_;  ///< The first ones.
    std::vector<storage::Run> stored_;     ///< Those behind them.
    std::vector<Place> places_;            ///< Of each run.
    std::size_t streams_ = 0;
    std::vector<BlockTask> tasks_;
    // Empty if no stream has two runs.
    std::vector<std::uint32_t> by_time_;  ///< Runs by (stream, min_time).
    std::vector<std::uint32_t> place_;    ///< Of each run in by_time_.
    /// For each place: the latest max_time of the stream's runs up to it.
    std::vector<TimeNs> latest_;
};

}  // namespace skald::read

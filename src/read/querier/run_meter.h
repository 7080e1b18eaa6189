// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query_memory.h"
#include "stop_sign.h"
#include "time_buckets.h"

#include <skald/foundation/base/result.h>
#include <skald/storage/block/block.h>
#include <skald/storage/store/run_source.h>
#include <skald/storage/store/store.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace skald::read {

/// What of a run lies in a bucket. Fractions come from counting in proportion.
struct RunShare {
    double rows = 0;
    double bytes = 0;  ///< Of lines.
};

/// All runs of a selection from memory and segments, and what keeps them alive.
struct SelectedRuns {
    std::vector<std::shared_ptr<const storage::MemtablePin>> pins;
    // Apart, because there may be a million, and one list of both would be made beside them.
    std::vector<storage::Run> in_memory;
    std::vector<storage::Run> stored;
};

/// Pins the memtables first, then asks the store for everything but the pinned generations, so
/// that a generation that is published meanwhile is seen once. What is found is taken from
/// `memory`. May block on the disk. Errors: those of the sources, those of `stop`, and why there is
/// not so much memory.
Result<SelectedRuns> select_runs(const storage::MemtableSource& memtables,
                                 const storage::Store& store, storage::Selection selection,
                                 const std::vector<TenantId>& more_tenants, const StopSign& stop,
                                 HeldMemory& memory);

/// Tells how much of each run lies in each time bucket, reading at most times and offsets. Which
/// rows lie in the whole range is counted where that is cheap; over the buckets inside it the rows
/// of a run are spread evenly, as Loki does with those of a chunk.
/// Threading: single-owner.
class RunMeter {
public:
    /// Runs that the range cuts are counted by their columns if their blocks have no more rows than
    /// this in total. Which way is taken depends on the question alone, so that asking
    /// twice gives the same numbers.
    static constexpr std::uint64_t kExactRowsMax = 2'000'000;

    using Take = std::function<void(const storage::Run& run, std::size_t bucket, RunShare share)>;

    explicit RunMeter(TimeBuckets buckets, std::uint64_t exact_rows_max = kExactRowsMax)
        : buckets_(buckets), exact_rows_max_(exact_rows_max) {}

    /// Calls `take` for each run and bucket that share rows; the runs of a bucket's stream in any
    /// order. Reorders `runs`. A block that cannot be read is counted in proportion.
    /// Errors: those of `stop`.
    Result<void> measure(SelectedRuns& runs, const StopSign& stop, const Take& take);

private:
    using Runs = std::span<storage::Run>;

    Runs put_cut_ones_last(Runs runs) const;
    Result<void> take_whole(Runs runs, const StopSign& stop, const Take& take) const;
    Result<void> take_cut(Runs runs, bool exact, const StopSign& stop, const Take& take);
    void take_in_proportion(const storage::Run& run, const Take& take) const;
    void take_by_columns(const storage::Run& run, const Take& take) const;
    void spread(const storage::Run& run, RunShare share, TimeNs from, TimeNs to,
                const Take& take) const;
    bool load(const std::shared_ptr<const storage::Block>& block);

    const TimeBuckets buckets_;
    const std::uint64_t exact_rows_max_;
    // Columns of the block at hand; null if they cannot be read.
    const storage::Block* block_ = nullptr;
    bool readable_ = false;
    storage::TimeColumn times_;
    storage::OffsetColumn offsets_;
};

}  // namespace skald::read

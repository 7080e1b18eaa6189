// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "decoded_block.h"
#include "run_merge.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/storage/block/open_block.h>
#include <skald/storage/segment/segment.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace skald::storage {

/// How rows are put into blocks.
struct MergeShape {
    std::uint64_t block_bytes = kMiB;              ///< Raw bytes at which a block is closed.
    std::uint64_t shared_block_below = 64 * kKiB;  ///< Streams with less share one.
    std::uint64_t overlap_bytes_max = 48 * kMiB;   ///< Decoded blocks that may be open at a time.
    EncodeOptions encode;
};

/// What a merge did.
struct MergeTotals {
    std::uint64_t rows_in = 0;
    std::uint64_t rows_out = 0;
    std::uint64_t expired_rows = 0;
    std::uint64_t duplicate_rows = 0;
    std::uint64_t deleted_rows = 0;
    std::uint64_t blocks_out = 0;
    std::uint64_t blocks_copied = 0;  ///< Those of them that were taken as they were.
    std::uint64_t bytes_read = 0;
    std::map<TenantId, std::uint64_t> expired_of;  ///< The expired rows by tenant,
    std::map<TenantId, std::uint64_t> deleted_of;  ///< and the deleted ones.
};

/// Merges regions of one tenant and period into one: streams in the order of their labels, rows in
/// that of time, exact duplicates once, rows that are too old left out. Blocks are compressed on
/// the pool's background lane. Memory: the tables, the blocks that overlap in time, and a few that
/// wait for the pool.
/// Threading: single-owner, on a thread of its own (it waits for the pool).
class RegionMerge {
public:
    struct Hooks {
        /// The time from which on rows of the stream are kept.
        std::function<TimeNs(const Labels&)> keep_from;
        /// Delete requests of the tenant whose rows are left out.
        std::vector<const PendingDelete*> deletes;
        /// Called before each block; may wait. An error ends the merge.
        std::function<Result<void>()> proceed;
    };

    /// `inputs` in any order. What is passed by reference must outlive it.
    RegionMerge(const SegmentRewriter& store, std::vector<MergeInput> inputs,
                const MergeShape& shape, WorkerPool& workers, Hooks hooks);

    /// Writes the region; none if no row is left. Errors: of reading, writing and of `proceed`.
    Result<MergeTotals> write(const TenantId& tenant, std::int32_t period, SegmentWriter& writer);

private:
    /// A stream with rows that stay, and its runs.
    struct MergedStream {
        RowCut cut;
        std::vector<RunRef> runs;
    };
    /// Rows of a stream on their way into a block.
    struct OpenRun {
        std::uint32_t stream = 0;
        std::uint64_t position = 0;
        std::shared_ptr<OpenBlock> rows;
        std::uint64_t appended = 0;  ///< Rows, with those that turn out to be repeats.
    };
    /// A block that is being compressed, or one that is copied.
    struct Pending {
        std::vector<OpenRun> runs;
        std::uint64_t rows = 0;  ///< Appended.
        std::future<Result<SealedBlock>> sealed;
        EncodedBlock copied;
        RunEntry copied_run;
    };

    void intern_streams();
    std::vector<MergedStream> streams_to_keep();
    Result<void> merge_stream(std::uint32_t index, MergedStream& stream, SegmentWriter& writer);
    Result<void> merge_cluster(std::span<const RunRef> runs, std::uint32_t index, const RowCut& cut,
                               SegmentWriter& writer);
    void place_run(const RunRef& ref, MergedStream& stream);
    std::uint64_t overlap_bytes(std::span<const RunRef> runs) const;
    Result<bool> can_copy(std::span<const RunRef> cluster, const RowCut& cut);
    Result<void> copy_block(const RunRef& ref, std::uint32_t index, SegmentWriter& writer);
    Result<void> append(std::uint32_t index, const EntryView& entry,
                        std::span<const LabelView> pairs, SegmentWriter& writer);
    /// Ends the block of the stream at hand.
    Result<void> close_open(SegmentWriter& writer, bool may_share);
    Result<void> share(OpenRun run, SegmentWriter& writer);
    Result<void> close_shared(SegmentWriter& writer);
    Result<void> post(std::vector<OpenRun> runs, SegmentWriter& writer);
    Result<void> write_front(SegmentWriter& writer);

    const SegmentRewriter& store_;
    std::vector<MergeInput> inputs_;
    const MergeShape shape_;
    WorkerPool& workers_;
    const Hooks hooks_;
    BlockSource source_;
    RunMerge rows_;
    MergeTotals totals_;

    OpenRun open_;
    TimeNs last_time_ = 0;
    std::uint64_t position_ = 0;
    std::vector<OpenRun> shared_;
    std::uint64_t shared_bytes_ = 0;
    std::uint64_t shared_rows_ = 0;
    std::uint64_t shared_names_ = 0;
    std::deque<Pending> pending_;
};

}  // namespace skald::storage

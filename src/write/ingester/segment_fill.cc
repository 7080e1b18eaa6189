// SPDX-License-Identifier: Apache-2.0
#include "segment_fill.h"

#include <algorithm>
#include <deque>
#include <future>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace skald::write {
namespace {

using storage::RunEntry;
using storage::SealedBlock;

/// Rows of one stream that are to be sealed.
struct Unsealed {
    std::uint32_t stream = 0;  ///< Index in the region.
    std::uint64_t position = 0;
    std::shared_ptr<const storage::OpenBlock> open;
};

/// A block of the segment: one that is sealed already, or what to seal together.
struct PlannedBlock {
    const StreamRows::Closed* closed = nullptr;
    std::uint32_t stream = 0;    ///< Of `closed`.
    std::uint64_t position = 0;  ///< Of `closed`.
    std::vector<Unsealed> inputs;
};

using Region = std::vector<const StreamRows*>;

/// Small streams on their way into one block.
struct SharedBlock {
    std::vector<Unsealed> inputs;
    std::uint64_t raw_bytes = 0;
    std::uint64_t rows = 0;
    std::uint64_t names = 0;  ///< Of metadata; rows × names is what a block's metadata takes.

    bool fits(const storage::OpenBlock& open) const {
        return (rows + open.rows()) * (names + open.metadata_names()) < storage::kMetadataCellsMax;
    }
    void add(Unsealed input) {
        raw_bytes += input.open->raw_bytes();
        rows += input.open->rows();
        names += input.open->metadata_names();
        inputs.push_back(std::move(input));
    }
};

/// The blocks of a region in the order in which they are written.
std::vector<PlannedBlock> plan_region(const Region& region, const SegmentFill& fill) {
    std::vector<PlannedBlock> plan;
    SharedBlock shared;
    const auto end_shared = [&] {
        if (!shared.inputs.empty()) plan.push_back({.inputs = std::move(shared.inputs)});
        shared = {};
    };
    for (std::uint32_t stream = 0; stream < region.size(); ++stream) {
        const StreamRows& rows = *region[stream];
        std::uint64_t position = 0;
        for (const StreamRows::Closed& closed : rows.closed()) {
            PlannedBlock block{
                .closed = &closed, .stream = stream, .position = position, .inputs = {}};
            if (!closed.encoded) block = {.inputs = {{stream, position, closed.open}}};
            plan.push_back(std::move(block));
            ++position;
        }
        if (!rows.open() || rows.open()->rows() == 0) continue;
        Unsealed rest{stream, position, rows.open()};
        if (rows.open()->raw_bytes() >= fill.shared_block_below) {
            plan.push_back({.inputs = {std::move(rest)}});
            continue;
        }
        if (!shared.fits(*rest.open)) end_shared();
        shared.add(std::move(rest));
        if (shared.raw_bytes >= fill.block_bytes) end_shared();
    }
    end_shared();
    return plan;
}

RunEntry run_entry(std::uint32_t stream, std::uint64_t position, const SealedBlock::RunRows& rows) {
    RunEntry run;
    run.stream = stream;
    run.row_begin = rows.row_begin;
    run.row_end = rows.row_end;
    run.min_time = rows.min_time;
    run.max_time = rows.max_time;
    run.line_bytes = rows.line_bytes;
    run.position = position;
    return run;
}

Result<SealedBlock> seal_inputs(const std::vector<Unsealed>& inputs,
                                const storage::EncodeOptions& encode) {
    std::vector<storage::RunInput> snapshots;
    snapshots.reserve(inputs.size());
    for (const Unsealed& input : inputs) snapshots.push_back({input.open->snapshot()});
    return storage::seal_block(snapshots, encode);
}

/// Seals planned blocks on the pool, a few ahead of the one that is asked for.
class SealAhead {
public:
    SealAhead(std::vector<PlannedBlock>& plan, const storage::EncodeOptions& encode,
              WorkerPool& workers)
        : plan_(plan), encode_(encode), workers_(workers), ahead_(workers.threads() + 1) {}

    /// The sealed form of the next block that has inputs. Requires: there is one.
    Result<SealedBlock> next() {
        fill();
        std::future<Result<SealedBlock>> front = std::move(queue_.front());
        queue_.pop_front();
        return front.get();
    }

private:
    void fill() {
        for (; queue_.size() < ahead_ && posted_ < plan_.size(); ++posted_) {
            if (plan_[posted_].closed == nullptr) post(plan_[posted_]);
        }
    }
    // The job owns what it reads: after an error nobody waits for it.
    void post(const PlannedBlock& block) {
        auto task = std::make_shared<std::packaged_task<Result<SealedBlock>()>>(
            [inputs = block.inputs, encode = encode_] { return seal_inputs(inputs, encode); });
        queue_.push_back(task->get_future());
        workers_.post(Lane::kBackground, [task] { (*task)(); });
    }

    std::vector<PlannedBlock>& plan_;
    const storage::EncodeOptions encode_;
    WorkerPool& workers_;
    const std::size_t ahead_;
    std::size_t posted_ = 0;
    std::deque<std::future<Result<SealedBlock>>> queue_;
};

FlushedBlock figures_of(const storage::EncodedBlock& block, std::size_t runs) {
    const storage::BlockSummary& summary = block.header.summary;
    return {.rows = summary.rows,
            .raw_bytes = summary.line_bytes + summary.metadata_bytes,
            .stored_bytes = block.bytes.size() + block.filter.size(),
            .runs = runs,
            .min_time = summary.min_time,
            .max_time = summary.max_time};
}

Result<FlushedBlock> write_planned(const PlannedBlock& block, SealAhead& sealer,
                                   storage::SegmentWriter& writer) {
    if (block.closed != nullptr) {
        SKALD_CHECK(writer.add_block(*block.closed->encoded,
                                     {run_entry(block.stream, block.position, block.closed->run)}));
        return figures_of(*block.closed->encoded, 1);
    }
    SKALD_TRY(const SealedBlock sealed, sealer.next());
    std::vector<RunEntry> runs;
    runs.reserve(block.inputs.size());
    for (std::size_t i = 0; i < block.inputs.size(); ++i) {
        runs.push_back(run_entry(block.inputs[i].stream, block.inputs[i].position, sealed.runs[i]));
    }
    const FlushedBlock figures = figures_of(*sealed.block, runs.size());
    SKALD_CHECK(writer.add_block(*sealed.block, std::move(runs)));
    return figures;
}

/// The tenant's rows by period, each in label order.
std::map<std::int32_t, Region> regions_of(const Memtable::TenantRows& tenant) {
    std::map<std::int32_t, Region> regions;
    tenant.for_each([&](const StreamRows& rows) { regions[rows.period()].push_back(&rows); });
    for (auto& [period, region] : regions) {
        std::sort(region.begin(), region.end(), [](const StreamRows* a, const StreamRows* b) {
            return a->stream()->labels < b->stream()->labels;
        });
    }
    return regions;
}

}  // namespace

Result<FlushedBlocks> SegmentFill::write(const Memtable& memtable, WorkerPool& workers,
                                         const std::atomic<bool>& stopping,
                                         storage::SegmentWriter& writer) const {
    FlushedBlocks blocks;
    const auto write_region = [&](const TenantId& tenant, std::int32_t period,
                                  const Region& region) -> Result<void> {
        std::vector<StreamPtr> streams;
        streams.reserve(region.size());
        for (const StreamRows* rows : region) streams.push_back(rows->stream());
        SKALD_CHECK(writer.begin_region(tenant, period, std::move(streams)));
        std::vector<PlannedBlock> plan = plan_region(region, *this);
        SealAhead sealer(plan, encode, workers);
        for (const PlannedBlock& block : plan) {
            if (stopping.load(std::memory_order_relaxed)) {
                return Error{ErrorCode::kUnavailable, "the flush was stopped by a shutdown"};
            }
            SKALD_TRY(const FlushedBlock flushed, write_planned(block, sealer, writer));
            blocks.back().second.push_back(flushed);
            workers.make_way();
        }
        return writer.end_region();
    };
    Result<void> result;
    memtable.for_each_tenant([&](const TenantId& tenant, const Memtable::TenantRows& rows) {
        blocks.emplace_back(tenant, std::vector<FlushedBlock>());
        for (const auto& [period, region] : regions_of(rows)) {
            if (result) result = write_region(tenant, period, region);
        }
    });
    SKALD_CHECK(std::move(result));
    return blocks;
}

}  // namespace skald::write

// SPDX-License-Identifier: Apache-2.0
#include "detected_labels.h"
#include "index_stats.h"
#include "run_meter.h"
#include "stream_lists.h"
#include "tenant_scope.h"
#include "volume.h"

#include <skald/read/querier/index_querier.h>
#include <skald/read/querier/query_checks.h>

#include <chrono>
#include <utility>

namespace skald::read {
namespace {

storage::Selection selection_of(const IndexRequest& request) {
    return {.tenant = request.tenant,
            .matchers = request.matchers,
            .start = request.start,
            .end = request.end > request.start ? request.end - 1 : request.end};
}

class IndexQuerierImpl final : public IndexQuerier {
public:
    IndexQuerierImpl(const storage::MemtableSource& memtables, const storage::Store& store,
                     const LimitsSource& limits, WorkerPool& workers, MemoryBudget* memory)
        : memtables_(memtables),
          store_(store),
          limits_(limits),
          workers_(workers),
          memory_(memory) {}

    Task<Result<IndexStats>> stats(IndexRequest request, CancelToken cancel) override;
    Task<Result<ShardPlan>> shards(IndexRequest request, std::uint64_t bytes,
                                   CancelToken cancel) override;
    Task<Result<QueryResponse>> volume(VolumeRequest request, CancelToken cancel) override;
    Task<Result<std::vector<DetectedLabel>>> detected_labels(IndexRequest request) override;

private:
    Result<QueryResponse> sum_volumes(const VolumeRequest& request,
                                      const CancelToken& cancel) const;

    const storage::MemtableSource& memtables_;
    const storage::Store& store_;
    const LimitsSource& limits_;
    WorkerPool& workers_;
    MemoryBudget* const memory_;
};

Task<Result<IndexStats>> IndexQuerierImpl::stats(IndexRequest request, CancelToken cancel) {
    const Turn turn(Lane::kQuery, request.tenant.flow());
    auto sum = [this, request = std::move(request),
                cancel = std::move(cancel)]() -> Result<IndexStats> {
        HeldMemory held(std::make_shared<QueryMemory>(memory_));
        SKALD_TRY(SelectedRuns selected, select_runs(memtables_, store_, selection_of(request),
                                                     request.more_tenants, held));
        std::vector<storage::Run> runs = selected.take_all();
        return sum_runs(runs, request, cancel);
    };
    auto stats = co_await run_on(workers_, turn, std::move(sum));
    co_return stats;
}

Task<Result<ShardPlan>> IndexQuerierImpl::shards(IndexRequest request, std::uint64_t bytes,
                                                 CancelToken cancel) {
    const Turn turn(Lane::kQuery, request.tenant.flow());
    auto cut = [this, request = std::move(request), bytes,
                cancel = std::move(cancel)]() -> Result<ShardPlan> {
        HeldMemory held(std::make_shared<QueryMemory>(memory_));
        SKALD_TRY(SelectedRuns selected, select_runs(memtables_, store_, selection_of(request),
                                                     request.more_tenants, held));
        std::vector<storage::Run> runs = selected.take_all();
        return plan_shards(runs, request, bytes, cancel);
    };
    auto plan = co_await run_on(workers_, turn, std::move(cut));
    co_return plan;
}

Result<QueryResponse> IndexQuerierImpl::sum_volumes(const VolumeRequest& request,
                                                    const CancelToken& cancel) const {
    const IndexRequest& index = request.index;
    const auto limits = strictest_limits(limits_, index.tenant, index.more_tenants);
    HeldMemory held(std::make_shared<QueryMemory>(memory_));
    SKALD_TRY(SelectedRuns selected,
              select_runs(memtables_, store_, selection_of(index), index.more_tenants, held));
    const TimeBuckets buckets(index.start, index.end, request.step);
    VolumeTable table(request, buckets, limits->volume_max_series);
    RunMeter meter(buckets);
    std::vector<storage::Run> runs = selected.take_all();
    SKALD_CHECK(meter.measure(
        runs, cancel, [&](const storage::Run& run, std::size_t bucket, const RunShare& share) {
            table.add(*run.stream, bucket, share.bytes);
        }));
    if (table.overflowed()) {
        return Error{ErrorCode::kInvalidArgument,
                     "the query hit the max number of series limit (limit: " +
                         std::to_string(limits->volume_max_series) + " series)"};
    }
    return table.finish();
}

Task<Result<QueryResponse>> IndexQuerierImpl::volume(VolumeRequest request, CancelToken cancel) {
    const Turn turn(Lane::kQuery, request.index.tenant.flow());
    auto sum = [this, request = std::move(request), cancel = std::move(cancel)] {
        return sum_volumes(request, cancel);
    };
    auto response = co_await run_on(workers_, turn, std::move(sum));
    co_return response;
}

Task<Result<std::vector<DetectedLabel>>> IndexQuerierImpl::detected_labels(IndexRequest request) {
    const Turn turn(Lane::kQuery, request.tenant.flow());
    auto detect = [this, request = std::move(request)]() -> Result<std::vector<DetectedLabel>> {
        Querier::MetadataRequest wanted{.tenant = request.tenant,
                                        .selectors = {request.matchers},
                                        .start = request.start,
                                        .end = request.end,
                                        .more_tenants = request.more_tenants};
        QueryMemory memory(memory_);
        SKALD_TRY(const std::vector<StreamPtr> streams,
                  matching_streams(memtables_, store_, wanted, memory));
        return detect_labels(streams);
    };
    auto labels = co_await run_on(workers_, turn, std::move(detect));
    co_return labels;
}

}  // namespace

std::unique_ptr<IndexQuerier> IndexQuerier::create(const storage::MemtableSource& memtables,
                                                   const storage::Store& store,
                                                   const LimitsSource& limits, WorkerPool& workers,
                                                   MemoryBudget* memory) {
    return std::make_unique<IndexQuerierImpl>(memtables, store, limits, workers, memory);
}

}  // namespace skald::read

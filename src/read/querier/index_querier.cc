// SPDX-License-Identifier: Apache-2.0
#include "allowance.h"
#include "detected_labels.h"
#include "index_stats.h"
#include "listings.h"
#include "run_meter.h"
#include "stream_lists.h"
#include "volume.h"

#include <skald/read/querier/index_querier.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace skald::read {
namespace {

storage::Selection selection_of(const IndexRequest& request) {
    return {.tenant = request.tenant,
            .matchers = request.matchers,
            .start = request.start,
            .end = request.end > request.start ? request.end - 1 : request.end};
}

using MetadataRequest = Querier::MetadataRequest;

MetadataRequest listing_of(const IndexRequest& request) {
    return {.tenant = request.tenant,
            .selectors = {request.matchers},
            .start = request.start,
            .end = request.end,
            .more_tenants = request.more_tenants,
            .asked_limits = request.asked_limits};
}

/// The request from where it may begin.
IndexRequest from_start_of(const MetadataRequest& admitted, IndexRequest request) {
    request.start = admitted.start;
    return request;
}

class IndexQuerierImpl final : public IndexQuerier {
public:
    IndexQuerierImpl(const storage::MemtableSource& memtables, const storage::Store& store,
                     const LimitsSource& limits, Clock& clock, WorkerPool& workers,
                     MetricsRegistry& metrics, MemoryBudget* memory)
        : memtables_(memtables),
          store_(store),
          memory_(memory),
          listings_(limits, clock, workers, metrics) {}

    Task<Result<IndexStats>> stats(IndexRequest request, CancelToken cancel) override;
    Task<Result<ShardPlan>> shards(IndexRequest request, std::uint64_t bytes,
                                   CancelToken cancel) override;
    Task<Result<QueryResponse>> volume(VolumeRequest request, CancelToken cancel) override;
    Task<Result<std::vector<DetectedLabel>>> detected_labels(IndexRequest request,
                                                             CancelToken cancel) override;

private:
    Result<SelectedRuns> runs_of(const IndexRequest& request, const StopSign& stop,
                                 HeldMemory& held) const;
    Result<QueryResponse> sum_volumes(const VolumeRequest& request, const Limits& limits,
                                      const StopSign& stop) const;

    const storage::MemtableSource& memtables_;
    const storage::Store& store_;
    MemoryBudget* const memory_;
    Listings listings_;
};

Result<SelectedRuns> IndexQuerierImpl::runs_of(const IndexRequest& request, const StopSign& stop,
                                               HeldMemory& held) const {
    return select_runs(memtables_, store_, selection_of(request), request.more_tenants, stop, held);
}

Task<Result<IndexStats>> IndexQuerierImpl::stats(IndexRequest request, CancelToken cancel) {
    auto sum = [this, request](const MetadataRequest& wanted, const Limits&,
                               const StopSign& stop) -> Result<IndexStats> {
        HeldMemory held(std::make_shared<QueryMemory>(memory_));
        const IndexRequest index = from_start_of(wanted, request);
        SKALD_TRY(SelectedRuns runs, runs_of(index, stop, held));
        return sum_runs(runs, index, stop);
    };
    return listings_.run<IndexStats>({"stats"}, listing_of(request), std::move(cancel),
                                     std::move(sum));
}

Task<Result<ShardPlan>> IndexQuerierImpl::shards(IndexRequest request, std::uint64_t bytes,
                                                 CancelToken cancel) {
    auto cut = [this, request, bytes](const MetadataRequest& wanted, const Limits&,
                                      const StopSign& stop) -> Result<ShardPlan> {
        HeldMemory held(std::make_shared<QueryMemory>(memory_));
        const IndexRequest index = from_start_of(wanted, request);
        SKALD_TRY(SelectedRuns runs, runs_of(index, stop, held));
        return plan_shards(runs, index, bytes, stop);
    };
    ShardPlan all{.shards = {{.min = 0, .max = UINT64_MAX, .stats = {}}}, .total = {}};
    return listings_.run<ShardPlan>({"shards"}, listing_of(request), std::move(cancel),
                                    std::move(cut), std::move(all));
}

Result<QueryResponse> IndexQuerierImpl::sum_volumes(const VolumeRequest& request,
                                                    const Limits& limits,
                                                    const StopSign& stop) const {
    HeldMemory held(std::make_shared<QueryMemory>(memory_));
    SKALD_TRY(SelectedRuns runs, runs_of(request.index, stop, held));
    const TimeBuckets buckets(request.index.start, request.index.end, request.step);
    VolumeTable table(request, buckets, limits.volume_max_series);
    RunMeter meter(buckets);
    SKALD_CHECK(meter.measure(
        runs, stop, [&](const storage::Run& run, std::size_t bucket, const RunShare& share) {
            table.add(*run.stream, bucket, share.bytes);
        }));
    if (table.overflowed()) {
        return Error{ErrorCode::kInvalidArgument,
                     "the query hit the max number of series limit (limit: " +
                         std::to_string(limits.volume_max_series) +
                         " series) (limits_config.volume_max_series)"};
    }
    return table.finish();
}

Task<Result<QueryResponse>> IndexQuerierImpl::volume(VolumeRequest request, CancelToken cancel) {
    MetadataRequest listing = listing_of(request.index);
    auto sum = [this, request = std::move(request)](const MetadataRequest& wanted,
                                                    const Limits& limits, const StopSign& stop) {
        VolumeRequest volume = request;
        volume.index = from_start_of(wanted, request.index);
        return sum_volumes(volume, limits, stop);
    };
    QueryResponse nothing;
    nothing.data = VectorResult{};
    return listings_.run<QueryResponse>({"volume"}, std::move(listing), std::move(cancel),
                                        std::move(sum), std::move(nothing));
}

Task<Result<std::vector<DetectedLabel>>> IndexQuerierImpl::detected_labels(IndexRequest request,
                                                                           CancelToken cancel) {
    using Detected = std::vector<DetectedLabel>;
    auto detect = [this](const MetadataRequest& wanted, const Limits&,
                         const StopSign& stop) -> Result<Detected> {
        Allowance allowance(memory_, stop);
        SKALD_TRY(const std::vector<StreamPtr> streams,
                  matching_streams(memtables_, store_, wanted, allowance));
        SKALD_TRY(Detected labels, detect_labels(streams, allowance));
        if (!wanted.more_tenants.empty())
            std::ranges::stable_sort(labels, {}, &DetectedLabel::cardinality);
        return labels;
    };
    return listings_.run<Detected>({"detected_labels"}, listing_of(request), std::move(cancel),
                                   std::move(detect));
}

}  // namespace

// The parts of the process that it asks, each by name.
// NOLINTNEXTLINE(readability-function-size)
std::unique_ptr<IndexQuerier> IndexQuerier::create(const storage::MemtableSource& memtables,
                                                   const storage::Store& store,
                                                   const LimitsSource& limits, Clock& clock,
                                                   WorkerPool& workers, MetricsRegistry& metrics,
                                                   MemoryBudget* memory) {
    return std::make_unique<IndexQuerierImpl>(memtables, store, limits, clock, workers, metrics,
                                              memory);
}

}  // namespace skald::read

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/limits.h>
#include <skald/foundation/model/matcher.h>
#include <skald/foundation/runtime/cancel.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/memory_budget.h>
#include <skald/foundation/runtime/task.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/read/querier/query.h>
#include <skald/storage/store/run_source.h>
#include <skald/storage/store/store.h>

#include <memory>
#include <string>
#include <vector>

namespace skald::read {

/// Answers queries from memory and segments together, each row once.
///
/// Read path: api -> [Querier] -> MemtableSource and Store (runs) -> logql (filters, aggregation).
/// Threading: thread-safe. The work is done on Lane::kQuery of the pool, block by block; `cancel`
/// is looked at for each block.
class Querier {
public:
    using Names = std::vector<std::string>;
    struct MetadataRequest {
        TenantId tenant;
        std::vector<std::vector<Matcher>> selectors;  ///< Union; empty: all streams.
        TimeNs start = 0;
        TimeNs end = 0;
        /// Others than `tenant`, of a query over several: their streams get the label
        /// __tenant_id__.
        std::vector<TenantId> more_tenants = {};
        /// What the client asks to be held to, beside the limits of its tenants. Null: nothing.
        std::shared_ptr<const AskedLimits> asked_limits = nullptr;
    };

    /// What is passed by reference must outlive the querier. `memory` is what all queries together
    /// may take for answers, series and samples; null: any amount. Past it they fail with
    /// kUnavailable, a query that is too large alone with kLimitExceeded.
    static std::unique_ptr<Querier> create(const storage::MemtableSource& memtables,
                                           const storage::Store& store, const LimitsSource& limits,
                                           Clock& clock, WorkerPool& workers,
                                           MetricsRegistry& metrics,
                                           MemoryBudget* memory = nullptr);
    virtual ~Querier() = default;

    /// Errors: kInvalidArgument with Loki's texts (http-api 8.8), kNotSupported for stages that are
    /// not evaluated, kDeadlineExceeded, kCancelled, kCorruption only if nothing could be read.
    virtual Task<Result<QueryResponse>> query(QueryRequest request, CancelToken cancel) = 0;

    /// Sorted unique names of the labels of matching streams. `cancel` is looked at for a few
    /// thousand streams here and below. Errors: as `query`.
    virtual Task<Result<Names>> label_names(MetadataRequest request, CancelToken cancel) = 0;
    virtual Task<Result<Names>> label_values(MetadataRequest request, std::string name,
                                             CancelToken cancel) = 0;
    /// Matching streams, each once, in label order.
    virtual Task<Result<std::vector<StreamPtr>>> series(MetadataRequest request,
                                                        CancelToken cancel) = 0;
};

}  // namespace skald::read

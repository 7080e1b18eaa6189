// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/cluster/rpc/live_tail.h>
#include <skald/foundation/base/result.h>
#include <skald/foundation/model/tenant.h>
#include <skald/read/logql/ast.h>
#include <skald/read/querier/query.h>

#include <functional>
#include <memory>
#include <vector>

namespace skald::read {

/// A log query over rows that are being stored: the same stages as for stored ones.
///
/// Read path: LiveTail -> [LiveQuery] -> api (tail).
/// Threading: `take` by one thread at a time; it may run regular expressions over many lines, so on
/// a worker.
class LiveQuery {
public:
    /// A row with the labels that it is shown under.
    struct Row {
        Labels stream;
        LogRow row;
    };
    /// A row that came too fast.
    struct Dropped {
        TimeNs time = 0;
        Labels labels;
    };
    struct Taken {
        std::vector<Row> rows;  ///< By time; rows of equal times as they were stored.
        std::vector<Dropped> dropped;
    };

    /// Sees every row that is stored from now on. `wake` is as in LiveTail::Request. `tail` must
    /// outlive the query.
    /// Errors: kInvalidArgument: `only log selector is supported`, stages that can't be built.
    static Result<std::unique_ptr<LiveQuery>> start(cluster::LiveTail& tail, TenantId tenant,
                                                    const Expr& expr, std::function<void()> wake);
    virtual ~LiveQuery() = default;

    /// What came since the last call and passed the query.
    virtual Taken take() = 0;
};

}  // namespace skald::read

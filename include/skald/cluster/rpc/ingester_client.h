// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/cluster/rpc/stream_batch.h>
#include <skald/foundation/base/result.h>
#include <skald/foundation/runtime/task.h>

namespace skald::cluster {

/// An ingester as the distributor sees it: in this process, or behind gRPC.
/// Write path: distributor -> [IngesterClient] -> ingester.
/// Threading: thread-safe.
class IngesterClient {
public:
    virtual ~IngesterClient() = default;

    /// Returns once every accepted entry is durable and visible to queries. Entries that the
    /// ingester refuses (stream limit, rate, too far behind) make it an error whose message lists
    /// them (http-api 5.3), although the others are kept.
    /// Errors: kInvalidArgument, kLimitExceeded: refused entries. kUnavailable: nothing of the
    /// batch is acknowledged (log not writable, memory budget, shutting down).
    virtual Task<Result<void>> push(StreamBatch batch) = 0;
};

}  // namespace skald::cluster

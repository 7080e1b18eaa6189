// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/cluster/rpc/stream_batch.h>
#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/matcher.h>
#include <skald/foundation/model/tenant.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace skald::cluster {

/// Streams of a batch that became durable and that a subscription selects.
/// Threading: immutable; the batch is shared by all subscriptions that select some of it.
struct LiveRows {
    std::shared_ptr<const StreamBatch> batch;
    std::vector<std::uint32_t> streams;  ///< Indexes into `batch->streams`, ascending.
};

/// A row that a subscription selects and that was thrown away, because the rows before it were not
/// taken in time.
struct DroppedRow {
    TimeNs time = 0;
    StreamPtr stream;
};

/// One reader of live rows. It ends when it is destroyed; then `wake` is not called any more.
/// Threading: thread-safe.
class LiveSubscription {
public:
    struct Taken {
        std::vector<LiveRows> rows;       ///< In the order in which they became durable.
        std::vector<DroppedRow> dropped;  ///< At most `kDroppedMax`.
    };
    static constexpr std::size_t kDroppedMax = 1000;

    virtual ~LiveSubscription() = default;
    /// What has come since the last call.
    virtual Taken take() = 0;
};

/// Hands on rows as soon as they are durable.
/// Read path: ingester -> [LiveTail] -> querier.
/// Threading: thread-safe.
class LiveTail {
public:
    struct Request {
        TenantId tenant;
        std::vector<Matcher> matchers;
        std::uint64_t queued_bytes_max = 0;  ///< Of batches with selected rows that wait.
        /// Called when rows come to an empty queue, from a thread that must not be kept; must not
        /// destroy a subscription.
        std::function<void()> wake;
    };

    virtual ~LiveTail() = default;
    /// Every row that becomes durable from now on.
    virtual std::unique_ptr<LiveSubscription> subscribe(Request request) = 0;
};

}  // namespace skald::cluster

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/cluster/rpc/live_tail.h>
#include <skald/foundation/base/hash.h>
#include <skald/foundation/runtime/memory_budget.h>
#include <skald/foundation/telemetry/metrics.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace skald::write {

/// Shows batches that became durable to those who tail them.
///
/// While nobody does, a batch costs one look at an atomic. A subscription looks at each stream's
/// labels once. Batches that wait to be taken keep the memory of their push; past a bound, for each
/// subscription and for all together, their rows are dropped and counted. All together hold at most
/// half of the memory for tails: the other half is for messages that are made of them.
/// Threading: thread-safe; `offer` from one thread at a time.
class LiveHub final : public cluster::LiveTail {
public:
    LiveHub(MetricsRegistry& metrics, std::shared_ptr<MemoryBudget> memory);
    ~LiveHub() override;

    std::unique_ptr<cluster::LiveSubscription> subscribe(Request request) override;

    bool is_tailed() const noexcept { return count_.load(std::memory_order_relaxed) > 0; }
    /// Takes a batch of `bytes` whose rows are durable and visible to queries.
    void offer(cluster::StreamBatch batch, std::uint64_t bytes);
    /// Of batches that somebody holds.
    std::uint64_t held_bytes() const noexcept;

private:
    class Queue;
    class Subscription;
    class Room;
    using Queues = std::vector<std::shared_ptr<Queue>>;

    void remove(const TenantId& tenant, const std::shared_ptr<Queue>& queue);
    std::shared_ptr<const cluster::StreamBatch> hold(cluster::StreamBatch batch,
                                                     std::uint64_t bytes);

    /// Shared with the batches that are held, which may outlive the hub.
    const std::shared_ptr<Room> room_;
    std::atomic<std::size_t> count_{0};
    Counter dropped_;
    std::mutex mutex_;
    std::unordered_map<TenantId, Queues> tenants_;
};

}  // namespace skald::write

// SPDX-License-Identifier: Apache-2.0
#include "live_hub.h"

#include <skald/foundation/base/assert.h>

#include <algorithm>
#include <utility>

namespace skald::write {

namespace {

/// Streams whose match is remembered; then it is forgotten and asked anew.
constexpr std::size_t kKnownStreamsMax = 100'000;

}  // namespace

/// What waits for one subscription.
class LiveHub::Queue {
public:
    explicit Queue(Request request) : request_(std::move(request)) {}

    /// Only from `offer`.
    std::vector<std::uint32_t> select(const cluster::StreamBatch& batch) {
        std::vector<std::uint32_t> selected;
        for (std::size_t i = 0; i < batch.streams.size(); ++i)
            if (selects(*batch.streams[i].stream))
                selected.push_back(static_cast<std::uint32_t>(i));
        return selected;
    }

    bool has_room(std::uint64_t bytes) {
        const std::lock_guard hold(mutex_);
        return bytes_ + bytes <= request_.queued_bytes_max;
    }
    /// False if nobody takes rows any more.
    void add(cluster::LiveRows rows, std::uint64_t bytes) {
        const std::lock_guard hold(mutex_);
        if (closed_) return;
        taken_.rows.push_back(std::move(rows));
        bytes_ += bytes;
        wake();
    }
    /// Returns how many rows were dropped.
    std::size_t drop(const cluster::StreamBatch& batch, const std::vector<std::uint32_t>& streams) {
        const std::lock_guard hold(mutex_);
        std::size_t count = 0;
        for (const std::uint32_t index : streams) {
            const auto& stream = batch.streams[index];
            count += stream.entries_end - stream.entries_begin;
            for (std::uint32_t i = stream.entries_begin; i < stream.entries_end; ++i) {
                if (taken_.dropped.size() == cluster::LiveSubscription::kDroppedMax) break;
                taken_.dropped.push_back({batch.entries[i].time, stream.stream});
            }
        }
        wake();
        return count;
    }

    cluster::LiveSubscription::Taken take() {
        const std::lock_guard hold(mutex_);
        bytes_ = 0;
        awake_ = false;
        return std::exchange(taken_, {});
    }
    void close() {
        const std::lock_guard hold(mutex_);
        closed_ = true;
        taken_ = {};
    }

private:
    bool selects(const Stream& stream) {
        const auto known = known_.find(stream.id);
        if (known != known_.end()) return known->second;
        if (known_.size() >= kKnownStreamsMax) known_.clear();
        const bool match = matches_all(request_.matchers, stream.labels);
        known_.emplace(stream.id, match);
        return match;
    }
    /// Under the lock, so that it is not called once `close` has returned.
    void wake() {
        if (!closed_ && !std::exchange(awake_, true)) request_.wake();
    }

    const Request request_;
    std::unordered_map<StreamId, bool> known_;
    std::mutex mutex_;
    cluster::LiveSubscription::Taken taken_;
    std::uint64_t bytes_ = 0;
    bool awake_ = false;
    bool closed_ = false;
};

class LiveHub::Subscription final : public cluster::LiveSubscription {
public:
    Subscription(LiveHub& hub, TenantId tenant, std::shared_ptr<Queue> queue)
        : hub_(hub), tenant_(std::move(tenant)), queue_(std::move(queue)) {}
    ~Subscription() override {
        queue_->close();
        hub_.remove(tenant_, queue_);
    }
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;

    Taken take() override { return queue_->take(); }

private:
    LiveHub& hub_;
    const TenantId tenant_;
    const std::shared_ptr<Queue> queue_;
};

/// What batches may hold. Threading: thread-safe.
class LiveHub::Room {
public:
    explicit Room(std::shared_ptr<MemoryBudget> memory)
        : memory_(std::move(memory)), batches_(memory_->limit() / 2) {}

    bool take(std::uint64_t bytes) {
        if (!batches_.take(bytes)) return false;
        if (memory_->take(bytes)) return true;
        batches_.give(bytes);
        return false;
    }
    void give(std::uint64_t bytes) {
        batches_.give(bytes);
        memory_->give(bytes);
    }
    std::uint64_t used() const { return batches_.used(); }

private:
    const std::shared_ptr<MemoryBudget> memory_;
    MemoryBudget batches_;
};

LiveHub::LiveHub(MetricsRegistry& metrics, std::shared_ptr<MemoryBudget> memory)
    : room_(std::make_shared<Room>(std::move(memory))),
      dropped_(metrics.counter("skald_tail_dropped_rows_total",
                               "Rows that tails could not take in time, once for each query.",
                               {})) {}

LiveHub::~LiveHub() {
    SKALD_ASSERT(count_ == 0);
}

std::unique_ptr<cluster::LiveSubscription> LiveHub::subscribe(Request request) {
    const TenantId tenant = request.tenant;
    auto queue = std::make_shared<Queue>(std::move(request));
    {
        const std::lock_guard hold(mutex_);
        tenants_[tenant].push_back(queue);
    }
    count_.fetch_add(1);
    return std::make_unique<Subscription>(*this, tenant, std::move(queue));
}

void LiveHub::remove(const TenantId& tenant, const std::shared_ptr<Queue>& queue) {
    const std::lock_guard hold(mutex_);
    const auto found = tenants_.find(tenant);
    std::erase(found->second, queue);
    if (found->second.empty()) tenants_.erase(found);
    count_.fetch_sub(1);
}

void LiveHub::offer(cluster::StreamBatch batch, std::uint64_t bytes) {
    Queues queues;
    {
        const std::lock_guard hold_lock(mutex_);
        const auto found = tenants_.find(batch.tenant);
        if (found == tenants_.end()) return;
        queues = found->second;
    }
    std::shared_ptr<const cluster::StreamBatch> held;
    for (const std::shared_ptr<Queue>& queue : queues) {
        const cluster::StreamBatch& rows = held ? *held : batch;
        std::vector<std::uint32_t> streams = queue->select(rows);
        if (streams.empty()) continue;
        const bool fits = queue->has_room(bytes) && (held != nullptr || room_->take(bytes));
        if (!fits) {
            dropped_.add(static_cast<double>(queue->drop(rows, streams)));
            continue;
        }
        if (!held) held = hold(std::move(batch), bytes);
        queue->add({held, std::move(streams)}, bytes);
    }
}

std::uint64_t LiveHub::held_bytes() const noexcept {
    return room_->used();
}

/// Of a batch whose bytes were taken from the room.
std::shared_ptr<const cluster::StreamBatch> LiveHub::hold(cluster::StreamBatch batch,
                                                          std::uint64_t bytes) {
    auto owned = std::make_unique<cluster::StreamBatch>(std::move(batch));
    return {owned.release(), [room = room_, bytes](const cluster::StreamBatch* done) {
                const std::unique_ptr<const cluster::StreamBatch> last(done);
                room->give(bytes);
            }};
}

}  // namespace skald::write

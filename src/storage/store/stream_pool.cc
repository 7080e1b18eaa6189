// SPDX-License-Identifier: Apache-2.0
#include "stream_pool.h"

#include <algorithm>
#include <utility>

namespace skald::storage {

namespace {

// Map node, bucket, control block and allocator's rounding, about.
constexpr std::size_t kOverheadBytes = 88;

}  // namespace

/// A stream that gives its bytes back when the last table or query lets it go.
struct StreamPool::Pooled {
    Stream stream;
    std::shared_ptr<std::atomic<std::size_t>> counter;
    std::size_t charge;

    Pooled(Stream from, std::shared_ptr<std::atomic<std::size_t>> bytes)
        : stream(std::move(from)),
          counter(std::move(bytes)),
          charge(sizeof(Pooled) + stream.labels.heap_bytes() + kOverheadBytes) {
        *counter += charge;
    }
    ~Pooled() { *counter -= charge; }
    Pooled(const Pooled&) = delete;
    Pooled& operator=(const Pooled&) = delete;
};

StreamPool::StreamPool() : bytes_(std::make_shared<std::atomic<std::size_t>>(0)) {}

StreamPtr StreamPool::intern(Stream stream) {
    auto shard = shards_[stream.id.high % kShards].lock();
    std::weak_ptr<const Stream>& place = shard->streams[stream.id];
    if (StreamPtr alive = place.lock()) return alive;
    const auto pooled = std::make_shared<const Pooled>(std::move(stream), bytes_);
    StreamPtr fresh(pooled, &pooled->stream);
    place = fresh;
    if (shard->streams.size() >= shard->sweep_at) {
        std::erase_if(shard->streams, [](const auto& entry) { return entry.second.expired(); });
        shard->sweep_at = std::max<std::size_t>(1024, shard->streams.size() * 2);
    }
    return fresh;
}

}  // namespace skald::storage

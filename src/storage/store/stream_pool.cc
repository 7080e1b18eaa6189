// SPDX-License-Identifier: Apache-2.0
#include "stream_pool.h"

#include <skald/foundation/runtime/guarded.h>

#include <array>
#include <unordered_map>
#include <utility>

namespace skald::storage {

namespace {

// Map node, bucket, control block and allocator's rounding, about.
constexpr std::size_t kOverheadBytes = 112;

}  // namespace

struct StreamPool::State {
    using Streams = std::unordered_map<StreamId, std::weak_ptr<const Stream>>;
    static constexpr std::size_t kShards = 16;

    Guarded<Streams>& shard_of(const StreamId& id) { return shards[id.high % kShards]; }

    std::atomic<std::size_t> bytes{0};
    std::array<Guarded<Streams>, kShards> shards;
};

/// A stream that gives its bytes back, and its place, when the last table or query lets it go: what
/// only a weak pointer is left of keeps its memory, and a query may have opened a million.
struct StreamPool::Pooled {
    Stream stream;
    std::shared_ptr<State> state;
    std::size_t charge;

    Pooled(Stream from, std::shared_ptr<State> pool)
        : stream(std::move(from)),
          state(std::move(pool)),
          charge(sizeof(Pooled) + stream.labels.heap_bytes() + kOverheadBytes) {
        state->bytes += charge;
    }
    ~Pooled() {
        state->bytes -= charge;
        auto streams = state->shard_of(stream.id).lock();
        const auto found = streams->find(stream.id);
        // Another object of the stream may have taken the place meanwhile.
        if (found != streams->end() && found->second.expired()) streams->erase(found);
    }
    Pooled(const Pooled&) = delete;
    Pooled& operator=(const Pooled&) = delete;
};

StreamPool::StreamPool() : state_(std::make_shared<State>()) {}

std::shared_ptr<const std::atomic<std::size_t>> StreamPool::bytes() const {
    return {state_, &state_->bytes};
}

StreamPtr StreamPool::intern(Stream stream) {
    auto streams = state_->shard_of(stream.id).lock();
    std::weak_ptr<const Stream>& place = (*streams)[stream.id];
    if (StreamPtr alive = place.lock()) return alive;
    const auto pooled = std::make_shared<const Pooled>(std::move(stream), state_);
    StreamPtr fresh(pooled, &pooled->stream);
    place = fresh;
    return fresh;
}

}  // namespace skald::storage

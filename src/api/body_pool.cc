// SPDX-License-Identifier: Apache-2.0
#include "body_pool.h"

#include <algorithm>
#include <utility>

namespace skald::api {

std::shared_ptr<BodyPool> BodyPool::shared() {
    static const std::shared_ptr<BodyPool> pool = std::make_shared<BodyPool>();
    return pool;
}

Buffer BodyPool::take(std::size_t size) {
    Buffer taken;
    if (size >= kSmallest) {
        kept_.with([&](Kept& kept) {
            // The last that fits was used last: most of it may still be in a cache.
            const auto found =
                std::find_if(kept.buffers.rbegin(), kept.buffers.rend(), [&](const Buffer& buffer) {
                    return buffer.capacity() >= size && buffer.capacity() / 2 <= size;
                });
            if (found == kept.buffers.rend()) return;
            taken = std::move(*found);
            kept.buffers.erase(std::next(found).base());
            kept.bytes -= taken.capacity();
        });
    }
    if (taken.capacity() == 0) return Buffer(size);
    taken.resize(size);
    return taken;
}

void BodyPool::give(Buffer buffer) {
    if (buffer.capacity() < kSmallest || buffer.capacity() > kBytesMax) return;
    std::vector<Buffer> dropped;  // Freed after the lock.
    kept_.with([&](Kept& kept) {
        kept.bytes += buffer.capacity();
        kept.buffers.push_back(std::move(buffer));
        // The oldest go: what is asked for now is more like the last ones.
        auto first = kept.buffers.begin();
        for (; kept.bytes > kBytesMax; ++first) {
            kept.bytes -= first->capacity();
            dropped.push_back(std::move(*first));
        }
        kept.buffers.erase(kept.buffers.begin(), first);
    });
}

std::size_t BodyPool::kept() const {
    return kept_.with([](const Kept& kept) { return kept.bytes; });
}

}  // namespace skald::api

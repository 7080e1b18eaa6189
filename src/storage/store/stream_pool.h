// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/labels.h>
#include <skald/foundation/runtime/guarded.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <unordered_map>

namespace skald::storage {

/// One object for each stream that region tables name, however many tables name it: with a hundred
/// thousand streams the labels would otherwise be most of what a table takes.
///
/// Threading: thread-safe.
class StreamPool {
public:
    StreamPool();
    StreamPool(const StreamPool&) = delete;
    StreamPool& operator=(const StreamPool&) = delete;

    /// The pool's object for the stream.
    StreamPtr intern(Stream stream);
    /// Bytes of the streams that are alive, table and map included. Shared: streams may outlive the
    /// pool.
    std::shared_ptr<const std::atomic<std::size_t>> bytes() const { return bytes_; }

private:
    struct Pooled;
    struct Shard {
        std::unordered_map<StreamId, std::weak_ptr<const Stream>> streams;
        std::size_t sweep_at = 1024;  ///< Size at which dead entries are looked for.
    };
    static constexpr std::size_t kShards = 16;

    std::shared_ptr<std::atomic<std::size_t>> bytes_;
    std::array<Guarded<Shard>, kShards> shards_;
};

}  // namespace skald::storage

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/labels.h>

#include <atomic>
#include <cstddef>
#include <memory>

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
    std::shared_ptr<const std::atomic<std::size_t>> bytes() const;

private:
    struct Pooled;
    struct State;

    std::shared_ptr<State> state_;  ///< Shared with the streams, which go out of it by themselves.
};

}  // namespace skald::storage

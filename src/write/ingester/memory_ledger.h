// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

namespace skald::write {

/// What the memtables of all generations hold, in bytes of memory.
/// Threading: thread-safe.
struct MemoryLedger {
    std::atomic<std::int64_t> rows{0};     ///< All: open blocks, sealed blocks, streams.
    std::atomic<std::int64_t> sealing{0};  ///< The part that is closed and waits to be sealed.
    std::atomic<std::int64_t> blocks{0};   ///< Number of blocks, open ones included.
};

}  // namespace skald::write

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace skald::write {

/// What the memtables of all generations and the table of streams hold, in bytes of memory.
/// Threading: thread-safe.
struct MemoryLedger {
    std::atomic<std::int64_t> rows{0};     ///< Of memtables: open blocks, sealed blocks, places.
    std::atomic<std::int64_t> sealing{0};  ///< The part that is closed and waits to be sealed.
    std::atomic<std::int64_t> blocks{0};   ///< Number of blocks, open ones included.
    std::atomic<std::int64_t> blocks_begun{0};  ///< Since the start.
    std::atomic<std::int64_t> streams{0};  ///< Active streams: labels, and what is known of them.

    /// What of a budget is there for rows and for pushes on their way. Streams take up to half of
    /// it; how many more there may be is for the limits of streams to say.
    std::uint64_t left_for_rows(std::uint64_t budget) const {
        const std::int64_t held =
            std::max<std::int64_t>(0, streams.load(std::memory_order_relaxed));
        return budget - std::min(static_cast<std::uint64_t>(held), budget / 2);
    }
};

}  // namespace skald::write

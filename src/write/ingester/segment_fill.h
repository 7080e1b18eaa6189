// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "memtable.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/storage/block/block_codec.h>
#include <skald/storage/segment/segment.h>

#include <atomic>
#include <cstdint>

namespace skald::write {

/// How a memtable becomes a segment.
struct SegmentFill {
    std::uint64_t block_bytes = 0;         ///< About how much streams that share a block fill it.
    std::uint64_t shared_block_below = 0;  ///< Open blocks with less raw bytes share one.
    storage::EncodeOptions encode;

    /// Writes all rows of a memtable that nobody appends to: regions by (tenant, period), streams
    /// by labels; sealed blocks as they are, the rest is compressed on the pool's background lane a
    /// few blocks ahead. Memory: those blocks, the rows are not copied. Returns the blocks written.
    /// Errors: those of `writer` and of sealing; kUnavailable if `stopping` becomes true.
    Result<std::uint64_t> write(const Memtable& memtable, WorkerPool& workers,
                                const std::atomic<bool>& stopping,
                                storage::SegmentWriter& writer) const;
};

}  // namespace skald::write

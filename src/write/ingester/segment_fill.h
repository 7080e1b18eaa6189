// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "memtable.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/model/time.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/storage/block/block_codec.h>
#include <skald/storage/segment/segment.h>

#include <atomic>
#include <cstdint>
#include <utility>
#include <vector>

namespace skald::write {

/// A block of a segment, for the metrics. Threading: immutable.
struct FlushedBlock {
    std::uint64_t rows = 0;
    std::uint64_t raw_bytes = 0;     ///< Lines and metadata.
    std::uint64_t stored_bytes = 0;  ///< Compressed, the filter included.
    std::uint64_t runs = 0;          ///< Streams in it: entries of the index.
    TimeNs min_time = 0;
    TimeNs max_time = 0;
};
/// In the order of tenants.
using FlushedBlocks = std::vector<std::pair<TenantId, std::vector<FlushedBlock>>>;

/// How a memtable becomes a segment.
struct SegmentFill {
    std::uint64_t block_bytes = 0;         ///< About how much streams that share a block fill it.
    std::uint64_t shared_block_below = 0;  ///< Open blocks with less raw bytes share one.
    storage::EncodeOptions encode;

    /// Writes all rows of a memtable that nobody appends to: regions by (tenant, period), streams
    /// by labels; sealed blocks as they are, the rest is compressed on the pool's background lane a
    /// few blocks ahead. Memory: those blocks, the rows are not copied. Returns the blocks written.
    /// Errors: those of `writer` and of sealing; kUnavailable if `stopping` becomes true.
    Result<FlushedBlocks> write(const Memtable& memtable, WorkerPool& workers,
                                const std::atomic<bool>& stopping,
                                storage::SegmentWriter& writer) const;
};

}  // namespace skald::write

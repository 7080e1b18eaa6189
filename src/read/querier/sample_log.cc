// SPDX-License-Identifier: Apache-2.0
#include "sample_log.h"

namespace skald::read {

bool SampleLog::add(std::uint32_t cell, const TimedSample& sample) {
    if (chunks_.empty() || chunks_.back().cells.size() == kChunk) {
        // Each sample is there twice while chunks are sorted into cells.
        const std::uint64_t numbers = sizeof(double) + (with_times_ ? sizeof(TimeNs) : 0);
        const std::uint64_t bytes = kChunk * (sizeof(std::uint32_t) + 2 * numbers);
        if (used_.fetch_add(bytes, std::memory_order_relaxed) + bytes > kBytesMax) return false;
        if (!budget_.take_bytes(bytes)) return false;
        Chunk& chunk = chunks_.emplace_back();
        chunk.cells.reserve(kChunk);
        chunk.values.reserve(kChunk);
        if (with_times_) chunk.times.reserve(kChunk);
    }
    Chunk& chunk = chunks_.back();
    chunk.cells.push_back(cell);
    chunk.values.push_back(sample.value);
    if (with_times_) chunk.times.push_back(sample.time);
    return true;
}

}  // namespace skald::read

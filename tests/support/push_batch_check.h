// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/hash.h>
#include <skald/write/distributor/push_batch.h>

#include <cstdint>
#include <cstdlib>

namespace skald::support {

/// Aborts unless the batch keeps its invariants; reads every byte of every view, so that a
/// sanitizer sees a view of memory that is gone.
inline void check_push_batch(const write::PushBatch& batch) {
    std::uint64_t sum = 0;
    std::uint32_t next_entry = 0;
    std::uint32_t next_pair = 0;
    for (const auto& stream : batch.streams) {
        if (stream.entries_begin != next_entry || stream.entries_end < stream.entries_begin)
            std::abort();
        next_entry = stream.entries_end;
        sum += hash64(stream.labels);
    }
    if (next_entry != batch.entries.size()) std::abort();
    for (const EntryView& entry : batch.entries) {
        if (entry.metadata_begin != next_pair || !entry.level.empty()) std::abort();
        next_pair += entry.metadata_count;
        sum += hash64(entry.line);
    }
    if (next_pair != batch.pairs.size()) std::abort();
    for (const LabelView& pair : batch.pairs) sum += hash64(pair.name) + hash64(pair.value);
    // The result must look used.
    volatile std::uint64_t sink = sum;
    static_cast<void>(sink);
}

}  // namespace skald::support

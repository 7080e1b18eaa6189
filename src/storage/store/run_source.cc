// SPDX-License-Identifier: Apache-2.0
#include <skald/storage/store/run_source.h>

#include <algorithm>

namespace skald::storage {

Result<void> SelectionMemory::take(std::uint64_t bytes) {
    if (!selection_.take_memory) return {};
    if (bytes > left_) {
        const std::uint64_t step = std::max(bytes, kStep);
        if (!selection_.take_memory(step))
            return Error{ErrorCode::kUnavailable, "no memory for what the selection finds"};
        left_ += step;
    }
    left_ -= bytes;
    return {};
}

}  // namespace skald::storage

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

namespace skald {

/// A mutex of four bytes, for what exists a hundred thousand times (std::mutex takes 40). For
/// std::lock_guard. The three states are those of Drepper's "Futexes Are Tricky", mutex2.
/// Threading: thread-safe.
class SmallMutex {
public:
    void lock() noexcept {
        std::uint32_t state = kFree;
        if (state_.compare_exchange_strong(state, kHeld, std::memory_order_acquire)) return;
        while (state_.exchange(kContended, std::memory_order_acquire) != kFree) {
            state_.wait(kContended, std::memory_order_relaxed);
        }
    }
    void unlock() noexcept {
        if (state_.exchange(kFree, std::memory_order_release) == kContended) state_.notify_one();
    }

private:
    static constexpr std::uint32_t kFree = 0;
    static constexpr std::uint32_t kHeld = 1;
    static constexpr std::uint32_t kContended = 2;

    std::atomic<std::uint32_t> state_{kFree};
};

}  // namespace skald

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <atomic>
#include <memory>

namespace skald {

/// Why work should stop early.
enum class CancelReason : int { kNone = 0, kClientGone, kDeadline, kShutdown };

/// Tells loops on worker threads that nobody wants their answer any more. Copies share one state;
/// a default-constructed token can never be cancelled... by anyone else, since nobody else has it.
/// Threading: thread-safe.
class CancelToken {
public:
    CancelToken() : state_(std::make_shared<std::atomic<int>>(0)) {}

    void cancel(CancelReason reason) const noexcept {
        int none = 0;
        state_->compare_exchange_strong(none, static_cast<int>(reason));
    }
    bool cancelled() const noexcept { return state_->load(std::memory_order_relaxed) != 0; }
    CancelReason reason() const noexcept { return static_cast<CancelReason>(state_->load()); }
    /// kCancelled, kDeadlineExceeded or kUnavailable by reason, in Loki's words. Requires:
    /// cancelled().
    Error error() const;

private:
    std::shared_ptr<std::atomic<int>> state_;
};

}  // namespace skald

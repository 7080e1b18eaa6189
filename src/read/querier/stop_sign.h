// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/cancel.h>
#include <skald/foundation/runtime/clock.h>

#include <optional>
#include <utility>

namespace skald::read {

/// Tells work when it is to end early: nobody waits for the answer any more, or its time is up.
/// Threading: thread-safe once it has its end.
class StopSign {
public:
    /// `clock` must outlive it.
    StopSign(CancelToken cancel, const Clock& clock) : cancel_(std::move(cancel)), clock_(&clock) {}

    /// When the work must have ended.
    void end_at(Clock::TimePoint end) noexcept { end_ = end; }

    bool is_up() const {
        if (cancel_.cancelled()) return true;
        if (end_ && clock_->now() >= *end_) cancel_.cancel(CancelReason::kDeadline);
        return cancel_.cancelled();
    }
    /// Somebody has looked and seen it, or the client has gone.
    bool was_seen() const noexcept { return cancel_.cancelled(); }
    /// As CancelToken::error. Requires: is_up().
    Error error() const { return cancel_.error(); }

private:
    CancelToken cancel_;
    const Clock* clock_;
    std::optional<Clock::TimePoint> end_;
};

}  // namespace skald::read

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
        if (was_seen()) return true;
        if (end_ && clock_->now() >= *end_) timed_out_.cancel(CancelReason::kDeadline);
        return was_seen();
    }
    /// Somebody has looked and seen it, or the client has gone.
    bool was_seen() const noexcept { return timed_out_.cancelled() || cancel_.cancelled(); }
    /// As CancelToken::error. Requires: is_up().
    Error error() const { return timed_out_.cancelled() ? timed_out_.error() : cancel_.error(); }

private:
    CancelToken cancel_;
    CancelToken timed_out_;  ///< Its own: others may work for whoever may cancel.
    const Clock* clock_;
    std::optional<Clock::TimePoint> end_;
};

}  // namespace skald::read

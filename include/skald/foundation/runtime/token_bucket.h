// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/clock.h>

#include <algorithm>
#include <chrono>
#include <optional>

namespace skald {

/// Lets `rate` units a second pass, and up to `burst` at once after a pause. Starts full.
/// Threading: caller locks.
class TokenBucket {
public:
    struct Limit {
        double rate = 0;
        double burst = 0;
    };

    /// Takes `amount` if it is there. More than the burst is never there.
    bool take(double amount, Limit limit, Clock::TimePoint now) {
        if (!filled_at_) {
            tokens_ = limit.burst;
        } else if (now > *filled_at_) {
            const std::chrono::duration<double> passed = now - *filled_at_;
            tokens_ += passed.count() * limit.rate;
        }
        filled_at_ = filled_at_ ? std::max(*filled_at_, now) : now;
        tokens_ = std::min(tokens_, limit.burst);
        if (tokens_ < amount) return false;
        tokens_ -= amount;
        return true;
    }

    /// Puts `amount` back, up to the burst.
    void give(double amount, Limit limit) { tokens_ = std::min(tokens_ + amount, limit.burst); }

private:
    double tokens_ = 0;
    std::optional<Clock::TimePoint> filled_at_;
};

}  // namespace skald

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/task.h>

#include <chrono>
#include <cstdint>

namespace skald {

/// The only source of time, so that a test can run an hour of retries in a millisecond.
/// Threading: thread-safe.
class Clock {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    virtual ~Clock() = default;

    /// Never goes back; for timeouts and rates.
    virtual TimePoint now() const = 0;
    /// Nanoseconds since the epoch; for what is written into data and answers.
    virtual std::int64_t wall_now() const = 0;
    /// Suspends until `wake`, or until the caller is cancelled; no error tells the two apart.
    virtual Task<> sleep_until(TimePoint wake) = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
public:
    TimePoint now() const override;
    std::int64_t wall_now() const override;
    Task<> sleep_until(TimePoint wake) override;
};

}  // namespace skald

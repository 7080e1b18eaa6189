// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/task.h>

#include <memory>

namespace skald {

/// Lets a coroutine sleep until another thread has something for it.
///
/// Threading: `notify` is thread-safe and cheap; one coroutine, on the given executor, waits.
class WakeUp {
public:
    explicit WakeUp(const Executor& executor);

    /// Suspends until `notify` was called since the last wait ended, or until `when`. May end
    /// early.
    Task<> wait_until(Clock::TimePoint when);
    void notify() const;

private:
    struct State;
    /// Shared with what `notify` has posted, which may outlive the object.
    std::shared_ptr<State> state_;
};

}  // namespace skald

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/task.h>

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace skald {

/// A gate for background coroutines: nothing leaks past the owner's `close`.
///
/// Threading: thread-safe.
class TaskGroup {
public:
    ~TaskGroup();

    /// Starts `task` on `executor`. Returns false, and drops the task, once the group is closing.
    /// An exception that leaves the task is a bug and aborts.
    bool spawn(const Executor& executor, Task<> task);
    /// True once `close` was called; long-running tasks look at it.
    bool closing() const;
    /// Refuses new tasks and blocks until the running ones have ended. Never from an I/O thread.
    void close();
    std::size_t running() const;

private:
    void finished();

    mutable std::mutex mutex_;
    std::condition_variable idle_;
    std::size_t running_ = 0;
    bool closing_ = false;
};

}  // namespace skald

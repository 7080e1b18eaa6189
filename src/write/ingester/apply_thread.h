// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace skald::write {

/// Runs jobs one after the other on a thread of its own, in the order in which they were added: the
/// order of the WAL, whose callbacks add them.
/// Threading: thread-safe.
class ApplyThread {
public:
    using Job = std::function<void()>;

    /// `after_batch` runs after each group of jobs that were taken together.
    explicit ApplyThread(Job after_batch);
    /// As `stop`.
    ~ApplyThread() { stop(); }
    ApplyThread(const ApplyThread&) = delete;
    ApplyThread& operator=(const ApplyThread&) = delete;

    void add(Job job);
    /// Runs what was added, then joins the thread. Nothing may be added afterwards.
    void stop();

private:
    void run();

    const Job after_batch_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Job> jobs_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace skald::write

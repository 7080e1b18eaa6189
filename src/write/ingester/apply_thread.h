// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/flow_queue.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace skald::write {

/// Runs jobs one after the other on a thread of its own: those of one flow (tenant) in the order in
/// which they were added, that of the WAL, whose callbacks add them; of several flows the one goes
/// first that has used the thread least, so that few rows do not wait for many of others.
/// Threading: thread-safe.
class ApplyThread {
public:
    using Job = std::function<void()>;

    /// `after_batch` runs when nothing is left to do, and after some jobs if there is always more.
    explicit ApplyThread(Job after_batch);
    /// As `stop`.
    ~ApplyThread() { stop(); }
    ApplyThread(const ApplyThread&) = delete;
    ApplyThread& operator=(const ApplyThread&) = delete;

    void add(std::uint64_t flow, Job job);
    /// Runs after all that was added before it, and before all that is added later.
    void add_barrier(Job job);
    /// Runs what was added, then joins the thread. Nothing may be added afterwards.
    void stop();

private:
    struct Later {
        std::optional<std::uint64_t> flow;  ///< None: a barrier.
        Job job;
    };

    void add(Later later);
    void run();
    bool empty() const { return jobs_.jobs(0) == 0 && later_.empty(); }
    void run_next(std::unique_lock<std::mutex>& hold);

    const Job after_batch_;
    std::mutex mutex_;
    std::condition_variable wake_;
    FlowQueue jobs_{1};
    std::deque<Later> later_;  ///< A barrier, and what was added after it.
    bool idle_ = false;        ///< The thread waits to be woken.
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace skald::write

// SPDX-License-Identifier: Apache-2.0
#include "apply_thread.h"

#include <skald/foundation/runtime/thread_priority.h>

namespace skald::write {

ApplyThread::ApplyThread(Job after_batch)
    : after_batch_(std::move(after_batch)), thread_([this] { run(); }) {}

void ApplyThread::add(Job job) {
    bool first = false;
    {
        const std::lock_guard hold(mutex_);
        first = jobs_.empty();
        jobs_.push_back(std::move(job));
    }
    if (first) wake_.notify_one();
}

void ApplyThread::stop() {
    {
        const std::lock_guard hold(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void ApplyThread::run() {
    prefer_quick_turns();
    std::vector<Job> taken;
    for (;;) {
        {
            std::unique_lock hold(mutex_);
            wake_.wait(hold, [this] { return stopping_ || !jobs_.empty(); });
            if (jobs_.empty()) return;
            taken.swap(jobs_);
        }
        for (Job& job : taken) {
            job();
            job = nullptr;
        }
        taken.clear();
        after_batch_();
    }
}

}  // namespace skald::write

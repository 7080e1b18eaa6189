// SPDX-License-Identifier: Apache-2.0
#include "apply_thread.h"

#include <skald/foundation/runtime/thread_priority.h>

#include <pthread.h>

#include <cstddef>
#include <utility>

namespace skald::write {

namespace {

constexpr std::size_t kBatchMax = 16;

}  // namespace

ApplyThread::ApplyThread(Job after_batch)
    : after_batch_(std::move(after_batch)), thread_([this] { run(); }) {}

void ApplyThread::add(std::uint64_t flow, Job job) {
    add(Later{flow, std::move(job)});
}

void ApplyThread::add_barrier(Job job) {
    add(Later{std::nullopt, std::move(job)});
}

void ApplyThread::add(Later added) {
    bool wake = false;
    {
        const std::lock_guard hold(mutex_);
        if (added.flow && later_.empty())
            jobs_.push(0, *added.flow, std::move(added.job));
        else
            later_.push_back(std::move(added));
        wake = std::exchange(idle_, false);
    }
    if (wake) wake_.notify_one();
}

void ApplyThread::stop() {
    {
        const std::lock_guard hold(mutex_);
        stopping_ = true;
        idle_ = false;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void ApplyThread::run() {
    static_cast<void>(go_first());
    pthread_setname_np(pthread_self(), "apply");
    std::size_t batch = 0;
    std::unique_lock hold(mutex_);
    for (;;) {
        while (!empty() && batch < kBatchMax) {
            run_next(hold);
            ++batch;
        }
        if (batch > 0) {
            hold.unlock();
            after_batch_();
            hold.lock();
            batch = 0;
            continue;
        }
        if (stopping_) return;
        idle_ = true;
        wake_.wait(hold, [this] { return !idle_; });
    }
}

void ApplyThread::run_next(std::unique_lock<std::mutex>& hold) {
    if (jobs_.jobs(0) > 0) {
        FlowQueue::Taken taken = jobs_.pop(0, FlowQueue::now());
        hold.unlock();
        taken.job();
        taken.job = nullptr;
        hold.lock();
        jobs_.finished(taken, FlowQueue::now());
        return;
    }
    // It stays in its place while it runs: what is added meanwhile comes after it.
    const Job barrier = std::move(later_.front().job);
    hold.unlock();
    barrier();
    hold.lock();
    later_.pop_front();
    while (!later_.empty() && later_.front().flow) {
        jobs_.push(0, *later_.front().flow, std::move(later_.front().job));
        later_.pop_front();
    }
}

}  // namespace skald::write

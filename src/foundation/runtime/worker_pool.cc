// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/assert.h>
#include <skald/foundation/runtime/worker_pool.h>

#include <pthread.h>

#include <algorithm>

namespace skald {

namespace {

/// A lane with weight w advances its virtual time by kStrideUnit / w for each job.
constexpr std::uint64_t kStrideUnit = 1U << 20;

}  // namespace

WorkerPool::WorkerPool(Options options) {
    for (std::size_t i = 0; i < kLaneCount; ++i)
        queues_[i].stride = kStrideUnit / std::max<std::uint32_t>(1, options.weights[i]);
    const std::size_t count = std::max<std::size_t>(1, options.threads);
    for (std::size_t i = 0; i < count; ++i) {
        threads_.emplace_back([this, i] { run(i); });
        const std::string name = (options.name + "-" + std::to_string(i)).substr(0, 15);
        pthread_setname_np(threads_.back().native_handle(), name.c_str());
    }
}

WorkerPool::~WorkerPool() {
    stop();
}

void WorkerPool::post(Lane lane, Job job) {
    {
        std::lock_guard hold(mutex_);
        SKALD_ASSERT(!threads_.empty());
        Queue& queue = queues_[static_cast<std::size_t>(lane)];
        // A lane that was idle does not get to make up for the time it did not need.
        if (queue.jobs.empty()) queue.pass = std::max(queue.pass, virtual_time_);
        queue.jobs.push_back(std::move(job));
    }
    wake_.notify_one();
}

void WorkerPool::set_weight(Lane lane, std::uint32_t weight) {
    std::lock_guard hold(mutex_);
    queues_[static_cast<std::size_t>(lane)].stride =
        kStrideUnit / std::max<std::uint32_t>(1, weight);
}

std::size_t WorkerPool::queued(Lane lane) const {
    std::lock_guard hold(mutex_);
    return queues_[static_cast<std::size_t>(lane)].jobs.size();
}

void WorkerPool::stop() {
    {
        std::lock_guard hold(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_)
        if (thread.joinable()) thread.join();
}

WorkerPool::Queue* WorkerPool::next_queue() {
    Queue* next = nullptr;
    for (Queue& queue : queues_)
        if (!queue.jobs.empty() && (next == nullptr || queue.pass < next->pass)) next = &queue;
    return next;
}

void WorkerPool::run(std::size_t) {
    std::unique_lock hold(mutex_);
    for (;;) {
        Queue* queue = next_queue();
        if (queue == nullptr) {
            if (stopping_) return;
            wake_.wait(hold);
            continue;
        }
        Job job = std::move(queue->jobs.front());
        queue->jobs.pop_front();
        virtual_time_ = queue->pass;
        queue->pass += queue->stride;
        hold.unlock();
        job();
        job = nullptr;  // What it holds is released outside the lock.
        hold.lock();
    }
}

}  // namespace skald

// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/assert.h>
#include <skald/foundation/runtime/blocking.h>
#include <skald/foundation/runtime/thread_priority.h>
#include <skald/foundation/runtime/worker_pool.h>

#include <pthread.h>

#include <algorithm>
#include <chrono>

namespace skald {

namespace {

/// A lane with weight w advances its virtual time by kStrideUnit / w for each job.
constexpr std::uint64_t kStrideUnit = 1U << 20;

/// About a third of the share of a worker, and those preempt it when they wake up.
constexpr int kBackgroundNice = 7;
/// The threads of the network and of the log work for microseconds at a time: they go first.
constexpr int kWorkerNice = 2;

/// The least that a job costs its flow, in nanoseconds.
constexpr std::uint64_t kJobNanos = 20'000;
constexpr std::size_t kIdleFlowsMax = 1024;

/// Workers that may wait at a time, all of them in queries: others always find a thread.
constexpr std::size_t kBlockedMax = 32;

/// The pool whose worker this thread is, and how deep it is in `Blocking`s.
thread_local WorkerPool* pool_of_thread = nullptr;
thread_local int blocking_depth = 0;

std::uint64_t stride_of(std::uint32_t weight) {
    return kStrideUnit / std::max<std::uint32_t>(1, weight);
}

}  // namespace

WorkerPool::WorkerPool(Options options)
    : workers_serve_background_(options.background_threads == 0),
      background_stride_(stride_of(options.weights[static_cast<std::size_t>(Lane::kBackground)])),
      background_count_(options.background_threads),
      express_count_(options.express_threads),
      workers_count_(std::max<std::size_t>(1, options.threads)),
      name_(options.name) {
    for (std::size_t i = 0; i < kLaneCount; ++i) queues_[i].stride = stride_of(options.weights[i]);
    start(Role::kWorker, name_, workers_count_);
    start(Role::kBackground, "background", background_count_);
    start(Role::kExpress, "express", express_count_);
}

WorkerPool::~WorkerPool() {
    stop();
}

void WorkerPool::start(Role role, const std::string& name, std::size_t count) {
    std::vector<std::thread>& threads = threads_of(role);
    for (std::size_t i = 0; i < count; ++i) {
        threads.emplace_back([this, role] { run(role); });
        const std::string numbered =
            (name + "-" + std::to_string(threads.size() - 1)).substr(0, 15);
        pthread_setname_np(threads.back().native_handle(), numbered.c_str());
    }
}

std::condition_variable& WorkerPool::wake_of(Role role) {
    switch (role) {
        case Role::kBackground: return wake_background_;
        case Role::kExpress: return wake_express_;
        case Role::kWorker: break;
    }
    return wake_;
}

std::vector<std::thread>& WorkerPool::threads_of(Role role) {
    switch (role) {
        case Role::kBackground: return background_threads_;
        case Role::kExpress: return express_threads_;
        case Role::kWorker: break;
    }
    return threads_;
}

void WorkerPool::Queue::push(std::uint64_t flow, Job job) {
    Flow& of = flows[flow];
    if (of.jobs.empty()) {
        // A flow that was idle does not get to make up for the time it did not need.
        of.used = std::max(of.used, used);
        ready.emplace(of.used, flow);
    }
    of.jobs.push_back(std::move(job));
    ++jobs;
}

std::pair<std::uint64_t, WorkerPool::Job> WorkerPool::Queue::pop() {
    const auto [its_used, flow] = *ready.begin();
    ready.erase(ready.begin());
    used = its_used;
    Flow& of = flows[flow];
    Job job = std::move(of.jobs.front());
    of.jobs.pop_front();
    --jobs;
    ++of.running;
    // What it will have used is known later; until then it must not look as if it were nothing.
    of.used += kJobNanos;
    if (!of.jobs.empty()) ready.emplace(of.used, flow);
    return {flow, std::move(job)};
}

void WorkerPool::Queue::charge(std::uint64_t flow, std::uint64_t nanoseconds) {
    const auto found = flows.find(flow);
    if (found == flows.end()) return;
    Flow& of = found->second;
    --of.running;
    const bool waits = !of.jobs.empty();
    if (waits) ready.erase({of.used, flow});
    of.used += std::max(nanoseconds, kJobNanos) - kJobNanos;
    if (waits) {
        ready.emplace(of.used, flow);
    } else if (flows.size() > kIdleFlowsMax) {
        // Those that are not ahead of the others have nothing to be remembered for.
        std::erase_if(flows, [this](const auto& each) {
            return each.second.jobs.empty() && each.second.running == 0 && each.second.used <= used;
        });
    }
}

void WorkerPool::post(Turn turn, Job job) {
    const Lane lane = turn.lane;
    bool to_workers = true;
    bool to_express = false;
    {
        std::lock_guard hold(mutex_);
        SKALD_ASSERT(!threads_.empty());
        Queue& queue = queue_of(lane);
        // A lane that was idle does not get to make up for the time it did not need.
        if (queue.empty()) queue.pass = std::max(queue.pass, virtual_time_);
        queue.push(turn.flow, std::move(job));
        to_workers = lane != Lane::kBackground || workers_serve_background_;
        to_express = lane != Lane::kBackground && express_count_ > 0 && running_ >= workers_count_;
    }
    if (to_express) wake_express_.notify_one();
    if (to_workers) wake_.notify_one();
    if (lane == Lane::kBackground && background_count_ > 0) wake_background_.notify_one();
}

void WorkerPool::set_weight(Lane lane, std::uint32_t weight) {
    {
        std::lock_guard hold(mutex_);
        queue_of(lane).stride = stride_of(weight);
        const bool urgent = queue_of(Lane::kBackground).stride < background_stride_;
        workers_serve_background_ = background_count_ == 0 || urgent;
    }
    wake_.notify_all();
}

std::size_t WorkerPool::queued(Lane lane) const {
    std::lock_guard hold(mutex_);
    return queues_[static_cast<std::size_t>(lane)].jobs;
}

bool WorkerPool::others_wait(Turn turn) const {
    std::lock_guard hold(mutex_);
    for (const Lane lane : {Lane::kIngest, Lane::kQuery}) {
        const Queue& queue = queues_[static_cast<std::size_t>(lane)];
        const std::size_t own = lane == turn.lane && queue.flows.contains(turn.flow)
                                    ? queue.flows.at(turn.flow).jobs.size()
                                    : 0;
        if (queue.jobs > own) return true;
    }
    return false;
}

void WorkerPool::stop() {
    {
        std::lock_guard hold(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    wake_background_.notify_all();
    wake_express_.notify_all();
    for (std::vector<std::thread>* threads : {&threads_, &background_threads_, &express_threads_})
        for (std::thread& thread : *threads)
            if (thread.joinable()) thread.join();
}

/// Null if there is nothing for such a thread.
WorkerPool::Queue* WorkerPool::next_queue(Role role) {
    Queue& background = queue_of(Lane::kBackground);
    if (role == Role::kBackground) return background.empty() ? nullptr : &background;
    if (role == Role::kExpress) return next_express_queue();
    const bool all = workers_serve_background_ || stopping_;
    Queue* next = nullptr;
    for (Queue& queue : queues_) {
        if (queue.empty() || (&queue == &background && !all) || !may_run(queue)) continue;
        if (next == nullptr || queue.pass < next->pass) next = &queue;
    }
    return next;
}

/// The flow that is next in the lane's order goes, or none: an express thread favours nobody.
WorkerPool::Queue* WorkerPool::next_express_queue() {
    // A worker takes it.
    if (express_count_ == 0 || running_ < workers_count_) return nullptr;
    Queue* next = nullptr;
    for (const Lane lane : {Lane::kIngest, Lane::kQuery}) {
        Queue& queue = queue_of(lane);
        if (queue.empty() || queue.flows.at(queue.ready.begin()->second).running > 0) continue;
        if (next == nullptr || queue.pass < next->pass) next = &queue;
    }
    return next;
}

/// Whether a worker may begin a job of the queue now.
bool WorkerPool::may_run(const Queue& queue) const {
    if (running_ >= workers_count_) return false;
    const bool is_query = &queue == &queues_[static_cast<std::size_t>(Lane::kQuery)];
    return !is_query || queries_ < std::max(kBlockedMax, workers_count_);
}

void WorkerPool::begin_blocking() {
    {
        std::lock_guard hold(mutex_);
        --running_;
        if (idle_ == 0) add_spare();
    }
    wake_.notify_one();
}

void WorkerPool::end_blocking() {
    std::lock_guard hold(mutex_);
    ++running_;
}

/// Under the lock.
void WorkerPool::add_spare() {
    if (stopping_ || threads_.size() >= workers_count_ + std::max(kBlockedMax, workers_count_))
        return;
    start(Role::kWorker, name_, 1);
}

Blocking::Blocking() {
    if (blocking_depth++ == 0 && pool_of_thread != nullptr) pool_of_thread->begin_blocking();
}

Blocking::~Blocking() {
    if (--blocking_depth == 0 && pool_of_thread != nullptr) pool_of_thread->end_blocking();
}

void WorkerPool::run(Role role) {
    if (role == Role::kBackground) lower_thread_priority(kBackgroundNice);
    if (role == Role::kWorker) lower_thread_priority(kWorkerNice);
    if (role == Role::kExpress) prefer_quick_turns();
    if (role == Role::kWorker) pool_of_thread = this;
    std::condition_variable& wake = wake_of(role);
    std::unique_lock hold(mutex_);
    for (;;) {
        Queue* queue = next_queue(role);
        if (queue == nullptr) {
            if (stopping_) return;
            idle_ += role == Role::kWorker ? 1U : 0U;
            wake.wait(hold);
            idle_ -= role == Role::kWorker ? 1U : 0U;
            continue;
        }
        auto [flow, job] = queue->pop();
        const std::size_t is_query = queue == &queue_of(Lane::kQuery) ? 1 : 0;
        // Apart from the workers' turns the background threads' jobs cost the lane nothing.
        if (role == Role::kWorker) {
            virtual_time_ = queue->pass;
            queue->pass += queue->stride;
            ++running_;
            queries_ += is_query;
            if (next_express_queue() != nullptr) wake_express_.notify_one();
        }
        hold.unlock();
        const auto started = std::chrono::steady_clock::now();
        job();
        job = nullptr;  // What it holds is released outside the lock.
        const auto took = std::chrono::steady_clock::now() - started;
        hold.lock();
        queue->charge(flow, static_cast<std::uint64_t>(std::chrono::nanoseconds(took).count()));
        if (role == Role::kWorker) {
            --running_;
            queries_ -= is_query;
        }
    }
}

}  // namespace skald

// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/assert.h>
#include <skald/foundation/runtime/blocking.h>
#include <skald/foundation/runtime/thread_priority.h>
#include <skald/foundation/runtime/worker_pool.h>

#include <pthread.h>

#include <algorithm>

namespace skald {

namespace {

/// A lane with weight w advances its virtual time by kStrideUnit / w for each job.
constexpr std::uint64_t kStrideUnit = 1U << 20;

/// About a third of the share of a worker, and those preempt it when they wake up.
constexpr int kBackgroundNice = 15;

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
    for (std::size_t i = 0; i < kLaneCount; ++i) shares_[i].stride = stride_of(options.weights[i]);
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

void WorkerPool::post(Turn turn, Job job) {
    const Lane lane = turn.lane;
    const bool is_background = lane == Lane::kBackground;
    bool to_workers = true;
    bool to_express = false;
    {
        std::lock_guard hold(mutex_);
        SKALD_ASSERT(!threads_.empty());
        // A lane that was idle does not get to make up for the time it did not need.
        Share& share = share_of(lane);
        if (jobs(lane) == 0) share.pass = std::max(share.pass, virtual_time_);
        queue_of(lane).push(place_of(lane), turn.flow, std::move(job));
        to_express = !is_background && is_for_express(lane);
        // One is enough, and the express threads come sooner.
        to_workers = is_background ? workers_serve_background_ : !to_express || idle_express_ == 0;
    }
    if (to_express) wake_express_.notify_one();
    if (to_workers) wake_.notify_one();
    if (is_background && background_count_ > 0) wake_background_.notify_one();
}

void WorkerPool::make_way() {
    offer_processor();
    right_of_way_.give();
}

void WorkerPool::set_weight(Lane lane, std::uint32_t weight) {
    {
        std::lock_guard hold(mutex_);
        share_of(lane).stride = stride_of(weight);
        const bool urgent = share_of(Lane::kBackground).stride < background_stride_;
        workers_serve_background_ = background_count_ == 0 || urgent;
    }
    wake_.notify_all();
}

std::size_t WorkerPool::queued(Lane lane) const {
    std::lock_guard hold(mutex_);
    return jobs(lane);
}

bool WorkerPool::others_wait(Turn turn) const {
    std::lock_guard hold(mutex_);
    for (const Lane lane : {Lane::kIngest, Lane::kQuery}) {
        const std::size_t own =
            lane == turn.lane ? requests_.jobs_of(place_of(lane), turn.flow) : 0;
        if (jobs(lane) > own) return true;
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

/// None if there is nothing for such a thread.
std::optional<Lane> WorkerPool::next_lane(Role role) const {
    if (role == Role::kExpress) return next_express_lane();
    if (role == Role::kBackground)
        return jobs(Lane::kBackground) == 0 ? std::nullopt : std::optional(Lane::kBackground);
    std::optional<Lane> next;
    for (const Lane lane : {Lane::kIngest, Lane::kQuery, Lane::kBackground}) {
        if (jobs(lane) == 0 || !may_run(lane)) continue;
        if (!next || share_of(lane).pass < share_of(*next).pass) next = lane;
    }
    return next;
}

std::optional<Lane> WorkerPool::next_express_lane() const {
    std::optional<Lane> next;
    for (const Lane lane : {Lane::kIngest, Lane::kQuery}) {
        if (!is_for_express(lane)) continue;
        if (!next || share_of(lane).pass < share_of(*next).pass) next = lane;
    }
    return next;
}

/// Whether the flow that is next in the lane's order is one for an express thread. Those favour
/// nobody else.
bool WorkerPool::is_for_express(Lane lane) const {
    if (express_count_ == 0) return false;
    const std::size_t place = place_of(lane);
    return requests_.next_is_light(place) ||
           (running_ >= workers_count_ && requests_.next_may_join(place, FlowQueue::now()));
}

/// Whether a worker may begin a job of the lane now.
bool WorkerPool::may_run(Lane lane) const {
    if (running_ >= workers_count_) return false;
    if (lane == Lane::kBackground) return workers_serve_background_ || stopping_;
    return lane != Lane::kQuery || queries_ < std::max(kBlockedMax, workers_count_);
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
    std::size_t* const idle = role == Role::kWorker    ? &idle_
                              : role == Role::kExpress ? &idle_express_
                                                       : nullptr;
    std::unique_lock hold(mutex_);
    for (;;) {
        const std::optional<Lane> lane = next_lane(role);
        if (lane) {
            run_job(role, *lane, hold);
            continue;
        }
        if (stopping_) return;
        // It was woken in a worker's stead; what it doesn't take is the worker's.
        if (role == Role::kExpress && idle_ > 0 && next_lane(Role::kWorker)) wake_.notify_one();
        if (idle != nullptr) ++*idle;
        wake.wait(hold);
        if (idle != nullptr) --*idle;
    }
}

void WorkerPool::run_job(Role role, Lane lane, std::unique_lock<std::mutex>& hold) {
    FlowQueue::Taken taken = queue_of(lane).pop(place_of(lane), FlowQueue::now());
    const std::size_t is_query = lane == Lane::kQuery ? 1 : 0;
    // Apart from the workers' turns the background threads' jobs cost the lane nothing.
    if (role == Role::kWorker) {
        Share& share = share_of(lane);
        virtual_time_ = share.pass;
        share.pass += share.stride;
        ++running_;
        queries_ += is_query;
        if (idle_express_ > 0 && next_express_lane()) wake_express_.notify_one();
    }
    if (role == Role::kExpress && idle_ > 0 && next_lane(Role::kWorker)) wake_.notify_one();
    hold.unlock();
    taken.job();
    taken.job = nullptr;  // What it holds is released outside the lock.
    const FlowQueue::Time ended = FlowQueue::now();
    if (role != Role::kExpress) make_way();
    hold.lock();
    queue_of(lane).finished(taken, ended);
    if (role != Role::kWorker) return;
    --running_;
    queries_ -= is_query;
}

}  // namespace skald

// SPDX-License-Identifier: Apache-2.0
#include "publisher.h"

#include "shutting_down.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/runtime/thread_priority.h>
#include <skald/foundation/telemetry/log.h>

#include <pthread.h>

#include <algorithm>
#include <chrono>

namespace skald::write {
namespace {

constexpr std::chrono::seconds kFirstRetry{1};
constexpr std::chrono::seconds kLastRetry{60};

Clock::TimePoint::duration retry_delay(std::uint64_t failures) {
    const std::uint64_t doublings = std::min<std::uint64_t>(failures - 1, 6);
    return std::min<std::chrono::seconds>(kFirstRetry * (1U << doublings), kLastRetry);
}

}  // namespace

Publisher::Publisher(Parts parts, SegmentFill fill)
    : parts_(parts), fill_(fill), thread_([this] { run(); }) {}

void Publisher::add(std::shared_ptr<Memtable> memtable) {
    {
        const std::lock_guard hold(mutex_);
        queue_.push_back(std::move(memtable));
        parts_.metrics.flush_queue_length.set(static_cast<double>(queue_.size()));
    }
    changed_.notify_all();
}

void Publisher::retire_later(std::uint64_t generation) {
    {
        const std::lock_guard hold(mutex_);
        to_retire_.insert(generation);
        retire_now_ = true;
    }
    changed_.notify_all();
}

void Publisher::tick() {
    {
        const std::lock_guard hold(mutex_);
        retire_now_ = !to_retire_.empty();
    }
    changed_.notify_all();
}

Result<void> Publisher::drain() {
    std::unique_lock hold(mutex_);
    if (queue_.empty()) return {};
    const std::uint64_t last = queue_.back()->id().number;
    const std::uint64_t before = attempts_;
    ++drains_;
    retry_at_ = {};
    changed_.notify_all();
    changed_.wait(hold, [&] {
        return stopping_ || queue_.empty() || queue_.front()->id().number > last ||
               failed_attempt_ > before;
    });
    if (queue_.empty() || queue_.front()->id().number > last) return {};
    if (stopping_) return shutting_down();
    return last_error_;
}

void Publisher::stop() {
    {
        const std::lock_guard hold(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Publisher::run() {
    lower_thread_priority(kWorkerNice);
    pthread_setname_np(pthread_self(), "publisher");
    std::unique_lock hold(mutex_);
    for (;;) {
        const auto due = [this] { return !queue_.empty() && parts_.clock.now() >= retry_at_; };
        changed_.wait(hold, [&] { return stopping_ || retire_now_ || due(); });
        if (stopping_) return;
        if (retire_now_) {
            retire_now_ = false;
            hold.unlock();
            retire_ready();
            hold.lock();
            continue;
        }
        const std::shared_ptr<Memtable> memtable = queue_.front();
        const std::uint64_t attempt = ++attempts_;
        const std::uint64_t drains = drains_;
        hold.unlock();
        Result<void> published = publish(memtable);
        hold.lock();
        if (published) {
            if (failures_ > 0) log_info("publishing works again");
            failures_ = 0;
            retry_at_ = {};
            queue_.pop_front();
            parts_.metrics.flush_queue_length.set(static_cast<double>(queue_.size()));
        } else {
            failed_attempt_ = attempt;
            failed(*memtable, published.error());
            // Somebody asked for an attempt while this one ran.
            if (drains != drains_) retry_at_ = {};
        }
        changed_.notify_all();
    }
}

/// Under mutex_. Logged once for a row of failures.
void Publisher::failed(const Memtable& memtable, const Error& error) {
    last_error_ = error;
    if (stopping_) return;
    ++failures_;
    retry_at_ = parts_.clock.now() + retry_delay(failures_);
    parts_.metrics.flush_failures.add();
    if (failures_ > 1) return;
    log_error(
        "a generation could not be published; its rows stay in memory and in the log, and it "
        "will be tried again",
        {{"generation", memtable.id().number},
         {"err", error.message},
         {"do",
          "make room on the disk or look after the object store; if memory is used up until "
          "then, pushes get 503"}});
}

Result<void> Publisher::publish(const std::shared_ptr<Memtable>& memtable) {
    const std::uint64_t number = memtable->id().number;
    parts_.sealer.wait_sealed(number);
    const Clock::TimePoint start = parts_.clock.now();
    FlushedBlocks flushed;
    const auto fill = [&](storage::SegmentWriter& writer) -> Result<void> {
        SKALD_TRY(flushed, fill_.write(*memtable, parts_.sealer.workers(), stopping_, writer));
        return {};
    };
    SKALD_CHECK(parts_.store.publish(memtable->id(), fill));
    parts_.live.erase(number);
    const std::chrono::duration<double> seconds = parts_.clock.now() - start;
    parts_.metrics.flush_seconds.observe(seconds.count());
    const std::uint64_t blocks = parts_.metrics.count_flushed(
        flushed, memtable->end_reason, fill_.block_bytes, parts_.clock.wall_now());
    log_info("generation published", {{"generation", number},
                                      {"reason", memtable->end_reason},
                                      {"rows", memtable->rows()},
                                      {"blocks", blocks},
                                      {"seconds", seconds.count()}});
    {
        const std::lock_guard hold(mutex_);
        to_retire_.insert(number);
    }
    retire_ready();
    return {};
}

/// Removes the WAL files that are not needed any more. What fails is tried again at the next tick:
/// a file too many costs space, and replay skips it.
void Publisher::retire_ready() {
    std::set<std::uint64_t> ready;
    {
        const std::lock_guard hold(mutex_);
        ready = to_retire_;
    }
    for (const std::uint64_t number : ready) {
        if (!parts_.wal.remove(number)) continue;
        const std::lock_guard hold(mutex_);
        to_retire_.erase(number);
    }
}

}  // namespace skald::write

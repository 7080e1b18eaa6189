// SPDX-License-Identifier: Apache-2.0
#include "slow_removal.h"

#include <skald/foundation/runtime/thread_priority.h>
#include <skald/foundation/telemetry/log.h>

#include <pthread.h>

#include <chrono>
#include <memory>
#include <utility>

namespace skald::storage {
namespace {

constexpr std::uint64_t kAtOnce = 4U << 20;
constexpr std::uint64_t kPiece = 1U << 20;
/// With what a piece takes it makes some 800 MiB a second, more than any log grows by.
constexpr std::chrono::milliseconds kPause{1};

}  // namespace

SlowRemoval::~SlowRemoval() {
    {
        const std::lock_guard hold(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

Result<void> SlowRemoval::remove(const std::string& path) {
    const Result<std::unique_ptr<RandomAccessFile>> file = files_.open_read(path);
    if (!file || (*file)->size() <= kAtOnce) return files_.remove(path);
    {
        const std::lock_guard hold(mutex_);
        queue_.push_back(path);
        if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    }
    changed_.notify_all();
    return {};
}

void SlowRemoval::run() {
    lower_thread_priority(kWorkerNice);
    pthread_setname_np(pthread_self(), "wal-removal");
    std::unique_lock hold(mutex_);
    for (;;) {
        changed_.wait(hold, [this] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) return;
        const std::string path = std::move(queue_.front());
        queue_.pop_front();
        hold.unlock();
        shrink(path);
        const Result<void> removed = files_.remove(path);
        if (!removed && removed.error().code != ErrorCode::kNotFound)
            log_warn("could not remove a write-ahead log file; the next start does",
                     {{"file", path}, {"err", removed.error().message}});
        hold.lock();
    }
}

/// Best effort: what can't be cut goes at once.
void SlowRemoval::shrink(const std::string& path) {
    const Result<std::unique_ptr<WritableFile>> file = files_.open_append(path);
    if (!file) return;
    for (std::uint64_t size = (*file)->size(); size > kPiece && !pause();) {
        size -= kPiece;
        if (!(*file)->truncate(size)) return;
    }
}

bool SlowRemoval::pause() {
    std::unique_lock hold(mutex_);
    return changed_.wait_for(hold, kPause, [this] { return stopping_; });
}

}  // namespace skald::storage

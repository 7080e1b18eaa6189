// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "message_source.h"

#include <condition_variable>
#include <mutex>

namespace skald::api {

/// A connection that only notes that there is something new. Threading: thread-safe.
class TestSink final : public MessageSink {
public:
    explicit TestSink(const Executor& executor) : executor_(executor) {}

    void wake() override {
        const std::lock_guard hold(mutex_);
        woken_ = true;
        wake_.notify_one();
    }
    void pump() override { wake(); }
    Executor executor() override { return executor_; }
    /// Until it is woken, or at once if it was since the last call.
    void wait() {
        std::unique_lock hold(mutex_);
        wake_.wait(hold, [this] { return woken_; });
        woken_ = false;
    }

private:
    const Executor executor_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool woken_ = false;
};

}  // namespace skald::api

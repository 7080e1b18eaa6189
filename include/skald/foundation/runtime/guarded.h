// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <utility>

namespace skald {

/// A value that can be reached only while its lock is held. Never hold the lock across co_await.
/// Threading: thread-safe.
template <class T>
class Guarded {
public:
    /// The lock and the way to the value in one; unlocks at the end of its scope.
    class Locked {
    public:
        Locked(std::mutex& mutex, T& value) : lock_(mutex), value_(value) {}
        T* operator->() { return &value_; }
        T& operator*() { return value_; }
        /// For condition variables.
        std::unique_lock<std::mutex>& lock() { return lock_; }

    private:
        std::unique_lock<std::mutex> lock_;
        T& value_;
    };

    Guarded() = default;
    explicit Guarded(T value) : value_(std::move(value)) {}

    Locked lock() { return Locked(mutex_, value_); }
    /// Runs `use(value)` under the lock.
    template <class F>
    auto with(F&& use) {
        std::lock_guard hold(mutex_);
        return std::forward<F>(use)(value_);
    }
    template <class F>
    auto with(F&& use) const {
        std::lock_guard hold(mutex_);
        return std::forward<F>(use)(static_cast<const T&>(value_));
    }

private:
    mutable std::mutex mutex_;
    T value_{};
};

}  // namespace skald

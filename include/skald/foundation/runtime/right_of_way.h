// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace skald {

/// Threads that work long stand still when something short that others wait for is late: the sync
/// of the log. Once it is with the kernel, threads of the kernel's own have to run before it ends,
/// and where all processors are busy with one process, Linux now and then lets them wait for
/// several milliseconds, whatever priority that process's threads have among themselves; offering
/// the processor (`offer_processor`) changes nothing, leaving it does.
/// Threading: thread-safe. Of several claims at a time the last one counts.
class RightOfWay {
public:
    using Duration = std::chrono::steady_clock::duration;

    struct Options {
        /// Late is what takes longer than twice the usual time and this.
        Duration grace = std::chrono::microseconds(200);
        /// What takes longer still is slow for another reason.
        Duration stand_max = std::chrono::milliseconds(1);
    };

    /// Says, as long as it lives, that something short runs. Without a `way` it means nothing.
    class Claim {
    public:
        explicit Claim(RightOfWay* way);
        ~Claim();
        Claim(const Claim&) = delete;
        Claim& operator=(const Claim&) = delete;

    private:
        RightOfWay* const way_;
        const std::chrono::steady_clock::time_point begin_;
    };

    RightOfWay() : RightOfWay(Options{}) {}
    explicit RightOfWay(Options options) : options_(options) {}

    /// For threads that work long, some thousand times a second: returns at once, or, while a claim
    /// is late, when it has ended.
    void give();
    /// Threads that stand still.
    std::size_t standing() const;

private:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr Duration::rep kNever = Duration::max().count();

    void begin(Time now);
    void end(Duration took);

    const Options options_;
    /// When the claim that there is becomes late, since the clock's epoch. Changed under the mutex.
    std::atomic<Duration::rep> late_at_{kNever};
    mutable std::mutex mutex_;
    Duration usual_{0};  ///< Moving average of what claims took. Under the mutex.
    std::condition_variable ended_;
    std::size_t standing_ = 0;
};

}  // namespace skald

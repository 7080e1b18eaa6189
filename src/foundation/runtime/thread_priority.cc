// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/runtime/thread_priority.h>

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <thread>

namespace skald {
namespace {

/// The shortest piece that Linux gives.
constexpr std::uint64_t kQuickTurnNanos = 100'000;
/// Who offers the processor gives away what is left of a piece: with the system's own pieces of
/// some milliseconds half of the thread's share, if others always want to run.
constexpr std::uint64_t kOfferedTurnNanos = 300'000;

/// SCHED_FLAG_RESET_ON_FORK: threads that the thread starts run like others. Who has it once and no
/// privilege must ask for it each time: the system refuses to take it away, and all else with it.
constexpr std::uint64_t kNotInherited = 1;

/// What sched_setattr(2) takes, for which the C library has no declaration.
struct SchedulingAttributes {
    std::uint32_t size = sizeof(SchedulingAttributes);
    std::uint32_t policy = SCHED_OTHER;
    std::uint64_t flags = kNotInherited;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 0;  ///< The length of a piece, since Linux 6.12.
    std::uint64_t deadline = 0;
    std::uint64_t period = 0;
};
static_assert(sizeof(SchedulingAttributes) == 48);

bool ask_for(const SchedulingAttributes& wanted) noexcept {
    return ::syscall(SYS_sched_setattr, 0, &wanted, 0) == 0;
}

void ask_for_turns_of(std::uint64_t nanos) noexcept {
    SchedulingAttributes wanted;
    wanted.nice = ::getpriority(PRIO_PROCESS, 0);
    wanted.runtime = nanos;
    static_cast<void>(ask_for(wanted));
}

/// Looking at the clock costs as much as a small piece of work.
constexpr unsigned kPiecesPerLook = 16;
/// For so long a thread may take all of a processor before others...
constexpr std::int64_t kWindowNanos = 10'000'000;
/// ...and for so long it is like them then.
constexpr std::int64_t kLongWindowNanos = 100'000'000;

std::int64_t nanos_of(clockid_t clock) noexcept {
    timespec time{};
    static_cast<void>(::clock_gettime(clock, &time));
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

void lower_thread_priority(int nice) noexcept {
    static_cast<void>(::setpriority(PRIO_PROCESS, 0, nice));
    ask_for_turns_of(kOfferedTurnNanos);
}

void offer_processor() noexcept {
    std::this_thread::yield();
}

void prefer_quick_turns() noexcept {
    ask_for_turns_of(kQuickTurnNanos);
}

bool go_first() noexcept {
    SchedulingAttributes wanted;
    wanted.policy = SCHED_RR;
    wanted.priority = 1;
    if (ask_for(wanted)) return true;
    prefer_quick_turns();
    return false;
}

FirstWhileModest::FirstWhileModest()
    : goes_first_(go_first()),
      is_allowed_(goes_first_),
      wall_(nanos_of(CLOCK_MONOTONIC)),
      processor_(nanos_of(CLOCK_THREAD_CPUTIME_ID)) {}

void FirstWhileModest::look() noexcept {
    if (!is_allowed_ || ++looks_ % kPiecesPerLook != 0) return;
    const std::int64_t wall = nanos_of(CLOCK_MONOTONIC);
    const std::int64_t window = goes_first_ ? kWindowNanos : kLongWindowNanos;
    if (wall - wall_ < window) return;
    const std::int64_t processor = nanos_of(CLOCK_THREAD_CPUTIME_ID);
    const bool is_modest = (processor - processor_) * 2 < wall - wall_;
    if (is_modest != goes_first_) {
        if (!is_modest) prefer_quick_turns();
        goes_first_ = is_modest && go_first();
    }
    wall_ = wall;
    processor_ = processor;
}

}  // namespace skald

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace skald {

// All are for the calling thread, and a wish: where the system does not know it or does not allow
// it, the thread runs like the others.

/// What workers have, and others that work as long. The threads of the network and of the log work
/// for microseconds at a time and go first; one of nearly the same weight would now and then be
/// kept waiting by a worker up to the next tick of the kernel, which is 4 ms.
inline constexpr int kWorkerNice = 10;

/// For threads that work long and offer their processor now and then: others come before this one,
/// the more the higher `nice` is (0 to 19).
void lower_thread_priority(int nice) noexcept;

/// For threads that work for microseconds and then wait: the thread gets the same share of the
/// processor, but in short pieces, and runs soon after it is woken, even if threads with long
/// pieces are on all cores.
void prefer_quick_turns() noexcept;

/// For threads whose work everybody waits for, and which cannot take much of a processor, because
/// they wait for a disk most of the time: the thread runs whenever it wants to, before all threads
/// of ordinary priority in the system (SCHED_RR). The system allows it to root, and to processes
/// with CAP_SYS_NICE or a limit `rtprio`; without that it is `prefer_quick_turns`, and false.
bool go_first() noexcept;

/// For threads whose work is short as a rule, but may be made to take a whole processor by those
/// who send it: the thread goes first while it takes less than half of one, else it runs with
/// quick turns. Threading: lives on its thread.
class FirstWhileModest {
public:
    FirstWhileModest();
    /// Between two pieces of work.
    void look() noexcept;

private:
    bool goes_first_;
    const bool is_allowed_;
    unsigned looks_ = 0;
    std::int64_t wall_;       ///< When the running window began, ns.
    std::int64_t processor_;  ///< Time that the thread had had by then, ns.
};

/// For threads that work long, between two pieces of work: whoever waits for this processor goes
/// first. Linux protects the turn of a thread that has begun to run, and looks at it again with the
/// next timer tick (4 ms with 250 Hz), however little the threads want that were woken meanwhile.
void offer_processor() noexcept;

}  // namespace skald

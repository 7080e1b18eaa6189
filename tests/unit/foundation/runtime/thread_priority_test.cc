// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/runtime/thread_priority.h>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>

#include <thread>

namespace skald {
namespace {

int niceness() {
    return ::getpriority(PRIO_PROCESS, 0);
}

TEST(ThreadPriority, IsTheCallingThreadsAlone) {
    const int before = niceness();
    std::thread([before] {
        lower_thread_priority(before + 1);
        EXPECT_EQ(niceness(), before + 1);
    }).join();
    EXPECT_EQ(niceness(), before);
}

TEST(ThreadPriority, QuickTurnsLeaveTheShareAsItIs) {
    const int before = niceness();
    std::thread([before] {
        lower_thread_priority(before + 1);
        prefer_quick_turns();
        EXPECT_EQ(niceness(), before + 1);
    }).join();
}

TEST(ThreadPriority, WhoGoesFirstStartsThreadsThatRunLikeOthers) {
    std::thread([] {
        go_first();
        const int policy = ::sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
        EXPECT_TRUE(policy == SCHED_RR || policy == SCHED_OTHER) << policy;
        std::thread([] { EXPECT_EQ(::sched_getscheduler(0), SCHED_OTHER); }).join();
    }).join();
    EXPECT_EQ(::sched_getscheduler(0), SCHED_OTHER);
}

}  // namespace
}  // namespace skald

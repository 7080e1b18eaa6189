// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/runtime/thread_priority.h>

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
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

int policy() {
    return ::sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
}

TEST(ThreadPriority, WhoTakesAWholeProcessorGoesFirstNoLonger) {
    std::thread([] {
        FirstWhileModest turns;
        if (policy() != SCHED_RR) GTEST_SKIP() << "the system does not allow it";
        while (policy() == SCHED_RR) turns.look();  // Ends because this takes all of a processor.
        while (policy() != SCHED_RR) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
            turns.look();
        }
    }).join();
}

/// Of the calling thread alone.
void drop_capabilities() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
    ASSERT_EQ(::syscall(SYS_capset, &header, none), 0);
}

TEST(ThreadPriority, WhoTakesAWholeProcessorGoesFirstNoLongerWithoutPrivilegesToo) {
    std::thread([] {
        FirstWhileModest turns;
        if (policy() != SCHED_RR) GTEST_SKIP() << "the system does not allow it";
        drop_capabilities();
        for (int i = 0; i < 100'000'000 && policy() == SCHED_RR; ++i) turns.look();
        EXPECT_EQ(policy(), SCHED_OTHER);
    }).join();
}

TEST(ThreadPriority, WhoGoesFirstStartsThreadsThatRunLikeOthers) {
    std::thread([] {
        const bool is_allowed = go_first();
        EXPECT_EQ(policy(), is_allowed ? SCHED_RR : SCHED_OTHER);
        std::thread([] { EXPECT_EQ(::sched_getscheduler(0), SCHED_OTHER); }).join();
    }).join();
    EXPECT_EQ(::sched_getscheduler(0), SCHED_OTHER);
}

}  // namespace
}  // namespace skald

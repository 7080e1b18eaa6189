// SPDX-License-Identifier: Apache-2.0
#include "log_repeats.h"

#include <gtest/gtest.h>

namespace skald {
namespace {

TEST(LogRepeats, HoldBackAllButTheFirstOfAWhile) {
    LogRepeats repeats;
    for (std::uint64_t i = 0; i < LogRepeats::kPassed; ++i) EXPECT_TRUE(repeats.judge(7, 100).pass);
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(repeats.judge(7, 200).pass);
    EXPECT_TRUE(repeats.judge(8, 200).pass);
    const auto later = repeats.judge(7, 100 + LogRepeats::kWindowMillis);
    EXPECT_TRUE(later.pass);
    EXPECT_EQ(later.held_back, 5U);
    EXPECT_EQ(repeats.judge(7, 100 + LogRepeats::kWindowMillis).held_back, 0U);
}

}  // namespace
}  // namespace skald

// SPDX-License-Identifier: Apache-2.0
#include "support/run_task.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/runtime/when_all.h>

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace skald {
namespace {

/// Waits until somebody calls `resume`.
Task<std::string> wait_for(std::function<void(std::string)>& resume) {
    std::function<void(std::function<void(std::string)>)> start =
        [&resume](std::function<void(std::string)> given) { resume = std::move(given); };
    co_return co_await suspend<std::string>(std::move(start));
}

/// Ends at once, and lets those go on that wait.
Task<std::string> release(std::vector<std::function<void(std::string)>>& waiting) {
    for (auto at = waiting.rbegin(); at != waiting.rend(); ++at) (*at)("late");
    co_return "early";
}

TEST(WhenAll, RunsTheTasksAtTheSameTimeAndKeepsTheirOrder) {
    std::vector<std::function<void(std::string)>> waiting(2);
    std::vector<Task<std::string>> tasks;
    tasks.push_back(wait_for(waiting[0]));
    tasks.push_back(wait_for(waiting[1]));
    // One after the other this one would never run.
    tasks.push_back(release(waiting));

    const auto results = support::run_task(when_all(std::move(tasks)));

    EXPECT_EQ(results, (std::vector<std::string>{"late", "late", "early"}));
}

Task<Result<void>> answer(bool good) {
    if (!good) co_return Error{ErrorCode::kUnavailable, "no"};
    co_return Result<void>();
}

TEST(WhenAll, WaitsForAllWhateverTheyAnswer) {
    std::vector<Task<Result<void>>> tasks;
    for (const bool good : {false, true, false}) tasks.push_back(answer(good));

    const std::vector<Result<void>> results = support::run_task(when_all(std::move(tasks)));

    ASSERT_EQ(results.size(), 3U);
    EXPECT_FALSE(results[0]);
    EXPECT_TRUE(results[1]);
    EXPECT_FALSE(results[2]);
}

TEST(WhenAll, OfNothingEndsAtOnce) {
    EXPECT_TRUE(support::run_task(when_all(std::vector<Task<int>>())).empty());
}

}  // namespace
}  // namespace skald

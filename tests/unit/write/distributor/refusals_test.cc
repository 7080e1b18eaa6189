// SPDX-License-Identifier: Apache-2.0
#include "refusals.h"

#include <gtest/gtest.h>

#include <string>

namespace skald::write {
namespace {

TEST(Refusals, GivesASingleMessageBare) {
    Refusals refusals;
    EXPECT_TRUE(refusals.empty());
    refusals.add("too long");

    EXPECT_FALSE(refusals.empty());
    EXPECT_EQ(refusals.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(refusals.error().message, "too long");
}

TEST(Refusals, CountsEqualMessagesInOrderOfAppearance) {
    Refusals refusals;
    refusals.add("b");
    refusals.add("a");
    refusals.add("b");

    EXPECT_EQ(refusals.error().message, "2 errors like: b; 1 errors like: a");
}

TEST(Refusals, OnlyCountsNewMessagesAfterTheFirstHundred) {
    Refusals refusals;
    for (int i = 0; i < 1000; ++i) refusals.add("message " + std::to_string(i));
    refusals.add("message 7");

    const std::string text = refusals.error().message;

    EXPECT_NE(text.find("2 errors like: message 7;"), std::string::npos);
    EXPECT_NE(text.find("; 1 errors like: message 99; and 900 other errors"), std::string::npos);
    EXPECT_EQ(text.find("message 100"), std::string::npos);
}

TEST(Refusals, BoundsTheTextOfLongMessages) {
    Refusals refusals;
    for (char c = 'a'; c < 'z'; ++c) refusals.add(std::string(100'000, c));

    EXPECT_LT(refusals.error().message.size(), 400'000U);
}

}  // namespace
}  // namespace skald::write

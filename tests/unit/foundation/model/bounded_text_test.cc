// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/model/bounded_text.h>

#include <gtest/gtest.h>

#include <string>

namespace skald {
namespace {

TEST(BoundedText, LeavesWhatFits) {
    EXPECT_EQ(bounded_text("", 0), "");
    EXPECT_EQ(bounded_text("abc", 3), "abc");
}

TEST(BoundedText, SaysHowLongItWas) {
    EXPECT_EQ(bounded_text("abcd", 3), "abc…(4 bytes)");
    EXPECT_EQ(bounded_text(std::string(3'300'000, 'x'), 1), "x…(3300000 bytes)");
    EXPECT_EQ(bounded_text("abcd", 0), "…(4 bytes)");
}

TEST(BoundedText, CutsBetweenCharacters) {
    EXPECT_EQ(bounded_text("aéb", 2), "a…(4 bytes)");
    EXPECT_EQ(bounded_text("aéb", 3), "aé…(4 bytes)");
    for (const std::size_t inside : {1U, 2U, 3U})
        EXPECT_EQ(bounded_text("a😀b", 1 + inside), "a…(6 bytes)");
    EXPECT_EQ(bounded_text("a😀b", 5), "a😀…(6 bytes)");
    EXPECT_EQ(bounded_text("é", 1), "…(2 bytes)");
    EXPECT_EQ(bounded_text("\xff\xff\xff", 2), "\xff\xff…(3 bytes)");
}

}  // namespace
}  // namespace skald

// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/model/split.h>

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace skald {
namespace {

std::vector<std::string> parts_of(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) parts.emplace_back(take_part(text, ','));
    return parts;
}

TEST(TakePart, GivesEmptyPartsButNoneBehindTheLastSeparator) {
    using Parts = std::vector<std::string>;
    EXPECT_EQ(parts_of(""), Parts());
    EXPECT_EQ(parts_of("a"), Parts({"a"}));
    EXPECT_EQ(parts_of("a,b"), Parts({"a", "b"}));
    EXPECT_EQ(parts_of(",a,,b,"), Parts({"", "a", "", "b"}));
}

TEST(Joined, SeparatesEmptyTextsToo) {
    using Texts = std::vector<std::string_view>;
    EXPECT_EQ(joined(Texts(), ", "), "");
    EXPECT_EQ(joined(Texts({"a"}), ", "), "a");
    EXPECT_EQ(joined(Texts({"", "a", "b", ""}), ", "), ", a, b, ");
}

}  // namespace
}  // namespace skald

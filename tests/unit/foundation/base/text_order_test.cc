// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/text_order.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace skald {
namespace {

TEST(TextOrder, IsTheOrderOfBytes) {
    std::mt19937 random(7);
    for (int round = 0; round < 300; ++round) {
        // Few letters, zeros among them, and long common beginnings: where it goes wrong if it can.
        std::vector<std::string> texts;
        const std::string common(random() % 30, 'p');
        for (std::size_t i = random() % 200; i > 0; --i) {
            std::string text = random() % 4 == 0 ? "" : common;
            for (std::size_t size = random() % 20; size > 0; --size)
                text.push_back("\0\1a\xFF"[random() % 4]);
            texts.push_back(text);
        }
        const std::vector<std::string_view> views(texts.begin(), texts.end());

        std::vector<std::string> ordered;
        for (const std::uint32_t index : text_order(views)) ordered.push_back(texts[index]);

        std::vector<std::string> expected = texts;
        std::sort(expected.begin(), expected.end());
        ASSERT_EQ(ordered, expected) << "round " << round;
    }
}

}  // namespace
}  // namespace skald

// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/hash.h>
#include <skald/foundation/base/hash_parts.h>

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

namespace skald {
namespace {

TEST(HashParts, IsTheHashOfTheWholeWhereverItIsCut) {
    std::mt19937 random(3);
    std::string text(5000, '\0');
    for (char& c : text) c = static_cast<char>(random());
    for (int round = 0; round < 2000; ++round) {
        const std::string_view whole = std::string_view(text).substr(0, random() % text.size());
        const std::size_t cut = random() % (whole.size() + 1);
        ASSERT_EQ(hash64_of_parts(whole.substr(0, cut), whole.substr(cut)), hash64(whole));
    }
}

}  // namespace
}  // namespace skald

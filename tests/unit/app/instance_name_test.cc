// SPDX-License-Identifier: Apache-2.0
#include "instance_name.h"

#include "support/quiet_stderr.h"
#include "support/result_assertions.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <fstream>
#include <iterator>
#include <string>

namespace skald::app {
namespace {

class InstanceNameTest : public testing::Test {
protected:
    Result<std::string> name() {
        return instance_name(storage::posix_file_system(), folder_ / "wal");
    }
    std::string path() { return folder_ / "wal/instance"; }
    std::string text() {
        std::ifstream file(path());
        return {std::istreambuf_iterator<char>(file), {}};
    }
    void write(const std::string& text) { std::ofstream(path()) << text; }

    TemporaryFolder folder_;
};

TEST_F(InstanceNameTest, IsMadeOnceAndKept) {
    const auto first = name();
    ASSERT_TRUE(first);
    EXPECT_FALSE(first->empty());
    EXPECT_EQ(*name(), *first);
}

TEST_F(InstanceNameTest, SurvivesEveryFlippedBitAndIsWrittenAnew) {
    const std::string expected = *name();
    const std::string whole = text();
    const QuietStderr quiet;
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        std::string damaged = whole;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
        write(damaged);
        const auto found = name();
        ASSERT_TRUE(found) << "bit " << bit;
        ASSERT_EQ(*found, expected) << "bit " << bit;
        ASSERT_EQ(text(), whole) << "bit " << bit;
    }
}

TEST_F(InstanceNameTest, SurvivesATornEnd) {
    const std::string expected = *name();
    const std::string whole = text();
    const QuietStderr quiet;
    write(whole.substr(0, whole.size() - 1));
    EXPECT_EQ(*name(), expected);
    EXPECT_EQ(text(), whole);
}

TEST_F(InstanceNameTest, IsNeverGuessedWhenBothCopiesAreDamaged) {
    ASSERT_TRUE(name());
    std::string damaged = text();
    damaged[1] ^= 1;
    damaged[damaged.size() / 2 + 1] ^= 1;
    write(damaged);
    const auto refused = name();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kCorruption);
    EXPECT_NE(refused.error().message.find("common.ring.instance_id"), std::string::npos);
    EXPECT_EQ(text(), damaged);
}

TEST_F(InstanceNameTest, OfAVersionThatWroteItAloneIsTakenOver) {
    ASSERT_TRUE(name());
    write("host_01_a1b2c3");
    EXPECT_EQ(*name(), "host_01_a1b2c3");
    EXPECT_NE(text(), "host_01_a1b2c3");
    EXPECT_EQ(*name(), "host_01_a1b2c3");
}

}  // namespace
}  // namespace skald::app

// SPDX-License-Identifier: Apache-2.0
#include "support/memory_block.h"
#include "support/result_assertions.h"

#include <skald/read/querier/delete_selector.h>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace skald::read {
namespace {

using Rows = std::vector<std::uint32_t>;

class DeleteSelectorTest : public testing::Test {
protected:
    Rows select(const std::string& query, std::uint32_t begin, std::uint32_t end) {
        const auto selector = delete_selector(query);
        EXPECT_OK(selector);
        const auto stream =
            std::make_shared<const Stream>(Labels::from_pairs({{"app", "x"}, {"env", "test"}}));
        EXPECT_TRUE((*selector)->takes_stream(stream->labels));
        const auto block = std::make_shared<support::MemoryBlock>(std::vector<support::MemoryRow>{
            {.time = 1, .line = "a=1 secret", .level = "info", .metadata = {{"trace", "t1"}}},
            {.time = 2, .line = "a=2 plain", .level = "error", .metadata = {}},
            {.time = 3, .line = "a=3 SECRET", .level = "error", .metadata = {{"trace", "t2"}}},
            {.time = 4, .line = "broken secret \"", .level = "", .metadata = {{"trace", "t1"}}}});
        storage::Run run;
        run.block = block;
        run.stream = stream;
        run.row_end = 4;
        run.min_time = 1;
        run.max_time = 4;
        Rows rows;
        EXPECT_OK((*selector)->select(run, begin, end, rows));
        return rows;
    }
};

TEST_F(DeleteSelectorTest, TakesTheRowsThatALogQueryWouldShow) {
    EXPECT_EQ(select(R"({app="x"} |= "secret")", 0, 4), (Rows{0, 3}));
    EXPECT_EQ(select(R"({app="x"} |~ "(?i)secret")", 0, 4), (Rows{0, 2, 3}));
    EXPECT_EQ(select(R"({app="x"} | trace="t1")", 0, 4), (Rows{0, 3}));
    EXPECT_EQ(select(R"({app="x"} | detected_level="error")", 0, 4), (Rows{1, 2}));
    EXPECT_EQ(select(R"({app="x"} |= "a=" | logfmt | a > 1)", 0, 4), (Rows{1, 2}));
    EXPECT_EQ(select(R"({app="x"} | line_format "{{.app}}" |= "x")", 0, 4), (Rows{0, 1, 2, 3}));
    EXPECT_EQ(select(R"({app="x"} != "secret")", 0, 4), (Rows{1, 2}));
}

TEST_F(DeleteSelectorTest, LooksAtTheAskedRowsOnly) {
    EXPECT_EQ(select(R"({app="x"} |= "secret")", 1, 3), Rows{});
    EXPECT_EQ(select(R"({app="x"} | trace="t1")", 1, 4), Rows{3});
    EXPECT_EQ(select(R"({app="x"})", 1, 3), (Rows{1, 2}));
}

TEST_F(DeleteSelectorTest, KnowsABareSelectorAndItsStreams) {
    const auto bare = delete_selector(R"({app="x"})");
    ASSERT_OK(bare);
    EXPECT_TRUE((*bare)->takes_all_rows());
    EXPECT_FALSE((*bare)->takes_stream(Labels::from_pairs({{"app", "y"}})));
    const auto filtered = delete_selector(R"({app="x"} |= "y")");
    ASSERT_OK(filtered);
    EXPECT_FALSE((*filtered)->takes_all_rows());
}

TEST_F(DeleteSelectorTest, RefusesWhatDeletesNoLines) {
    EXPECT_FALSE(delete_selector(R"(rate({app="x"}[1m]))"));
    EXPECT_FALSE(delete_selector("{"));
    EXPECT_FALSE(delete_selector(R"({app="x"} |~ "(")"));
}

}  // namespace
}  // namespace skald::read

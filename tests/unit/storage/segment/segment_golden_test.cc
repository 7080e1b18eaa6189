// SPDX-License-Identifier: Apache-2.0
//
// Goal: the bytes are those of docs/formats/segment.md, today and in every later version.
// Method: the page's worked example is the golden file.
#include "support/format_example.h"
#include "support/memory_segment.h"
#include "support/random_streams.h"
#include "support/result_assertions.h"

#include <gtest/gtest.h>

namespace skald::storage {
namespace {

/// Two streams of one row each in one block, too small for zstd to help.
MemorySegment example() {
    RegionInput region{"t", 0, {make_stream({{"a", "x"}}), make_stream({{"a", "y"}})}, {}};
    region.blocks.push_back({{{0, {{5, "p", "", {}}}}, {1, {{7, "qr", "", {}}}}}});
    SegmentFooter footer = footer_named("l0-i-0000000000000001");
    footer.generations = {{"i", 1}};
    return write_segment({region}, footer, {.codec = Codec::kNone});
}

TEST(SegmentGolden, WritesTheExampleOfThePage) {
    EXPECT_EQ(to_hex(example().bytes), to_hex(format_example("segment.md", 0)));
}

TEST(SegmentGolden, ReadsTheExampleOfThePage) {
    MemorySegment page;
    page.bytes = format_example("segment.md", 0);

    const auto read = read_segment(page);
    const auto expected = read_segment(example());

    ASSERT_OK(read);
    ASSERT_OK(expected);
    EXPECT_EQ(*read, *expected);
    ASSERT_EQ(read->size(), 1U);
    EXPECT_EQ((*read)[0].size(), 2U);
}

}  // namespace
}  // namespace skald::storage

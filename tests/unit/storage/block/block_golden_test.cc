// SPDX-License-Identifier: Apache-2.0
//
// Goal: the bytes are those of docs/formats/block.md, today and in every later version.
// Method: the page's worked example is the golden file.
#include "support/block_rows.h"
#include "support/format_example.h"
#include "support/result_assertions.h"

#include <skald/storage/block/block_codec.h>

#include <gtest/gtest.h>

#include <vector>

namespace skald::storage {
namespace {

const std::vector<Row> kExampleRows = {
    {1'000'000'000, "one", "info", {}},
    {3'000'000'000, "two", "info", {{"pod", "a"}}},
    {4'000'000'000, "", "error", {}},
};

TEST(BlockGolden, EncodesTheExampleOfThePage) {
    OpenBlock open;
    for (const Row& row : kExampleRows) append(open, row);
    const RunInput input{open.snapshot()};
    const auto sealed = seal_block({&input, 1}, {.codec = Codec::kNone});
    ASSERT_OK(sealed);
    std::string header;
    ByteWriter writer(header);
    sealed->block->header.encode(writer);

    EXPECT_EQ(to_hex(sealed->block->bytes), to_hex(format_example("block.md", 0)));
    EXPECT_EQ(to_hex(header), to_hex(format_example("block.md", 1)));
}

TEST(BlockGolden, ReadsTheExampleOfThePage) {
    const std::string header_bytes = format_example("block.md", 1);
    ByteReader in(header_bytes);
    const auto header = BlockHeader::decode(in);
    ASSERT_OK(header);
    EXPECT_TRUE(in.done());

    const auto block = make_encoded_block(
        std::make_shared<const EncodedBlock>(EncodedBlock{*header, format_example("block.md", 0)}));
    const auto rows = read_rows(*block);

    ASSERT_OK(rows);
    EXPECT_EQ(*rows, kExampleRows);
}

}  // namespace
}  // namespace skald::storage

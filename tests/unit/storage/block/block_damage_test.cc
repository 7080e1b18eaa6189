// SPDX-License-Identifier: Apache-2.0
//
// Goal: damaged bytes are never read as other rows.
// Method: each bit of a small block flipped in turn, its ends cut off, and sizes that lie.
#include "support/block_rows.h"
#include "support/result_assertions.h"

#include <skald/foundation/base/hash.h>
#include <skald/storage/block/block_codec.h>
#include <skald/storage/block/open_block.h>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace skald::storage {
namespace {

const std::vector<Row> kRows = {
    {1'000, "GET /index.html 200 GET /index.html 200 GET /index.html 200", "info", {}},
    {2'000, "", "verbose", {{"pod", "a"}}},
    {2'500, "GET /index.html 500", "error", {{"pod", "b"}, {"zone", "c"}}},
};

std::shared_ptr<const EncodedBlock> small_block(Codec codec) {
    OpenBlock open;
    for (const Row& row : kRows) append(open, row);
    const RunInput input{open.snapshot()};
    return seal_block({&input, 1}, {.codec = codec, .zstd_level = 1})->block;
}

std::string header_bytes(const BlockHeader& header) {
    std::string bytes;
    ByteWriter writer(bytes);
    header.encode(writer);
    return bytes;
}

Result<BlockHeader> decode_header(std::string_view bytes) {
    ByteReader in(bytes);
    return BlockHeader::decode(in);
}

TEST(BlockDamage, EveryFlippedBitOfAColumnIsReported) {
    for (const Codec codec :
         {Codec::kNone, Codec::kLz4, Codec::kZstd, Codec::kSnappy, Codec::kGzip}) {
        const auto good = small_block(codec);
        for (std::size_t bit = 0; bit < good->bytes.size() * 8; ++bit) {
            EncodedBlock bad = *good;
            bad.bytes[bit / 8] = static_cast<char>(bad.bytes[bit / 8] ^ (1 << (bit % 8)));
            const auto rows = read_rows(*make_encoded_block(std::make_shared<EncodedBlock>(bad)));
            ASSERT_FALSE(rows) << "bit " << bit << " of codec " << static_cast<int>(codec);
            EXPECT_EQ(rows.error().code, ErrorCode::kCorruption);
        }
    }
}

TEST(BlockDamage, EveryFlippedBitOfAHeaderIsReported) {
    const std::string good = header_bytes(small_block(Codec::kZstd)->header);
    ASSERT_OK(decode_header(good));
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        std::string bad = good;
        bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
        const auto header = decode_header(bad);
        ASSERT_FALSE(header) << "bit " << bit;
        EXPECT_EQ(header.error().code, ErrorCode::kCorruption);
    }
}

TEST(BlockDamage, ACutHeaderIsReported) {
    const std::string good = header_bytes(small_block(Codec::kZstd)->header);
    for (std::size_t size = 0; size < good.size(); ++size) {
        EXPECT_FALSE(decode_header(std::string_view(good).substr(0, size))) << size;
    }
}

TEST(BlockDamage, BytesThatAreShorterThanTheHeaderSaysAreReported) {
    EncodedBlock bad = *small_block(Codec::kNone);
    bad.bytes.pop_back();
    const auto block = make_encoded_block(std::make_shared<EncodedBlock>(bad));

    EXPECT_OK(block->times());
    EXPECT_EQ(block->lines().error().code, ErrorCode::kCorruption);
}

TEST(BlockDamage, AHeaderOfAnUnknownVersionIsNamed) {
    std::string bytes = header_bytes(small_block(Codec::kNone)->header);
    bytes[0] = 9;

    EXPECT_NE(decode_header(bytes).error().message.find("version 9"), std::string::npos);
}

struct LieCase {
    std::string name;
    void (*change)(BlockHeader&);
};

void PrintTo(const LieCase& lie, std::ostream* out) {
    *out << lie.name;
}

ColumnHeader& column(BlockHeader& header, Column which) {
    return header.columns[static_cast<std::size_t>(which)];
}

class BlockHeaderLie : public testing::TestWithParam<LieCase> {};

// The checksum is right here: the header was written like this.
TEST_P(BlockHeaderLie, IsRefusedBeforeAnythingIsAllocated) {
    BlockHeader header = small_block(Codec::kNone)->header;
    GetParam().change(header);

    const auto decoded = decode_header(header_bytes(header));

    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code, ErrorCode::kCorruption);
    // The decoders take any header, also one that was never encoded.
    EXPECT_FALSE(decode_times(header, {}));
    EXPECT_FALSE(decode_offsets(header, {}));
    EXPECT_FALSE(decode_levels(header, {}));
    EXPECT_FALSE(decode_metadata(header, {}));
    EXPECT_FALSE(decode_lines(header, {}, {}));
}

const LieCase kLies[] = {
    {"no_rows", [](BlockHeader& h) { h.summary.rows = 0; }},
    {"more_rows_than_text", [](BlockHeader& h) { h.summary.rows += 1; }},
    {"too_many_rows", [](BlockHeader& h) { h.summary.rows = 0xFFFFFFFF; }},
    {"line_bytes", [](BlockHeader& h) { h.summary.line_bytes -= 1; }},
    {"huge_line_bytes", [](BlockHeader& h) { h.summary.line_bytes = ~std::uint64_t{0}; }},
    {"huge_metadata", [](BlockHeader& h) { h.summary.metadata_bytes = ~std::uint64_t{0}; }},
    {"times_reversed", [](BlockHeader& h) { std::swap(h.summary.min_time, h.summary.max_time); }},
    {"metadata_flag", [](BlockHeader& h) { h.summary.has_metadata = false; }},
    {"unknown_codec", [](BlockHeader& h) { column(h, Column::kText).codec = Codec{77}; }},
    {"zip_bomb",
     [](BlockHeader& h) {
         column(h, Column::kLevels).codec = Codec::kLz4;
         column(h, Column::kLevels).raw_size = 1U << 29;
     }},
    {"larger_than_a_block",
     [](BlockHeader& h) {
         column(h, Column::kText).codec = Codec::kZstd;
         column(h, Column::kText).raw_size = 0xFFFFFFFF;
     }},
    {"stored_larger_than_raw",
     [](BlockHeader& h) {
         column(h, Column::kText).codec = Codec::kZstd;
         column(h, Column::kText).stored_size += 1;
     }},
};
INSTANTIATE_TEST_SUITE_P(Block, BlockHeaderLie, testing::ValuesIn(kLies),
                         [](const auto& test) { return test.param.name; });

/// A block whose column `which` is exactly `bytes`, with a checksum that fits.
EncodedBlock with_column(Column which, std::string bytes) {
    EncodedBlock block = *small_block(Codec::kNone);
    ColumnHeader& changed = column(block.header, which);
    changed.stored_size = changed.raw_size = static_cast<std::uint32_t>(bytes.size());
    changed.checksum = static_cast<std::uint32_t>(hash64(bytes));
    std::uint32_t offset = 0;
    for (ColumnHeader& each : block.header.columns) {
        each.offset = offset;
        offset += each.stored_size;
    }
    block.bytes = std::move(bytes);
    return block;
}

struct MalformedCase {
    std::string name;
    Column column;
    std::string bytes;
};

void PrintTo(const MalformedCase& malformed, std::ostream* out) {
    *out << malformed.name;
}

class MalformedColumn : public testing::TestWithParam<MalformedCase> {};

TEST_P(MalformedColumn, IsCorruptionThoughItsChecksumFits) {
    const EncodedBlock block = with_column(GetParam().column, GetParam().bytes);
    Result<void> result;
    const auto keep = [&](const auto& decoded) {
        if (!decoded) result = decoded.error();
    };
    switch (GetParam().column) {
        case Column::kTimes: keep(decode_times(block.header, block.bytes)); break;
        case Column::kOffsets: keep(decode_offsets(block.header, block.bytes)); break;
        case Column::kLevels: keep(decode_levels(block.header, block.bytes)); break;
        case Column::kMetadata: keep(decode_metadata(block.header, block.bytes)); break;
        case Column::kText: FAIL();
    }
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kCorruption);
}

std::string bytes(std::initializer_list<int> values) {
    std::string out;
    for (const int value : values) out.push_back(static_cast<char>(value));
    return out;
}

const MalformedCase kMalformed[] = {
    {"times_empty", Column::kTimes, ""},
    {"times_encoding", Column::kTimes, bytes({2, 0, 1, 0, 0})},
    {"times_cut", Column::kTimes, bytes({1, 0, 1, 0})},
    {"times_width", Column::kTimes, bytes({1, 0, 1, 0, 57}) + std::string(20, 'a')},
    {"times_packed_cut", Column::kTimes, bytes({1, 0, 1, 0, 9, 1, 2})},
    {"times_more", Column::kTimes, bytes({1, 0, 1, 0, 0, 0})},
    {"offsets_empty", Column::kOffsets, ""},
    {"offsets_planes", Column::kOffsets, bytes({5}) + std::string(15, '\0')},
    {"offsets_short", Column::kOffsets, bytes({1, 1, 1})},
    {"offsets_sum", Column::kOffsets, bytes({1, 1, 1, 1})},
    {"offsets_wrap", Column::kOffsets,
     bytes({4, 59, 0xFF, 20, 0, 0xFF, 0, 0, 0xFF, 0, 0, 0xFF, 0})},
    {"levels_count", Column::kLevels, bytes({9, 1, 'a'})},
    {"levels_empty_value", Column::kLevels, bytes({1, 0, 0, 1, 3})},
    {"levels_run_index", Column::kLevels, bytes({1, 1, 'a', 0, 2, 3})},
    {"levels_run_zero", Column::kLevels, bytes({1, 1, 'a', 0, 1, 0, 1, 3})},
    {"levels_run_long", Column::kLevels, bytes({1, 1, 'a', 0, 1, 4})},
    {"levels_packed_width", Column::kLevels, bytes({1, 1, 'a', 1, 33}) + std::string(40, 'a')},
    {"levels_packed_index", Column::kLevels, bytes({1, 1, 'a', 1, 2, 0x3F})},
    {"levels_packed_cut", Column::kLevels, bytes({1, 1, 'a', 1, 8, 0})},
    {"levels_mode", Column::kLevels, bytes({1, 1, 'a', 2, 0, 0})},
    {"levels_more", Column::kLevels, bytes({1, 1, 'a', 0, 1, 3, 0})},
    {"metadata_no_names", Column::kMetadata, bytes({0})},
    {"metadata_count", Column::kMetadata, bytes({0xFF, 0xFF, 0xFF, 0xFF, 0x0F})},
    {"metadata_order", Column::kMetadata,
     bytes({2, 1, 'b', 1, 1, 'x', 0, 1, 3, 1, 'a', 1, 1, 'x', 0, 1, 3})},
    {"metadata_more", Column::kMetadata, bytes({1, 1, 'b', 1, 1, 'x', 0, 1, 3, 7})},
};
INSTANTIATE_TEST_SUITE_P(Block, MalformedColumn, testing::ValuesIn(kMalformed),
                         [](const auto& test) { return test.param.name; });

TEST(BlockDamage, WellFormedColumnsOfTheSameShapesAreRead) {
    // What the malformed cases above differ from: the cases must fail for their own reason.
    const EncodedBlock times = with_column(Column::kTimes, bytes({1, 0, 1, 0, 0}));
    EXPECT_OK(decode_times(times.header, times.bytes));
    const EncodedBlock offsets = with_column(Column::kOffsets, bytes({1, 59, 0, 19}));
    EXPECT_OK(decode_offsets(offsets.header, offsets.bytes));
    const EncodedBlock runs = with_column(Column::kLevels, bytes({1, 1, 'a', 0, 1, 3}));
    EXPECT_OK(decode_levels(runs.header, runs.bytes));
    const EncodedBlock packed = with_column(Column::kLevels, bytes({1, 1, 'a', 1, 2, 0x15}));
    EXPECT_OK(decode_levels(packed.header, packed.bytes));
    const EncodedBlock names = with_column(
        Column::kMetadata, bytes({2, 1, 'a', 1, 1, 'x', 0, 1, 3, 1, 'b', 1, 1, 'x', 0, 1, 3}));
    EXPECT_OK(decode_metadata(names.header, names.bytes));
}

TEST(BlockDamage, TextThatDoesNotEndItsLastLineIsReported) {
    EncodedBlock block = *small_block(Codec::kNone);
    block.bytes.back() = 'x';
    ColumnHeader& text = column(block.header, Column::kText);
    text.checksum = static_cast<std::uint32_t>(
        hash64(std::string_view(block.bytes).substr(text.offset, text.stored_size)));

    const auto lines = make_encoded_block(std::make_shared<EncodedBlock>(block))->lines();

    ASSERT_FALSE(lines);
    EXPECT_EQ(lines.error().code, ErrorCode::kCorruption);
}

}  // namespace
}  // namespace skald::storage

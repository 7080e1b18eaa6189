// SPDX-License-Identifier: Apache-2.0
//
// Goal: what is encoded comes back, with every codec, for every shape of rows.
// Method: rows from a seeded generator go through open block, snapshot, seal and decode; a vector
// of plain rows is the oracle.
#include "support/block_rows.h"
#include "support/result_assertions.h"

#include <skald/storage/block/block_codec.h>
#include <skald/storage/block/open_block.h>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace skald::storage {
namespace {

constexpr Codec kCodecs[] = {Codec::kNone, Codec::kLz4, Codec::kZstd, Codec::kSnappy, Codec::kGzip};

std::shared_ptr<const EncodedBlock> seal(const std::vector<Row>& rows, Codec codec) {
    OpenBlock open;
    for (const Row& row : rows) append(open, row);
    const RunInput input{open.snapshot()};
    const auto sealed = seal_block({&input, 1}, {.codec = codec, .zstd_level = 1});
    EXPECT_OK(sealed);
    return sealed ? sealed->block : nullptr;
}

void expect_round_trip(const std::vector<Row>& rows, Codec codec) {
    const std::vector<Row> expected = ordered_without_duplicates(rows);
    const auto encoded = seal(rows, codec);
    ASSERT_NE(encoded, nullptr);
    expect_summary(encoded->header.summary, summary_of(expected));

    const auto block = make_encoded_block(encoded);
    const auto read = read_rows(*block);

    ASSERT_OK(read);
    EXPECT_EQ(*read, expected);
    EXPECT_EQ(block->stored_bytes(), 0U);
}

struct ShapeCase {
    std::string name;
    std::vector<Row> rows;
};

void PrintTo(const ShapeCase& shape, std::ostream* out) {
    *out << shape.name;
}

class BlockRoundTrip : public testing::TestWithParam<ShapeCase> {};

TEST_P(BlockRoundTrip, GivesBackTheRowsWithEveryCodec) {
    for (const Codec codec : kCodecs) {
        SCOPED_TRACE(static_cast<int>(codec));
        expect_round_trip(GetParam().rows, codec);
    }
}

std::vector<Row> generated(std::uint64_t seed, std::size_t count, RowGenerator::Options options) {
    return RowGenerator(seed, options).rows(count);
}

std::vector<ShapeCase> shapes() {
    std::vector<ShapeCase> shapes;
    shapes.push_back({"one_row", {{7, "line", "", {}}}});
    shapes.push_back({"one_empty_line", {{0, "", "", {}}}});
    shapes.push_back({"only_empty_lines", {{0, "", "", {}}, {1, "", "", {}}, {2, "", "", {}}}});
    shapes.push_back({"before_the_epoch", {{-5, "a", "", {}}, {0, "b", "", {}}}});
    shapes.push_back(
        {"ends_of_time", {{kTimeMin, "a", "", {}}, {0, "b", "", {}}, {kTimeMax, "c", "", {}}}});
    shapes.push_back({"half_of_all_time", {{kTimeMin, "a", "", {}}, {0, "b", "", {}}}});
    shapes.push_back({"one_long_line", {{1, std::string(1'000'000, 'z'), "warn", {}}}});
    shapes.push_back(
        {"line_ends_and_nul",
         {{1, "a\n", "", {}}, {2, std::string("\0", 1), "", {}}, {3, "\n\n", "", {}}}});
    shapes.push_back({"level_that_is_not_common", {{1, "a", "verbose", {}}, {2, "b", "info", {}}}});
    shapes.push_back(
        {"metadata_on_one_row", {{1, "a", "", {}}, {2, "b", "info", {{"k", "v"}, {"l", "w"}}}}});
    for (const std::size_t count : {127U, 128U, 129U, 130U, 1000U}) {
        shapes.push_back({"rows_" + std::to_string(count), generated(count, count, {})});
    }
    shapes.push_back({"whole_seconds", generated(1, 500, {.unit = 1'000'000'000, .step_max = 60})});
    shapes.push_back({"milliseconds", generated(2, 500, {.unit = 1'000'000, .step_max = 9'000})});
    shapes.push_back({"constant_step", generated(3, 500, {.step_max = 1, .ties_percent = 0})});
    shapes.push_back(
        {"wide_steps", generated(4, 500, {.start = kTimeMin, .step_max = std::uint64_t{1} << 54})});
    shapes.push_back({"metadata", generated(5, 1500, {.metadata_percent = 50})});
    shapes.push_back({"many_levels", generated(6, 1500, {.uncommon_levels_percent = 60})});
    shapes.push_back({"disorder_and_repeats", generated(7, 2000,
                                                        {.ties_percent = 40,
                                                         .disorder_percent = 20,
                                                         .repeats_percent = 20,
                                                         .metadata_percent = 30,
                                                         .uncommon_levels_percent = 10})});
    return shapes;
}

INSTANTIATE_TEST_SUITE_P(Block, BlockRoundTrip, testing::ValuesIn(shapes()),
                         [](const auto& test) { return test.param.name; });

TEST(BlockCodec, GivesBackAHundredThousandRows) {
    const auto rows = generated(8, 100'000, {.metadata_percent = 5, .odd_lines_percent = 0});
    expect_round_trip(rows, Codec::kZstd);
    expect_round_trip(rows, Codec::kNone);
}

std::uint32_t stored(const EncodedBlock& block, Column column) {
    return block.header.columns[static_cast<std::size_t>(column)].stored_size;
}

TEST(BlockCodec, SpendsLittleOnRegularTimes) {
    const auto seconds = generated(9, 4096, {.unit = 1'000'000'000, .step_max = 2});
    const auto constant = generated(10, 4096, {.step_max = 1, .ties_percent = 0});
    const auto random = generated(11, 4096, {.step_max = std::uint64_t{1} << 30});

    EXPECT_LE(stored(*seal(seconds, Codec::kZstd), Column::kTimes), 4096U * 2 / 8 + 200);
    EXPECT_LE(stored(*seal(constant, Codec::kZstd), Column::kTimes), 60U);
    EXPECT_LE(stored(*seal(random, Codec::kZstd), Column::kTimes), 4096U * 4);
}

TEST(BlockCodec, KeepsNothingForColumnsThatSayNothing) {
    const auto encoded = seal({{1, "a", "", {}}, {2, "b", "", {}}}, Codec::kZstd);

    EXPECT_EQ(stored(*encoded, Column::kLevels), 0U);
    EXPECT_EQ(stored(*encoded, Column::kMetadata), 0U);
}

TEST(BlockCodec, StoresTextWholeWhenTheCodecDoesNotHelp) {
    std::mt19937_64 random(12);
    std::string noise(4096, '\0');
    for (char& byte : noise) byte = static_cast<char>(random());
    const auto encoded = seal({{1, noise, "", {}}}, Codec::kZstd);

    EXPECT_EQ(encoded->header.columns[4].codec, Codec::kNone);
    const auto read = read_rows(*make_encoded_block(encoded));
    ASSERT_OK(read);
    EXPECT_EQ(read->front().line, noise);
}

TEST(BlockCodec, KeepsNoMoreMemoryThanTheBytes) {
    const auto encoded = seal(generated(13, 2000, {}), Codec::kZstd);

    EXPECT_EQ(encoded->bytes.size(), encoded->header.stored_size());
    EXPECT_LE(encoded->bytes.capacity(), encoded->bytes.size() + 64);
}

TEST(BlockCodec, FindsMetadataByName) {
    const auto encoded = seal({{1, "a", "", {{"b", "1"}, {"d", "2"}}}}, Codec::kZstd);
    const auto metadata = make_encoded_block(encoded)->metadata();
    ASSERT_OK(metadata);

    ASSERT_NE((*metadata)->find("d"), nullptr);
    EXPECT_EQ((*metadata)->find("d")->value(0), "2");
    EXPECT_EQ((*metadata)->find("c"), nullptr);
}

TEST(BlockCodec, KnowsTheNamesOfCodecs) {
    const std::pair<std::string, Codec> names[] = {{"none", Codec::kNone},
                                                   {"lz4", Codec::kLz4},
                                                   {"zstd", Codec::kZstd},
                                                   {"snappy", Codec::kSnappy},
                                                   {"gzip", Codec::kGzip}};
    for (const auto& [name, codec] : names) {
        const auto parsed = parse_codec(name);
        ASSERT_OK(parsed);
        EXPECT_EQ(*parsed, codec);
    }
    EXPECT_EQ(parse_codec("brotli").error().code, ErrorCode::kInvalidArgument);
}

/// A reader that counts, over the bytes of a block: what a file range would be.
class CountingReader final : public ColumnReader {
public:
    explicit CountingReader(std::shared_ptr<const EncodedBlock> block) : block_(std::move(block)) {}

    Result<Bytes> read(std::uint32_t offset, std::uint32_t size) const override {
        bytes_read += size;
        return Bytes{std::string_view(block_->bytes).substr(offset, size), nullptr};
    }
    bool in_memory() const override { return false; }

    mutable std::uint64_t bytes_read = 0;

private:
    std::shared_ptr<const EncodedBlock> block_;
};

TEST(EncodedBlock, ReadsOnlyTheColumnsAskedFor) {
    const auto encoded = seal(generated(14, 3000, {.metadata_percent = 10}), Codec::kNone);
    const auto reader = std::make_shared<CountingReader>(encoded);
    const auto block = make_encoded_block(encoded->header, reader);

    ASSERT_OK(block->times());
    EXPECT_EQ(reader->bytes_read, stored(*encoded, Column::kTimes));
    ASSERT_OK(block->offsets());
    EXPECT_EQ(reader->bytes_read,
              stored(*encoded, Column::kTimes) + stored(*encoded, Column::kOffsets));
    EXPECT_EQ(block->stored_bytes(), stored(*encoded, Column::kText));
    const auto read = read_rows(*block);
    ASSERT_OK(read);
    EXPECT_EQ(read->size(), block->summary().rows);
}

}  // namespace
}  // namespace skald::storage

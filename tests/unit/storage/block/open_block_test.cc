// SPDX-License-Identifier: Apache-2.0
//
// Goal: an open block shows its rows once, in order, whatever the order of their arrival, and stays
// small. Method: a vector of plain rows as oracle, seeded generators.
#include "support/block_rows.h"
#include "support/result_assertions.h"

#include <skald/storage/block/block_codec.h>
#include <skald/storage/block/open_block.h>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace skald::storage {
namespace {

std::vector<Row> snapshot_rows(const OpenBlock& open) {
    const auto block = open.snapshot();
    if (block == nullptr) return {};
    const auto rows = read_rows(*block);
    EXPECT_OK(rows);
    return rows ? *rows : std::vector<Row>{};
}

TEST(OpenBlock, HasNoSnapshotWhileEmpty) {
    const OpenBlock open;

    EXPECT_EQ(open.snapshot(), nullptr);
    EXPECT_EQ(open.rows(), 0U);
    EXPECT_EQ(open.raw_bytes(), 0U);
}

TEST(OpenBlock, WithReservedRoomTakesNoMoreMemoryForItsRows) {
    OpenBlock open;
    const std::size_t empty = open.memory_bytes();

    open.reserve(3, 3 * 101);
    const std::size_t reserved = open.memory_bytes();
    for (int i = 0; i < 3; ++i) append(open, {i, std::string(100, 'a'), "info", {}});

    EXPECT_EQ(open.memory_bytes(), reserved);
    EXPECT_LT(reserved - empty, 3 * (101 + 13) + 16U);
    EXPECT_EQ(snapshot_rows(open).size(), 3U);
}

TEST(OpenBlock, KeepsItsRowsWhenRoomIsReservedAgain) {
    OpenBlock open;
    std::vector<Row> rows;
    for (int i = 0; i < 60; ++i) {
        if (i % 7 == 0) open.reserve(static_cast<std::size_t>(i) % 5, 40);
        rows.push_back({i, std::string(static_cast<std::size_t>(i), 'x'), "info", {}});
        append(open, rows.back());
    }

    EXPECT_EQ(snapshot_rows(open), rows);
}

TEST(OpenBlock, AnExactDuplicateAtTheTailIsNotStored) {
    OpenBlock open;
    const Row row{1, "a", "info", {{"k", "v"}}};

    append(open, row);
    append(open, row);

    EXPECT_EQ(open.rows(), 1U);
    EXPECT_EQ(snapshot_rows(open), std::vector<Row>{row});
}

TEST(OpenBlock, RowsThatDifferInOnePartAreAllKept) {
    OpenBlock open;
    const std::vector<Row> rows = {
        {1, "a", "info", {{"k", "v"}}}, {1, "b", "info", {{"k", "v"}}},
        {1, "a", "warn", {{"k", "v"}}}, {1, "a", "info", {{"k", "w"}}},
        {1, "a", "info", {{"l", "v"}}}, {1, "a", "info", {}},
        {1, "a", "odd", {{"k", "v"}}},  {1, "a", "odder", {{"k", "v"}}},
        {2, "a", "info", {{"k", "v"}}}, {1, "a", "info", {{"k", "v"}, {"l", "v"}}},
    };

    for (int pass = 0; pass < 3; ++pass) {
        for (const Row& row : rows) append(open, row);
    }

    EXPECT_EQ(snapshot_rows(open), ordered_without_duplicates(rows));
}

TEST(OpenBlock, APairWithoutAValueIsNoPair) {
    OpenBlock open;

    append(open, {1, "a", "", {{"k", ""}}});
    append(open, {1, "a", "", {}});

    EXPECT_EQ(snapshot_rows(open), (std::vector<Row>{{1, "a", "", {}}}));
    EXPECT_FALSE(open.snapshot()->summary().has_metadata);
}

TEST(OpenBlock, ARepeatedPushAddsNothing) {
    OpenBlock open;
    const auto rows = RowGenerator(1, {.ties_percent = 50, .metadata_percent = 20}).rows(500);
    for (const Row& row : rows) append(open, row);
    const std::uint64_t bytes = open.raw_bytes();

    for (const Row& row : rows) append(open, row);

    EXPECT_EQ(open.raw_bytes(), bytes);
    EXPECT_EQ(snapshot_rows(open), ordered_without_duplicates(rows));
}

TEST(OpenBlock, ManyRowsOfOneTimeAreEachKeptOnce) {
    OpenBlock open;
    std::vector<Row> rows;
    for (int i = 0; i < 3000; ++i) rows.push_back({5, std::to_string(i % 1000), "", {}});
    rows.push_back({6, "0", "", {}});
    for (int i = 0; i < 40; ++i) rows.push_back({6, std::to_string(i % 20), "", {}});

    for (const Row& row : rows) append(open, row);

    EXPECT_EQ(open.rows(), 1020U);
    EXPECT_EQ(snapshot_rows(open), ordered_without_duplicates(rows));
}

TEST(OpenBlock, LateRowsTakeTheirPlaceInTime) {
    OpenBlock open;
    const std::vector<Row> rows = {
        {5, "five", "", {}},       {3, "three", "info", {}},      {5, "also five", "", {}},
        {3, "three", "info", {}},  {4, "four", "odd", {}},        {9, "nine", "", {{"k", "v"}}},
        {3, "also three", "", {}}, {9, "nine", "", {{"k", "v"}}}, {-1, "first of all", "", {}}};

    for (const Row& row : rows) append(open, row);

    const std::vector<Row> expected = ordered_without_duplicates(rows);
    EXPECT_EQ(snapshot_rows(open), expected);
    expect_summary(open.snapshot()->summary(), summary_of(expected));
}

TEST(OpenBlock, ManyLateRepeatsOfOneTimeAreFoundByTheSnapshot) {
    OpenBlock open;
    std::vector<Row> rows;
    for (int i = 0; i < 100; ++i) rows.push_back({5, std::to_string(i), "", {}});
    rows.push_back({6, "later", "", {}});
    for (int i = 0; i < 100; ++i) rows.push_back({5, std::to_string(i), "", {}});

    for (const Row& row : rows) append(open, row);

    EXPECT_EQ(snapshot_rows(open), ordered_without_duplicates(rows));
}

TEST(OpenBlock, RandomArrivalsGiveWhatTheOracleGives) {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        SCOPED_TRACE(seed);
        RowGenerator::Options options;
        options.step_max = 1 + seed % 7;
        options.ties_percent = static_cast<unsigned>(seed % 5) * 20;
        options.disorder_percent = static_cast<unsigned>(seed % 3) * 10;
        options.repeats_percent = static_cast<unsigned>(seed % 4) * 15;
        options.metadata_percent = static_cast<unsigned>(seed % 2) * 50;
        options.uncommon_levels_percent = static_cast<unsigned>(seed % 6) * 10;
        const auto rows = RowGenerator(seed, options).rows(1 + seed * 7);
        OpenBlock open;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            append(open, rows[i]);
            if (i % 97 != 0 && i + 1 != rows.size()) continue;
            const std::vector<Row> expected = ordered_without_duplicates(
                {rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(i) + 1});
            ASSERT_EQ(snapshot_rows(open), expected);
            expect_summary(open.snapshot()->summary(), summary_of(expected));
        }
    }
}

TEST(OpenBlock, ASnapshotDoesNotChangeWhenRowsFollow) {
    OpenBlock open;
    const auto rows =
        RowGenerator(2, {.metadata_percent = 40, .uncommon_levels_percent = 20}).rows(1000);
    std::vector<std::shared_ptr<const Block>> snapshots;
    for (const Row& row : rows) {
        append(open, row);
        snapshots.push_back(open.snapshot());
    }

    for (std::size_t i = 0; i < snapshots.size(); i += 83) {
        const std::vector<Row> expected = ordered_without_duplicates(
            {rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(i) + 1});
        const auto read = read_rows(*snapshots[i]);
        ASSERT_OK(read);
        EXPECT_EQ(*read, expected);
    }
}

TEST(OpenBlock, OrderedRowsAreNotCopiedForASnapshot) {
    OpenBlock open;
    append(open, {1, "a", "", {}});
    append(open, {2, "b", "", {}});

    const auto first = open.snapshot()->lines();
    const auto second = open.snapshot()->lines();

    EXPECT_EQ(first->text.data(), second->text.data());
    EXPECT_EQ(first->text, "a\nb\n");
}

TEST(OpenBlock, ColumnsOutliveTheBlockAndItsSnapshot) {
    auto open = std::make_unique<OpenBlock>();
    append(*open, {1, "a", "odd", {{"k", "v"}}});
    auto snapshot = open->snapshot();
    const auto lines = snapshot->lines();
    const auto levels = snapshot->levels();
    const auto metadata = snapshot->metadata();

    open.reset();
    snapshot.reset();

    EXPECT_EQ(lines->line(0), "a");
    EXPECT_EQ((*levels)->value(0), "odd");
    EXPECT_EQ((*metadata)->find("k")->value(0), "v");
}

TEST(OpenBlock, CountsBytesOfLinesAndMetadata) {
    OpenBlock open;
    append(open, {1, "abc", "", {}});
    EXPECT_EQ(open.raw_bytes(), 4U);  // The line end counts: empty lines must fill a block too.
    append(open, {2, "", "info", {}});
    EXPECT_EQ(open.raw_bytes(), 5U + 14 + 4);
    append(open, {3, "", "", {{"key", "value"}}});
    EXPECT_EQ(open.raw_bytes(), 6U + 14 + 4 + 8);
}

TEST(OpenBlock, ManyMetadataNamesFillABlockSooner) {
    OpenBlock open;
    for (int i = 0; i < 2000; ++i) append(open, {i, "", "", {{"name" + std::to_string(i), "v"}}});

    EXPECT_EQ(open.metadata_names(), 2000U);
    // Each row has an index for each name when it is decoded.
    EXPECT_GE(open.raw_bytes(), 2000U * 2000 / 8);
}

TEST(OpenBlock, AnEmptyOneIsSmall) {
    const OpenBlock open;

    EXPECT_LE(open.memory_bytes(), 150U);
}

TEST(OpenBlock, MemoryGrowsWithTheRows) {
    OpenBlock open;
    std::uint64_t text = 0;
    for (int i = 0; i < 20'000; ++i) {
        const Row row{i, std::string(static_cast<std::size_t>(20 + i % 160), 'x'), "info", {}};
        append(open, row);
        text += row.line.size() + 1;
        // A row has a time, an offset and a level; growth leaves a half more at most.
        ASSERT_LE(open.memory_bytes(), 350U + (text + 13U * open.rows()) * 3 / 2) << i;
    }
}

std::vector<RunInput> inputs_of(const std::vector<std::vector<Row>>& streams) {
    std::vector<RunInput> inputs;
    for (const std::vector<Row>& rows : streams) {
        OpenBlock open;
        for (const Row& row : rows) append(open, row);
        inputs.push_back({open.snapshot()});
    }
    return inputs;
}

TEST(SealBlock, PutsTheRunsOfManyStreamsIntoOneBlock) {
    std::vector<std::vector<Row>> streams;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        RowGenerator::Options options;
        options.start = static_cast<TimeNs>(seed % 7) * 1'000'000;
        options.metadata_percent = static_cast<unsigned>(seed % 3) * 30;
        options.disorder_percent = 10;
        options.uncommon_levels_percent = 5;
        streams.push_back(RowGenerator(seed, options).rows(1 + seed % 12));
    }
    const auto sealed = seal_block(inputs_of(streams), {});
    ASSERT_OK(sealed);
    const auto all = read_rows(*make_encoded_block(sealed->block));
    ASSERT_OK(all);

    ASSERT_EQ(sealed->runs.size(), streams.size());
    std::vector<Row> total;
    for (std::size_t i = 0; i < streams.size(); ++i) {
        const std::vector<Row> expected = ordered_without_duplicates(streams[i]);
        const SealedBlock::RunRows& run = sealed->runs[i];
        ASSERT_EQ(run.row_begin, total.size());
        ASSERT_EQ(run.row_end, total.size() + expected.size());
        EXPECT_EQ(run.min_time, expected.front().time);
        EXPECT_EQ(run.max_time, expected.back().time);
        EXPECT_EQ(run.line_bytes, summary_of(expected).line_bytes);
        total.insert(total.end(), expected.begin(), expected.end());
    }
    EXPECT_EQ(*all, total);
    expect_summary(sealed->block->header.summary, summary_of(total));
}

TEST(SealBlock, RefusesRunsWithoutRows) {
    const RunInput nothing{};

    EXPECT_EQ(seal_block({}, {}).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(seal_block({&nothing, 1}, {}).error().code, ErrorCode::kInvalidArgument);
}

TEST(SealBlock, RefusesMoreMetadataNamesThanABlockMayHave) {
    std::vector<std::vector<Row>> streams(9);
    for (std::size_t stream = 0; stream < streams.size(); ++stream) {
        for (int i = 0; i < 1000; ++i) {
            const std::string name = std::to_string(stream) + "-" + std::to_string(i);
            streams[stream].push_back({i, "", "", {{name, "v"}}});
        }
    }
    const std::vector<RunInput> inputs = inputs_of(streams);

    EXPECT_EQ(seal_block(inputs, {}).error().code, ErrorCode::kTooLarge);
    EXPECT_OK(seal_block(std::span(inputs).first(4), {}));
}

/// A block that can't be read.
class BrokenBlock final : public Block {
public:
    BrokenBlock() { summary_.rows = 1; }
    const BlockSummary& summary() const override { return summary_; }
    Result<TimeColumn> times() const override { return Error{ErrorCode::kIo, "broken"}; }
    Result<OffsetColumn> offsets() const override { return Error{ErrorCode::kIo, "broken"}; }
    Result<LineColumn> lines() const override { return Error{ErrorCode::kIo, "broken"}; }
    Result<std::shared_ptr<const MetadataColumn>> levels() const override {
        return Error{ErrorCode::kIo, "broken"};
    }
    Result<std::shared_ptr<const MetadataColumns>> metadata() const override {
        return Error{ErrorCode::kIo, "broken"};
    }
    std::uint64_t stored_bytes() const override { return 0; }

private:
    BlockSummary summary_;
};

TEST(SealBlock, PassesOnWhatAnInputFailedWith) {
    const RunInput broken{std::make_shared<const BrokenBlock>()};

    EXPECT_EQ(seal_block({&broken, 1}, {}).error().message, "broken");
    EXPECT_EQ(seal_block(std::vector<RunInput>{broken, broken}, {}).error().message, "broken");
}

}  // namespace
}  // namespace skald::storage

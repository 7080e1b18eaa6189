// SPDX-License-Identifier: Apache-2.0
//
// Goal: what is written into a segment is found again through its footer alone, and damage is
// reported. Method: segments in a string, a reader that counts its reads, seeded random regions,
// each bit of a small segment flipped in turn.
#include "support/block_rows.h"
#include "support/memory_segment.h"
#include "support/random_streams.h"
#include "support/result_assertions.h"

#include <skald/storage/segment/segment.h>

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace skald::storage {
namespace {

std::vector<StreamPtr> streams_named(const std::string& prefix, int count) {
    std::vector<StreamPtr> streams;
    for (int i = 0; i < count; ++i) {
        const std::string number = std::to_string(1'000'000 + i);
        streams.push_back(make_stream({{"app", prefix}, {"instance", "host-" + number}}));
    }
    return streams;
}

/// A region of random streams; streams that are next to each other share blocks.
RegionInput random_region(std::uint64_t seed, std::string tenant, std::int32_t period) {
    std::mt19937_64 random(seed);
    RegionInput region{
        std::move(tenant), period, streams_named("app" + std::to_string(seed), 40), {}};
    for (std::size_t stream = 0; stream < region.streams.size();) {
        BlockInput block;
        for (std::size_t i = 0; i < 1 + random() % 5 && stream < region.streams.size(); ++i) {
            RowGenerator::Options options;
            options.start =
                TimeNs{period} * 86'400'000'000'000 + static_cast<TimeNs>(random() % 1000);
            options.metadata_percent = static_cast<unsigned>(random() % 2) * 40;
            block.runs.push_back({stream, RowGenerator(random(), options).rows(1 + random() % 40)});
            // Sometimes the same stream again in the next block.
            if (random() % 4 != 0)
                ++stream;
            else
                break;
        }
        region.blocks.push_back(std::move(block));
    }
    return region;
}

std::vector<RegionInput> random_regions(std::uint64_t seed) {
    std::vector<RegionInput> regions;
    regions.push_back(random_region(seed, "acme", -1));
    regions.push_back(random_region(seed + 1, "acme", 20'000));
    regions.push_back(random_region(seed + 2, "zeta", 5));
    return regions;
}

TEST(Segment, GivesBackEveryRunOfEveryRegion) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        SCOPED_TRACE(seed);
        const std::vector<RegionInput> regions = random_regions(seed * 10);
        const MemorySegment segment = write_segment(regions);

        const auto read = read_segment(segment);

        ASSERT_OK(read);
        ASSERT_EQ(read->size(), regions.size());
        for (std::size_t i = 0; i < regions.size(); ++i) {
            EXPECT_EQ((*read)[i], expected_runs(regions[i])) << "region " << i;
        }
    }
}

TEST(Segment, KeepsWhatTheFooterSays) {
    SegmentFooter footer;
    footer.id = SegmentId{"l2-merged"};
    footer.level = 2;
    footer.generations = {{"a", 1}, {"b", ~std::uint64_t{0}}};
    footer.replaces = {"l0-a-0000000000000001", "l0-b-ffffffffffffffff"};
    footer.applied_deletes = {"delete-1"};
    const auto regions = random_regions(3);
    const MemorySegment segment = write_segment(regions, footer);

    const auto read = read_footer(segment.reader(), segment.bytes.size());

    ASSERT_OK(read);
    EXPECT_EQ(read->version, 1U);
    EXPECT_EQ(read->id, footer.id);
    EXPECT_EQ(read->level, 2U);
    EXPECT_EQ(read->generations, footer.generations);
    EXPECT_EQ(read->replaces, footer.replaces);
    EXPECT_EQ(read->applied_deletes, footer.applied_deletes);
    ASSERT_EQ(read->regions.size(), segment.footer.regions.size());
    for (std::size_t i = 0; i < read->regions.size(); ++i) {
        const RegionSummary& actual = read->regions[i];
        const std::vector<RunRows> runs = expected_runs(regions[i]);
        TimeNs min_time = kTimeMax;
        TimeNs max_time = kTimeMin;
        std::uint64_t rows = 0;
        std::uint64_t line_bytes = 0;
        for (const RunRows& run : runs) {
            const BlockSummary summary = summary_of(run.rows);
            min_time = std::min(min_time, summary.min_time);
            max_time = std::max(max_time, summary.max_time);
            rows += summary.rows;
            line_bytes += summary.line_bytes;
        }
        EXPECT_EQ(actual.tenant.text(), regions[i].tenant);
        EXPECT_EQ(actual.period, regions[i].period);
        EXPECT_EQ(actual.streams, regions[i].streams.size());
        EXPECT_EQ(actual.blocks, regions[i].blocks.size());
        EXPECT_EQ(actual.rows, rows);
        EXPECT_EQ(actual.line_bytes, line_bytes);
        EXPECT_EQ(actual.min_time, min_time);
        EXPECT_EQ(actual.max_time, max_time);
        EXPECT_EQ(actual.table_checksum, segment.footer.regions[i].table_checksum);
    }
}

TEST(Segment, RunsAreByStreamAndTime) {
    const MemorySegment segment = write_segment({random_region(5, "t", 1)});
    const auto table = read_region(segment.reader(), segment.footer.regions[0]);
    ASSERT_OK(table);

    for (std::size_t i = 1; i < table->runs.size(); ++i) {
        const RunEntry& left = table->runs[i - 1];
        const RunEntry& right = table->runs[i];
        EXPECT_LE(std::tie(left.stream, left.min_time), std::tie(right.stream, right.min_time));
    }
}

TEST(Segment, OneReadFindsASmallFooter) {
    const MemorySegment segment = write_segment(random_regions(1));
    segment.reads = 0;

    ASSERT_OK(read_footer(segment.reader(), segment.bytes.size()));

    EXPECT_EQ(segment.reads, 1);
}

TEST(Segment, TwoReadsFindALargeFooter) {
    SegmentFooter footer;
    for (int i = 0; i < 10'000; ++i) footer.replaces.push_back("l0-x-" + std::to_string(i));
    const MemorySegment segment = write_segment({}, footer);
    segment.reads = 0;

    const auto read = read_footer(segment.reader(), segment.bytes.size());

    ASSERT_OK(read);
    EXPECT_EQ(read->replaces, footer.replaces);
    EXPECT_EQ(segment.reads, 2);
}

TEST(Segment, MayHaveNoRegions) {
    const MemorySegment segment = write_segment({});

    const auto read = read_footer(segment.reader(), segment.bytes.size());

    ASSERT_OK(read);
    EXPECT_TRUE(read->regions.empty());
}

TEST(Segment, LeavesOutARegionWithoutBlocks) {
    const MemorySegment segment =
        write_segment({{"acme", 1, streams_named("a", 3), {}}, random_region(1, "beta", 1)});

    ASSERT_EQ(segment.footer.regions.size(), 1U);
    EXPECT_EQ(segment.footer.regions[0].tenant.text(), "beta");
    EXPECT_OK(read_segment(segment));
}

TEST(Segment, AHundredThousandStreamsMakeASmallTable) {
    RegionInput region{"acme", 1, {}, {}};
    BlockInput block;
    for (int i = 0; i < 100'000; ++i) {
        const std::string pod = "pod-" + std::to_string(1'000'000 + i * 7);
        region.streams.push_back(make_stream({{"app", "app-" + std::to_string(100 + i / 1000)},
                                              {"cluster", "eu-west-1"},
                                              {"namespace", "production"},
                                              {"pod", pod}}));
        block.runs.push_back(
            {static_cast<std::size_t>(i), {{86'400'000'000'000 + i, "x", "", {}}}});
    }
    region.blocks.push_back(std::move(block));
    const MemorySegment segment = write_segment({region});

    EXPECT_LE(segment.footer.regions[0].table_stored_size, 100'000U * 8);
    const auto table = read_region(segment.reader(), segment.footer.regions[0]);
    ASSERT_OK(table);
    ASSERT_EQ(table->streams.size(), 100'000U);
    EXPECT_EQ(table->streams[77'777]->id, region.streams[77'777]->id);
}

/// Small on purpose: every bit of it is flipped.
MemorySegment small_segment() {
    RegionInput region{"acme", 0, {make_stream({{"app", "a"}}), make_stream({{"app", "b"}})}, {}};
    region.blocks.push_back({{{0, {{1, "one", "info", {}}, {2, "two", "", {{"k", "v"}}}}},
                              {1, {{1, "three", "", {}}}}}});
    return write_segment({region});
}

TEST(Segment, EveryFlippedBitIsReportedOrHarmless) {
    const MemorySegment good = small_segment();
    const auto expected = read_segment(good);
    ASSERT_OK(expected);
    std::size_t harmless = 0;
    for (std::size_t bit = 0; bit < good.bytes.size() * 8; ++bit) {
        MemorySegment bad = good;
        bad.bytes[bit / 8] = static_cast<char>(bad.bytes[bit / 8] ^ (1 << (bit % 8)));
        const auto read = read_segment(bad);
        if (read) {
            ASSERT_EQ(*read, *expected) << "bit " << bit;
            ++harmless;
        } else {
            ASSERT_EQ(read.error().code, ErrorCode::kCorruption) << "bit " << bit;
        }
    }
    // Only the header in front is not looked at when an object is read from its end.
    EXPECT_EQ(harmless, 16U * 8);
}

TEST(Segment, EveryCutIsReported) {
    const MemorySegment good = small_segment();
    for (std::size_t size = 0; size < good.bytes.size(); ++size) {
        MemorySegment bad = good;
        bad.bytes.resize(size);
        const auto read = read_footer(bad.reader(), size);
        ASSERT_FALSE(read) << size;
        EXPECT_EQ(read.error().code, ErrorCode::kCorruption);
    }
}

TEST(Segment, AReaderThatFailsIsPassedOn) {
    const RangeReader broken = [](std::uint64_t, std::size_t) -> Result<Buffer> {
        return Error{ErrorCode::kIo, "disk"};
    };

    EXPECT_EQ(read_footer(broken, 1000).error().code, ErrorCode::kIo);
    EXPECT_EQ(read_region(broken, small_segment().footer.regions[0]).error().code, ErrorCode::kIo);
}

TEST(Segment, ADirectoryThatLiesAboutATableIsRefused) {
    const MemorySegment segment = small_segment();
    const RegionSummary good = segment.footer.regions[0];
    ASSERT_OK(read_region(segment.reader(), good));
    const auto refused = [&](void (*change)(RegionSummary&)) {
        RegionSummary bad = good;
        change(bad);
        const auto read = read_region(segment.reader(), bad);
        return !read && read.error().code == ErrorCode::kCorruption;
    };

    EXPECT_TRUE(refused([](RegionSummary& r) { r.table_raw_size = 0xFFFFFFFF; }));
    EXPECT_TRUE(refused([](RegionSummary& r) { r.table_raw_size += 1; }));
    EXPECT_TRUE(refused([](RegionSummary& r) { r.table_stored_size = 0; }));
    EXPECT_TRUE(refused([](RegionSummary& r) { r.table_offset += 1; }));
    EXPECT_TRUE(refused([](RegionSummary& r) { r.streams += 1; }));
    EXPECT_TRUE(refused([](RegionSummary& r) { r.blocks -= 1; }));
    EXPECT_TRUE(refused([](RegionSummary& r) { r.rows += 1; }));
    EXPECT_TRUE(refused([](RegionSummary& r) { r.line_bytes -= 1; }));
}

TEST(SegmentWriter, StopsWhenTheSinkFails) {
    int budget = 0;
    SegmentWriter writer(footer_named("l0-x-0000000000000001"),
                         [&](std::string_view) -> Result<void> {
                             if (budget-- > 0) return {};
                             return Error{ErrorCode::kUnavailable, "disk full"};
                         });

    EXPECT_EQ(writer.finish().error().code, ErrorCode::kUnavailable);
}

TEST(SegmentWriter, RefusesRegionsAndStreamsOutOfOrder) {
    std::string bytes;
    SegmentWriter writer(footer_named("l0-x-0000000000000001"), sink_into(bytes));
    const auto tenant = *TenantId::parse("b");
    auto unordered = streams_named("a", 2);
    std::swap(unordered[0], unordered[1]);

    EXPECT_FALSE(writer.end_region());
    EXPECT_FALSE(writer.add_block({}, {}));
    EXPECT_FALSE(writer.begin_region(tenant, 5, unordered));
    ASSERT_OK(writer.begin_region(tenant, 5, streams_named("a", 2)));
    EXPECT_FALSE(writer.begin_region(tenant, 6, {}));
    EXPECT_FALSE(writer.finish());
    const SealedBlock sealed = seal_rows({{1, "x", "", {}}});
    RunEntry run;
    run.row_end = 1;
    run.min_time = run.max_time = 1;
    run.line_bytes = 1;
    ASSERT_OK(writer.add_block(*sealed.block, {run}));
    ASSERT_OK(writer.end_region());
    EXPECT_FALSE(writer.begin_region(tenant, 5, {}));
    EXPECT_FALSE(writer.begin_region(*TenantId::parse("a"), 9, {}));
    ASSERT_OK(writer.finish());
    EXPECT_FALSE(writer.finish());
    EXPECT_EQ(writer.bytes_written(), bytes.size());
}

TEST(SegmentWriter, RefusesRunsThatAreNotTheBlock) {
    std::string bytes;
    SegmentWriter writer(footer_named("l0-x-0000000000000001"), sink_into(bytes));
    ASSERT_OK(writer.begin_region(*TenantId::parse("a"), 0, streams_named("a", 1)));
    const SealedBlock sealed = seal_rows({{1, "x", "", {}}, {5, "y", "", {}}});
    RunEntry good;
    good.row_end = 2;
    good.min_time = 1;
    good.max_time = 5;
    good.line_bytes = 2;
    const auto refused = [&](void (*change)(RunEntry&)) {
        RunEntry bad = good;
        change(bad);
        return !writer.add_block(*sealed.block, {bad});
    };

    EXPECT_TRUE(refused([](RunEntry& run) { run.stream = 1; }));
    EXPECT_TRUE(refused([](RunEntry& run) { run.row_end = 3; }));
    EXPECT_TRUE(refused([](RunEntry& run) { run.row_begin = 1; }));
    EXPECT_TRUE(refused([](RunEntry& run) { run.min_time = 0; }));
    EXPECT_TRUE(refused([](RunEntry& run) { run.max_time = 6; }));
    EXPECT_TRUE(refused([](RunEntry& run) { run.line_bytes = 1; }));
    EXPECT_FALSE(writer.add_block(*sealed.block, {}));
    EXPECT_OK(writer.add_block(*sealed.block, {good}));
}

TEST(SegmentId, OfAGenerationHasItsInstanceAndNumber) {
    EXPECT_EQ(SegmentId::of_generation({"skald-0", 0x1f}).text, "l0-skald-0-000000000000001f");
    EXPECT_EQ(SegmentId::of_generation({"skald-0", 0x1f}).object_key(),
              "segments/l0-skald-0-000000000000001f.seg");
}

TEST(SegmentId, OfAnOddInstanceIsStillOneFileName) {
    const SegmentId odd = SegmentId::of_generation({"../a b/~", 1});

    EXPECT_EQ(odd.text, "l0-..~2fa~20b~2f~7e-0000000000000001");
    EXPECT_OK(SegmentId::parse(odd.text));
}

TEST(SegmentId, RefusesWhatIsNoName) {
    EXPECT_OK(SegmentId::parse("l0-a-0000000000000001"));
    for (const char* text : {"", "l0-", "x0-a", "l-a", "l0-a/b", "l0-a b", "../l0-a"}) {
        EXPECT_EQ(SegmentId::parse(text).error().code, ErrorCode::kInvalidArgument) << text;
    }
    EXPECT_FALSE(SegmentId::parse("l0-" + std::string(200, 'a')));
}

}  // namespace
}  // namespace skald::storage

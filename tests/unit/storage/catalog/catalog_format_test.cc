// SPDX-License-Identifier: Apache-2.0
#include "catalog_format.h"

#include "support/random_streams.h"
#include "support/result_assertions.h"

#include <gtest/gtest.h>

#include <random>

namespace skald::storage {
namespace {

Shelf shelf_of(std::string_view tenant, std::int32_t period) {
    return {*TenantId::parse(tenant), period};
}

TEST(CatalogFormat, OrdersShelvesByTenantAndPeriod) {
    const std::vector<Shelf> shelves = {shelf_of("a", -20000), shelf_of("a", -1),
                                        shelf_of("a", 0),      shelf_of("a", 20000),
                                        shelf_of("aa", 3),     shelf_of("b", -5)};
    for (std::size_t i = 0; i + 1 < shelves.size(); ++i) {
        const std::string key = shelf_prefix(RowKind::kRegion, shelves[i]);
        EXPECT_LT(end_of_prefix(key),
                  end_of_prefix(shelf_prefix(RowKind::kRegion, shelves[i + 1])));
        EXPECT_LE(end_of_prefix(key), shelf_prefix(RowKind::kRegion, shelves[i + 1]));
    }
}

TEST(CatalogFormat, GivesRegionsBack) {
    const RegionSummary summary{.tenant = *TenantId::parse("team-a"),
                                .period = -3,
                                .table_offset = 1ULL << 40,
                                .table_stored_size = 7,
                                .table_raw_size = 70,
                                .table_checksum = 0xFEEDFACECAFEBEEFULL,
                                .streams = 3,
                                .blocks = 4,
                                .rows = 5,
                                .line_bytes = 6,
                                .min_time = kTimeMin,
                                .max_time = -1};
    const std::vector<GenerationId> generations = {{"i-1", 9}, {"", 1ULL << 60}};
    const std::string key = shelf_key(RowKind::kRegion, {summary.tenant, summary.period}, {"l0-x"});

    const Result<CatalogRegion> region = decode_region(key, encode_region(summary, generations));

    ASSERT_OK(region);
    EXPECT_EQ(region->segment.text, "l0-x");
    EXPECT_EQ(region->summary.tenant, summary.tenant);
    EXPECT_EQ(region->summary.period, summary.period);
    EXPECT_EQ(region->summary.table_offset, summary.table_offset);
    EXPECT_EQ(region->summary.table_stored_size, summary.table_stored_size);
    EXPECT_EQ(region->summary.table_raw_size, summary.table_raw_size);
    EXPECT_EQ(region->summary.table_checksum, summary.table_checksum);
    EXPECT_EQ(region->summary.streams, summary.streams);
    EXPECT_EQ(region->summary.blocks, summary.blocks);
    EXPECT_EQ(region->summary.rows, summary.rows);
    EXPECT_EQ(region->summary.line_bytes, summary.line_bytes);
    EXPECT_EQ(region->summary.min_time, summary.min_time);
    EXPECT_EQ(region->summary.max_time, summary.max_time);
    EXPECT_EQ(region->generations, generations);
}

TEST(CatalogFormat, GivesSegmentsBack) {
    SegmentFooter footer;
    footer.level = 2;
    footer.generations = {{"a", 1}, {"b", 2}};
    footer.replaces = {"l0-a-1", "l0-b-2"};
    footer.applied_deletes = {"d1"};
    footer.regions = {{.tenant = *TenantId::parse("t"), .period = 4}};

    const Result<SegmentRow> row = decode_segment(encode_segment(footer));

    ASSERT_OK(row);
    EXPECT_EQ(row->level, footer.level);
    EXPECT_EQ(row->generations, footer.generations);
    EXPECT_EQ(row->replaces, footer.replaces);
    EXPECT_EQ(row->applied_deletes, footer.applied_deletes);
    EXPECT_EQ(row->shelves, std::vector<Shelf>{shelf_of("t", 4)});
}

TEST(CatalogFormat, GivesLabelsBack) {
    RandomStreams random(4);
    for (int round = 0; round < 200; ++round) {
        const std::vector<StreamPtr> streams = random.streams(1 + random.below(kLabelsPerRow));
        const std::string value = encode_labels(streams);

        LabelRowReader reader(value);
        for (const StreamPtr& stream : streams) {
            const std::vector<LabelView>* pairs = reader.next();
            ASSERT_NE(pairs, nullptr);
            EXPECT_EQ(Labels::from_views(*pairs), stream->labels);
        }
        EXPECT_EQ(reader.next(), nullptr);
        EXPECT_TRUE(reader.ok());
    }
}

TEST(CatalogFormat, TakesAnyBytes) {
    std::mt19937_64 random(5);
    RandomStreams streams(6);
    const std::string good_labels = encode_labels(streams.streams(20));
    const std::string good_region = encode_region({.tenant = TenantId::anonymous()}, {{"a", 1}});
    for (int round = 0; round < 5000; ++round) {
        std::string labels = good_labels;
        labels[random() % labels.size()] = static_cast<char>(random());
        LabelRowReader reader(labels);
        std::size_t sets = 0;
        while (reader.next() != nullptr) ++sets;
        EXPECT_LE(sets, kLabelsPerRow);

        std::string region = good_region.substr(0, random() % (good_region.size() + 1));
        if (!region.empty()) region[random() % region.size()] = static_cast<char>(random());
        static_cast<void>(decode_segment(region));
        static_cast<void>(decode_region(region, region));
    }
}

TEST(CatalogFormat, RefusesATruncatedRegion) {
    const std::string value = encode_region({.tenant = TenantId::anonymous()}, {{"a", 1}});
    const std::string key = shelf_key(RowKind::kRegion, shelf_of("fake", 0), {"s"});
    for (std::size_t size = 0; size < value.size(); ++size)
        EXPECT_FALSE(decode_region(key, std::string_view(value).substr(0, size))) << size;
}

}  // namespace
}  // namespace skald::storage

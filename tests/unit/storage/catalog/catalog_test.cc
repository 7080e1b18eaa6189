// SPDX-License-Identifier: Apache-2.0
//
// Goal: the catalog answers as a plain list of segments would, whatever was added and removed, and
// however often it was closed or made again.
// Method: random segments and matchers from fixed seeds, on a real RocksDB in a temporary folder,
// against MemoryCatalog, which looks at every stream.
#include "support/memory_catalog.h"
#include "support/random_streams.h"
#include "support/result_assertions.h"
#include "support/temporary_folder.h"

#include <skald/foundation/base/units.h>
#include <skald/storage/catalog/catalog.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace skald::storage {
namespace {

struct TestSegment {
    SegmentFooter footer;
    std::vector<RegionTable> tables;
};

TestSegment random_segment(RandomStreams& random, std::uint64_t number, std::size_t streams_max) {
    TestSegment segment;
    const GenerationId generation{"one", number};
    segment.footer.id = {"l0-one-" + std::to_string(number)};
    segment.footer.generations = {generation};
    for (const char* tenant : {"a", "aa", "b"}) {
        for (std::int32_t period = -1; period <= 1; ++period) {
            if (random.below(2) == 0) continue;
            const TimeNs begin = period * kNanosPerDay + static_cast<TimeNs>(random.below(1000));
            segment.tables.push_back({.streams = random.streams(1 + random.below(streams_max)),
                                      .blocks = {},
                                      .runs = {},
                                      .filters = {}});
            segment.footer.regions.push_back(
                {.tenant = *TenantId::parse(tenant),
                 .period = period,
                 .table_offset = random.below(1000),
                 .streams = static_cast<std::uint32_t>(segment.tables.back().streams.size()),
                 .min_time = begin,
                 .max_time = begin + static_cast<TimeNs>(random.below(1000))});
        }
    }
    return segment;
}

std::vector<std::string> names_of(const std::vector<StreamPtr>& streams) {
    std::vector<std::string> names;
    for (const StreamPtr& stream : streams) names.push_back(stream->labels.to_string());
    return names;
}

std::vector<std::pair<SegmentId, std::int32_t>> places_of(
    const std::vector<CatalogRegion>& regions) {
    std::vector<std::pair<SegmentId, std::int32_t>> places;
    for (const CatalogRegion& region : regions)
        places.emplace_back(region.segment, region.summary.period);
    return places;
}

class CatalogTest : public testing::Test {
protected:
    std::unique_ptr<Catalog> open() {
        Result<std::unique_ptr<Catalog>> catalog =
            Catalog::open({.directory = folder_ / "catalog"}, metrics_);
        EXPECT_TRUE(catalog) << catalog.error().message;
        return *std::move(catalog);
    }

    static void add(Catalog& catalog, Catalog& model, const TestSegment& segment) {
        ASSERT_OK(catalog.add(segment.footer, segment.tables));
        ASSERT_OK(model.add(segment.footer, segment.tables));
    }

    static void expect_agrees(const Catalog& catalog, const Catalog& model, RandomStreams& random) {
        const TenantId tenant = *TenantId::parse(random.below(2) == 0 ? "a" : "aa");
        const TimeNs start = (static_cast<TimeNs>(random.below(4)) - 2) * kNanosPerDay +
                             static_cast<TimeNs>(random.below(1500));
        const TimeNs end = start + static_cast<TimeNs>(random.below(3)) * kNanosPerDay;
        const std::vector<Matcher> matchers = random.matchers();
        std::string asked;
        for (const Matcher& matcher : matchers) asked += matcher.to_string() + " ";

        const Result<std::vector<CatalogRegion>> regions = catalog.regions(tenant, start, end);
        ASSERT_OK(regions);
        EXPECT_EQ(places_of(*regions), places_of(*model.regions(tenant, start, end)));
        const Result<std::vector<StreamPtr>> streams =
            catalog.streams(tenant, matchers, start, end);
        ASSERT_OK(streams);
        EXPECT_EQ(names_of(*streams), names_of(*model.streams(tenant, matchers, start, end)))
            << asked;
        const Result<std::vector<CatalogRegion>> holding =
            catalog.regions_holding(matchers, *regions);
        ASSERT_OK(holding);
        EXPECT_EQ(places_of(*holding), places_of(*model.regions_holding(matchers, *regions)))
            << asked;
        const Result<std::vector<StreamPtr>> inside =
            catalog.streams_in(matchers, *regions, nullptr);
        ASSERT_OK(inside);
        EXPECT_EQ(names_of(*inside), names_of(*model.streams_in(matchers, *regions, nullptr)))
            << asked;
        EXPECT_EQ(*catalog.tenants(), *model.tenants());
    }

    TemporaryFolder folder_;
    MetricsRegistry metrics_;
};

TEST_F(CatalogTest, AnswersAsAListOfSegmentsWould) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        RandomStreams random(seed);
        MemoryCatalog model;
        const std::unique_ptr<Catalog> catalog = open();
        ASSERT_OK(catalog->clear());
        for (std::uint64_t number = 1; number <= 8; ++number)
            add(*catalog, model, random_segment(random, number, seed == 1 ? 800 : 60));
        for (int round = 0; round < 60; ++round) expect_agrees(*catalog, model, random);
    }
}

TEST_F(CatalogTest, AgreesAfterRemovalsAndReopening) {
    RandomStreams random(11);
    MemoryCatalog model;
    std::unique_ptr<Catalog> catalog = open();
    for (std::uint64_t number = 1; number <= 60; ++number) {
        const std::set<SegmentId> known = *model.segments();
        EXPECT_EQ(*catalog->segments(), known);
        if (random.below(3) == 0 && !known.empty()) {
            ASSERT_OK(catalog->remove(*known.begin()));
            ASSERT_OK(model.remove(*known.begin()));
        } else {
            add(*catalog, model, random_segment(random, number, 40));
        }
        if (random.below(10) == 0) {
            catalog.reset();
            catalog = open();
        }
        for (int round = 0; round < 3; ++round) expect_agrees(*catalog, model, random);
    }
}

TEST_F(CatalogTest, MadeAgainInAnotherOrderAnswersTheSame) {
    RandomStreams random(12);
    const std::unique_ptr<Catalog> first = open();
    std::vector<TestSegment> segments;
    for (std::uint64_t number = 1; number <= 20; ++number) {
        segments.push_back(random_segment(random, number, 50));
        ASSERT_OK(first->add(segments.back().footer, segments.back().tables));
    }
    const Result<std::unique_ptr<Catalog>> second =
        Catalog::open({.directory = folder_ / "again"}, metrics_);
    ASSERT_OK(second);
    for (auto at = segments.rbegin(); at != segments.rend(); ++at)
        ASSERT_OK((*second)->add(at->footer, at->tables));

    for (int round = 0; round < 100; ++round) {
        const std::vector<Matcher> matchers = random.matchers();
        const TenantId tenant = *TenantId::parse("aa");
        const TimeNs start = (static_cast<TimeNs>(random.below(3)) - 1) * kNanosPerDay;
        const auto a = first->streams(tenant, matchers, start, start);
        const auto b = (*second)->streams(tenant, matchers, start, start);
        ASSERT_OK(a);
        ASSERT_OK(b);
        EXPECT_EQ(names_of(*a), names_of(*b));
    }
}

TEST_F(CatalogTest, AddingAgainChangesNothing) {
    RandomStreams random(13);
    MemoryCatalog model;
    const std::unique_ptr<Catalog> catalog = open();
    const TestSegment segment = random_segment(random, 1, 30);
    add(*catalog, model, segment);
    add(*catalog, model, segment);
    EXPECT_EQ(*catalog->segments(), std::set<SegmentId>{segment.footer.id});
    for (int round = 0; round < 30; ++round) expect_agrees(*catalog, model, random);
}

TEST_F(CatalogTest, KnowsSegmentsGenerationsAndTenants) {
    const std::unique_ptr<Catalog> catalog = open();
    EXPECT_TRUE(catalog->segments()->empty());
    EXPECT_TRUE(catalog->tenants()->empty());
    EXPECT_EQ(*catalog->last_generation("one"), 0U);
    SegmentFooter footer;
    footer.id = {"merged"};
    footer.generations = {{"one", 3}, {"one", 255}, {"one-b", 700}};
    footer.regions = {{.tenant = *TenantId::parse("a"), .period = 1, .streams = 1},
                      {.tenant = *TenantId::parse("a-b"), .period = 1, .streams = 1}};
    const StreamPtr stream = make_stream({{"app", "x"}});

    ASSERT_OK(catalog->add(footer, {{{stream}, {}, {}, {}}, {{stream}, {}, {}, {}}}));

    EXPECT_TRUE(*catalog->contains({"merged"}));
    EXPECT_FALSE(*catalog->contains({"merge"}));
    EXPECT_TRUE(*catalog->has_generation({"one", 3}));
    EXPECT_FALSE(*catalog->has_generation({"one", 4}));
    EXPECT_FALSE(*catalog->has_generation({"one", 0}));
    EXPECT_EQ(*catalog->last_generation("one"), 255U);
    EXPECT_EQ(*catalog->last_generation("one-b"), 700U);
    EXPECT_EQ(*catalog->last_generation("two"), 0U);
    EXPECT_EQ(*catalog->tenants(),
              (std::vector<TenantId>{*TenantId::parse("a"), *TenantId::parse("a-b")}));
    ASSERT_OK(catalog->remove({"merged"}));
    EXPECT_FALSE(*catalog->has_generation({"one", 3}));
    EXPECT_TRUE(catalog->tenants()->empty());
}

TEST_F(CatalogTest, StartsEmptyWhenRocksDbRefusesItsFiles) {
    RandomStreams random(14);
    MemoryCatalog model;
    for (const char* kind : {"CURRENT", "MANIFEST"}) {
        {
            const std::unique_ptr<Catalog> catalog = open();
            add(*catalog, model, random_segment(random, 1, 10));
        }
        for (const auto& file : std::filesystem::directory_iterator(folder_ / "catalog")) {
            if (file.path().filename().string().starts_with(kind))
                std::ofstream(file.path()) << "no such thing\n";
        }
        const std::unique_ptr<Catalog> catalog = open();
        EXPECT_TRUE(catalog->segments()->empty()) << kind;
        add(*catalog, model, random_segment(random, 2, 10));
    }
    EXPECT_NE(metrics_.exposition().find("skald_catalog_rebuilds_total 2"), std::string::npos);
}

TEST_F(CatalogTest, ARunningCatalogIsNotTakenForADamagedOne) {
    const std::unique_ptr<Catalog> running = open();
    const auto second = Catalog::open({.directory = folder_ / "catalog"}, metrics_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kIo);
    EXPECT_TRUE(running->segments());
}

TEST_F(CatalogTest, AFailedStartOfAnAddIsSeenByNobody) {
    // The last batch of an add makes it visible; numbers written before it must not show streams.
    RandomStreams random(15);
    const TenantId tenant = *TenantId::parse("a");
    const std::unique_ptr<Catalog> catalog = open();
    SegmentFooter footer;
    footer.id = {"s"};
    footer.regions = {{.tenant = tenant, .period = 0, .streams = 50, .max_time = 10}};
    RegionTable table{.streams = random.streams(50), .blocks = {}, .runs = {}, .filters = {}};
    ASSERT_OK(catalog->add(footer, {table}));
    footer.id = {"t"};
    RegionTable other{
        .streams = {make_stream({{"app", "left"}})}, .blocks = {}, .runs = {}, .filters = {}};
    footer.regions[0].streams = 1;
    ASSERT_OK(catalog->add(footer, {other}));
    ASSERT_OK(catalog->remove({"t"}));

    const auto streams =
        catalog->streams(tenant, {make_matcher(MatchOp::kEqual, "app", "left")}, 0, 10);
    ASSERT_OK(streams);
    EXPECT_TRUE(streams->empty());
}

}  // namespace
}  // namespace skald::storage

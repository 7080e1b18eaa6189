// SPDX-License-Identifier: Apache-2.0
//
// Goal: what was published is found and read back, whatever the catalog went through.
// Method: random generations and selections from fixed seeds, against all rows in memory.
#include "segment_reader.h"
#include "store_harness.h"

#include <skald/storage/store/segment_rewriter.h>

#include <algorithm>
#include <atomic>
#include <thread>

namespace skald::storage {
namespace {

std::set<std::string> names_of(const std::vector<StreamPtr>& streams) {
    std::set<std::string> names;
    for (const StreamPtr& stream : streams) names.insert(stream->labels.to_string());
    return names;
}

TEST_F(StoreTest, FindsTheRowsThatWerePublished) {
    RandomStreams random(31);
    std::vector<TestGeneration> generations;
    open();
    for (std::uint64_t number = 1; number <= 6; ++number) {
        generations.push_back(make_generation(random, number));
        ASSERT_OK(generations.back().publish_to(*store_));
    }
    for (int round = 0; round < 100; ++round) {
        const Selection selection = random_selection(random);
        expect_rows(selection, expected_rows(generations, selection));
    }
}

TEST_F(StoreTest, AnswersTheSameFromARebuiltCatalog) {
    RandomStreams random(32);
    std::vector<TestGeneration> generations;
    open();
    for (std::uint64_t number = 1; number <= 6; ++number) {
        generations.push_back(make_generation(random, number));
        ASSERT_OK(generations.back().publish_to(*store_));
    }
    std::vector<Selection> asked;
    std::vector<std::set<std::string>> streams;
    for (int round = 0; round < 60; ++round) {
        asked.push_back(random_selection(random));
        const auto found = store_->streams(asked.back());
        ASSERT_OK(found);
        streams.push_back(names_of(*found));
    }
    const auto regions = catalog_->regions(*TenantId::parse("a"), kTimeMin, kTimeMax);

    close();
    lose_catalog();
    open();

    for (std::size_t i = 0; i < asked.size(); ++i) {
        expect_rows(asked[i], expected_rows(generations, asked[i]));
        const auto found = store_->streams(asked[i]);
        ASSERT_OK(found);
        EXPECT_EQ(names_of(*found), streams[i]);
    }
    const auto again = catalog_->regions(*TenantId::parse("a"), kTimeMin, kTimeMax);
    ASSERT_OK(regions);
    ASSERT_OK(again);
    ASSERT_EQ(regions->size(), again->size());
    for (std::size_t i = 0; i < again->size(); ++i) {
        EXPECT_EQ((*regions)[i].segment, (*again)[i].segment);
        EXPECT_EQ((*regions)[i].generations, (*again)[i].generations);
        EXPECT_EQ((*regions)[i].summary.table_checksum, (*again)[i].summary.table_checksum);
    }
    EXPECT_EQ(store_->totals().segments, 6U);
}

TEST_F(StoreTest, StreamsAreThoseWithARunInTheRange) {
    open();
    const TenantId tenant = *TenantId::parse("a");
    TestGeneration generation;
    generation.id = {"one", 1};
    generation.add(tenant, make_stream({{"app", "early"}}), 100, "x");
    generation.add(tenant, make_stream({{"app", "late"}}), 500, "x");
    ASSERT_OK(generation.publish_to(*store_));

    const auto names = [&](TimeNs start, TimeNs end, std::vector<Matcher> matchers) {
        return names_of(*store_->streams({tenant, std::move(matchers), start, end}));
    };
    EXPECT_EQ(names(0, 1000, {}), (std::set<std::string>{R"({app="early"})", R"({app="late"})"}));
    EXPECT_EQ(names(0, 499, {}), std::set<std::string>{R"({app="early"})"});
    EXPECT_EQ(names(101, 500, {}), std::set<std::string>{R"({app="late"})"});
    EXPECT_EQ(names(101, 499, {}), std::set<std::string>{});
    EXPECT_EQ(names(0, 1000, {make_matcher(MatchOp::kNotEqual, "app", "late")}),
              std::set<std::string>{R"({app="early"})"});
}

TEST_F(StoreTest, EndsAListOfStreamsThatMayTakeNoMore) {
    open();
    const TenantId tenant = *TenantId::parse("a");
    TestGeneration generation;
    generation.id = {"one", 1};
    for (int i = 0; i < 100; ++i)
        generation.add(tenant, make_stream({{"pod", std::to_string(i)}}), 100 + i, "x");
    ASSERT_OK(generation.publish_to(*store_));
    Selection all{tenant, {}, 0, 1000};
    all.take_memory = [](std::uint64_t) { return false; };

    // From the table that is still in the cache, from the catalog, and from a table that is read.
    const auto from_cache = store_->streams(all);
    close();
    open();
    const auto from_catalog = store_->streams(all);
    all.end = 150;
    const auto from_table = store_->streams(all);

    for (const auto* refused : {&from_cache, &from_catalog, &from_table}) {
        ASSERT_FALSE(*refused);
        EXPECT_EQ(refused->error().code, ErrorCode::kUnavailable);
    }
}

TEST_F(StoreTest, LeavesOutSegmentsOfPinnedGenerations) {
    RandomStreams random(33);
    open();
    std::vector<TestGeneration> generations = {make_generation(random, 1),
                                               make_generation(random, 2)};
    for (const TestGeneration& generation : generations) ASSERT_OK(generation.publish_to(*store_));
    const Selection all = everything("a");
    expect_rows(all, generations[1].select(all), {generations[0].id, {"other", 2}});
    expect_rows(all, {}, {generations[0].id, generations[1].id});
    expect_rows(all, expected_rows(generations, all), {{"one", 3}});
}

TEST_F(StoreTest, RunsSayWhereTheyComeFrom) {
    open();
    const TenantId tenant = *TenantId::parse("a");
    TestGeneration generation;
    generation.id = {"one", 41};
    const StreamPtr stream = make_stream({{"app", "x"}});
    generation.add(tenant, stream, 100, "first");
    generation.add(tenant, stream, 200, "second");
    ASSERT_OK(generation.publish_to(*store_));

    const Result<std::vector<storage::Run>> runs = store_->select({tenant, {}, 150, 150}, {});

    ASSERT_OK(runs);
    ASSERT_EQ(runs->size(), 1U);
    const storage::Run& run = runs->front();
    EXPECT_EQ(run.generation, 41U);
    EXPECT_EQ(run.position, 7U);
    EXPECT_EQ(run.rows(), 2U);
    EXPECT_EQ(run.min_time, 100);
    EXPECT_EQ(run.max_time, 200);
    EXPECT_EQ(run.line_bytes, 11U);
    EXPECT_EQ(run.stream->id, stream->id);
    const auto levels = run.block->levels();
    ASSERT_OK(levels);
    EXPECT_EQ((*levels)->value(0), "info");
    const auto metadata = run.block->metadata();
    ASSERT_OK(metadata);
    ASSERT_NE((*metadata)->find("trace"), nullptr);
    EXPECT_EQ((*metadata)->find("trace")->value(1), "second");
}

TEST_F(StoreTest, RunsOutliveTheStore) {
    RandomStreams random(34);
    open();
    const TestGeneration generation = make_generation(random, 1);
    ASSERT_OK(generation.publish_to(*store_));
    const Selection all = everything("a");
    const Result<std::vector<storage::Run>> runs = store_->select(all, {});
    ASSERT_OK(runs);
    store_.reset();
    const Result<std::set<TestRow>> rows = read_rows(*runs, all);
    ASSERT_OK(rows);
    EXPECT_EQ(*rows, generation.select(all));
}

TEST_F(StoreTest, LeavesNoMemoryBehind) {
    RandomStreams random(45);
    open();
    ASSERT_OK(make_generation(random, 1).publish_to(*store_));
    std::weak_ptr<const Stream> held;
    {
        const Result<std::vector<storage::Run>> runs = store_->select(everything("a"), {});
        ASSERT_OK(runs);
        ASSERT_FALSE(runs->empty());
        held = runs->front().stream;
    }
    EXPECT_FALSE(held.expired()) << "the table was not cached, so this test shows nothing";
    store_.reset();
    EXPECT_TRUE(held.expired());
}

TEST_F(StoreTest, PublishingAgainChangesNothing) {
    RandomStreams random(35);
    open();
    const TestGeneration generation = make_generation(random, 1);
    ASSERT_OK(generation.publish_to(*store_));
    bool asked = false;
    ASSERT_OK(store_->publish(generation.id, [&](SegmentWriter&) -> Result<void> {
        asked = true;
        return {};
    }));
    EXPECT_FALSE(asked);
    EXPECT_EQ(store_->totals().segments, 1U);
    expect_rows(everything("a"), generation.select(everything("a")));
}

TEST_F(StoreTest, AnErrorOfTheFillLeavesNothing) {
    open();
    const auto failed = store_->publish({"one", 1}, [](SegmentWriter&) -> Result<void> {
        return Error{ErrorCode::kUnavailable, "no room"};
    });
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::kUnavailable);
    EXPECT_FALSE(*store_->has_generation({"one", 1}));
    EXPECT_TRUE(objects_->list("")->empty());
}

TEST_F(StoreTest, KnowsTheLastGenerationThatAnObjectNames) {
    RandomStreams random(36);
    open();
    EXPECT_EQ(*store_->last_generation("one"), 0U);
    ASSERT_OK(make_generation(random, 7).publish_to(*store_));
    EXPECT_EQ(*store_->last_generation("one"), 7U);
    close();
    // A damaged object's number is taken too.
    files_.put("objects/segments/l0-one-000000000000000b.seg", "nothing");
    open();
    EXPECT_EQ(*store_->last_generation("one"), 11U);
    EXPECT_FALSE(*store_->has_generation({"one", 11}));
    EXPECT_TRUE(*store_->has_generation({"one", 7}));
    EXPECT_EQ(*store_->last_generation("two"), 0U);
}

TEST_F(StoreTest, StartsWithDamagedAndForeignObjectsLeftOut) {
    RandomStreams random(37);
    open();
    const TestGeneration good = make_generation(random, 1);
    const TestGeneration bad = make_generation(random, 2);
    ASSERT_OK(good.publish_to(*store_));
    ASSERT_OK(bad.publish_to(*store_));
    close();
    lose_catalog();
    const std::string path = "objects/" + SegmentId::of_generation(bad.id).object_key();
    ASSERT_TRUE(files_.damage(path, (*files_.open_read(path))->size() - 20, 0x55));
    files_.put("objects/segments/notes.txt", "mine");

    open();

    const Selection all = everything("a");
    expect_rows(all, good.select(all));
    EXPECT_EQ(store_->totals().segments, 1U);
    EXPECT_NE(metrics_.exposition().find("skald_store_damaged_segments 1"), std::string::npos);
    // The generation is still in the ingester's hands: publishing it writes the object anew.
    ASSERT_OK(bad.publish_to(*store_));
    expect_rows(all, expected_rows({good, bad}, all));
}

TEST_F(StoreTest, AStartLeavesNoSegmentOutForAnErrorThatPasses) {
    RandomStreams random(41);
    open();
    const TestGeneration generation = make_generation(random, 1);
    ASSERT_OK(generation.publish_to(*store_));
    close();
    lose_catalog();
    files_.fail_next(FaultyFileSystem::Operation::kRead, {ErrorCode::kIo, "simulated"});
    open();
    expect_rows(everything("a"), generation.select(everything("a")));
    EXPECT_EQ(store_->totals().segments, 1U);
}

TEST_F(StoreTest, ForgetsSegmentsWhoseObjectIsGone) {
    RandomStreams random(38);
    open();
    const TestGeneration kept = make_generation(random, 1);
    const TestGeneration gone = make_generation(random, 2);
    ASSERT_OK(kept.publish_to(*store_));
    ASSERT_OK(gone.publish_to(*store_));
    ASSERT_OK(objects_->remove(SegmentId::of_generation(gone.id).object_key()));
    close();
    open();
    expect_rows(everything("a"), kept.select(everything("a")));
    EXPECT_EQ(store_->totals().segments, 1U);
    EXPECT_FALSE(*store_->has_generation(gone.id));
}

TEST_F(StoreTest, ReadsNoFooterThatTheCatalogHas) {
    RandomStreams random(39);
    open();
    for (std::uint64_t number = 1; number <= 5; ++number)
        ASSERT_OK(make_generation(random, number).publish_to(*store_));
    close();
    std::size_t reads = 0;
    files_.on_operation([&](FaultyFileSystem::Operation operation, const std::string&) {
        reads += operation == FaultyFileSystem::Operation::kRead ? 1 : 0;
    });
    open();
    EXPECT_EQ(reads, 0U);
    files_.on_operation({});
    EXPECT_EQ(store_->totals().segments, 5U);
}

TEST_F(StoreTest, ReportsADamagedBlockOnceAndReadsTheOthers) {
    open();
    const TenantId tenant = *TenantId::parse("a");
    TestGeneration generation;
    generation.id = {"one", 1};
    for (int i = 0; i < 6; ++i)
        generation.add(tenant, make_stream({{"app", std::to_string(i)}}), 100 + i,
                       "line " + std::to_string(i));
    ASSERT_OK(generation.publish_to(*store_));
    const Selection all{tenant, {}, kTimeMin, kTimeMax};
    const SegmentId segment = SegmentId::of_generation(generation.id);
    close();
    open(0);
    const Result<std::vector<storage::Run>> runs = store_->select(all, {});
    ASSERT_OK(runs);
    ASSERT_EQ(runs->size(), 6U);
    const auto stored = [&](std::size_t run) { return (*runs)[run].block->stored_bytes(); };
    EXPECT_GT(stored(0), 0U);
    // The last byte of the first block is its text's: the second block begins right after it.
    const std::string path = "objects/" + segment.object_key();
    ASSERT_NE((*runs)[0].block, (*runs)[5].block);
    const auto footer = read_footer(
        [&](std::uint64_t offset, std::size_t length) {
            return objects_->read(segment.object_key(), offset, length);
        },
        *objects_->size(segment.object_key()));
    ASSERT_OK(footer);
    const auto table = read_region(
        [&](std::uint64_t offset, std::size_t length) {
            return objects_->read(segment.object_key(), offset, length);
        },
        footer->regions[0]);
    ASSERT_OK(table);
    const BlockEntry& first = table->blocks[0];
    const std::string at = std::to_string(first.offset);
    ASSERT_TRUE(files_.damage(path, first.offset + first.header.stored_size() - 1, 0x10));

    for (int round = 0; round < 2; ++round) {
        const Result<LineColumn> lines = (*runs)[0].block->lines();
        ASSERT_FALSE(lines);
        EXPECT_EQ(lines.error().code, ErrorCode::kCorruption);
        EXPECT_NE(lines.error().message.find(segment.object_key()), std::string::npos)
            << lines.error().message;
        EXPECT_NE(lines.error().message.find("at " + at + ", column text"), std::string::npos)
            << lines.error().message;
    }
    EXPECT_OK((*runs)[0].block->times());
    EXPECT_OK((*runs)[5].block->lines());
    EXPECT_NE(metrics_.exposition().find("skald_corrupt_blocks_total 1"), std::string::npos);
}

TEST_F(StoreTest, ADamagedFilterHidesNothingAndIsReportedOnce) {
    open();
    const TenantId tenant = *TenantId::parse("a");
    TestGeneration generation;
    generation.id = {"one", 1};
    for (int i = 0; i < 200; ++i)
        generation.add(tenant, make_stream({{"app", "a"}}), 100 + i,
                       "a line of the only block, number " + std::to_string(i));
    ASSERT_OK(generation.publish_to(*store_));
    const Selection all{tenant, {}, kTimeMin, kTimeMax};
    const std::string key = SegmentId::of_generation(generation.id).object_key();
    const RangeReader read = [&](std::uint64_t offset, std::size_t length) {
        return objects_->read(key, offset, length);
    };
    const auto footer = read_footer(read, *objects_->size(key));
    ASSERT_OK(footer);
    const auto table = read_region(read, footer->regions[0]);
    ASSERT_OK(table);
    ASSERT_EQ(table->filters.size(), 1U);
    const auto filter_of_first = [&] {
        const Result<std::vector<storage::Run>> runs = store_->select(all, {});
        return runs && !runs->empty() ? runs->front().block->filter() : nullptr;
    };
    const auto filter = filter_of_first();
    ASSERT_NE(filter, nullptr);
    EXPECT_TRUE(filter->may_hold(FilterProbe::of_text("only block")));
    EXPECT_FALSE(filter->may_hold(FilterProbe::of_text("something else")));
    close();
    const FilterGroup& group = table->filters[0];
    ASSERT_TRUE(files_.damage("objects/" + key, group.offset + group.stored_size / 2, 0x10));
    open();

    EXPECT_EQ(filter_of_first(), nullptr);
    EXPECT_EQ(filter_of_first(), nullptr);

    expect_rows(all, generation.select(all));
    EXPECT_NE(metrics_.exposition().find("skald_corrupt_filters_total 1"), std::string::npos);
}

TEST_F(StoreTest, ADamagedRegionDoesNotHideTheOthers) {
    RandomStreams random(40);
    open();
    const TestGeneration good = make_generation(random, 1);
    const TestGeneration bad = make_generation(random, 2);
    ASSERT_OK(good.publish_to(*store_));
    ASSERT_OK(bad.publish_to(*store_));
    const Selection all = everything("a");
    const auto regions = catalog_->regions(all.tenant, all.start, all.end);
    ASSERT_OK(regions);
    close();
    for (const CatalogRegion& region : *regions) {
        if (region.segment == SegmentId::of_generation(bad.id))
            files_.damage("objects/" + region.segment.object_key(), region.summary.table_offset,
                          0xFF);
    }
    open();
    expect_rows(all, good.select(all));
    ASSERT_FALSE(store_->select(all, {good.id}));
    EXPECT_EQ(store_->select(all, {good.id}).error().code, ErrorCode::kCorruption);
}

TEST_F(StoreTest, TroubleWithReadingIsAnError) {
    RandomStreams random(41);
    open();
    const TestGeneration generation = make_generation(random, 1);
    ASSERT_OK(generation.publish_to(*store_));
    close();
    open();
    files_.set_failure_rate(FaultyFileSystem::Operation::kRead, 1000);
    const auto runs = store_->select(everything("a"), {});
    ASSERT_FALSE(runs);
    EXPECT_EQ(runs.error().code, ErrorCode::kIo);
    files_.set_failure_rate(FaultyFileSystem::Operation::kRead, 0);
    expect_rows(everything("a"), generation.select(everything("a")));
}

TEST_F(StoreTest, StaysInsideItsCacheAndAnswersTheSame) {
    RandomStreams random(42);
    std::vector<TestGeneration> generations;
    constexpr std::size_t kCacheBytes = 96 * kKiB;
    open(kCacheBytes);
    for (std::uint64_t number = 1; number <= 8; ++number) {
        generations.push_back(make_generation(random, number));
        ASSERT_OK(generations.back().publish_to(*store_));
        EXPECT_LE(store_->totals().cache_bytes, kCacheBytes);
    }
    for (int round = 0; round < 60; ++round) {
        const Selection selection = random_selection(random);
        expect_rows(selection, expected_rows(generations, selection));
        EXPECT_LE(store_->totals().cache_bytes, kCacheBytes);
    }
    EXPECT_GT(store_->totals().cache_bytes, 0U);
}

TEST_F(StoreTest, ReadsAColumnOnce) {
    RandomStreams random(43);
    open();
    const TestGeneration generation = make_generation(random, 1);
    ASSERT_OK(generation.publish_to(*store_));
    const Selection all = everything("a");
    expect_rows(all, generation.select(all));
    std::size_t reads = 0;
    files_.on_operation([&](FaultyFileSystem::Operation operation, const std::string&) {
        reads += operation == FaultyFileSystem::Operation::kRead ? 1 : 0;
    });
    expect_rows(all, generation.select(all));
    EXPECT_EQ(reads, 0U);
    files_.on_operation({});
    const Result<std::vector<storage::Run>> runs = store_->select(all, {});
    ASSERT_OK(runs);
    for (const storage::Run& run : *runs) EXPECT_EQ(run.block->stored_bytes(), 0U);
    EXPECT_EQ(metrics_.exposition().find("loki_cache_hits{name=\"text\"} 0\n"), std::string::npos);
}

/// One tenant's rows in more blocks than a small region has.
TestGeneration many_blocks() {
    TestGeneration generation;
    generation.id = {"one", 1};
    for (int i = 0; i < 6000; ++i)
        generation.add(*TenantId::parse("a"), make_stream({{"pod", std::to_string(i % 60)}}),
                       100 + i, "a line of one of many blocks, number " + std::to_string(i));
    return generation;
}

TEST_F(StoreTest, KeepsFiltersAndTimesOfALargeRegionThatItWrote) {
    open();
    ASSERT_OK(many_blocks().publish_to(*store_));
    std::size_t reads = 0;
    files_.on_operation([&](FaultyFileSystem::Operation operation, const std::string&) {
        reads += operation == FaultyFileSystem::Operation::kRead ? 1 : 0;
    });
    const Result<std::vector<storage::Run>> runs = store_->select(everything("a"), {});
    ASSERT_OK(runs);
    ASSERT_GE(runs->size(), 16U);
    for (const storage::Run& run : *runs) {
        EXPECT_NE(run.block->filter(), nullptr);
        const Result<storage::TimeColumn> times = run.block->times();
        ASSERT_OK(times);
        EXPECT_EQ(times->values[run.row_begin], run.min_time);
    }
    files_.on_operation({});
    EXPECT_EQ(reads, 0U);
}

TEST_F(StoreTest, ARewriteKeepsInMemoryWhatWasThere) {
    for (const bool was_there : {true, false}) {
        open();
        if (was_there) {
            ASSERT_OK(many_blocks().publish_to(*store_));
        } else {
            close();
            open();
        }
        const Result<std::vector<StoredSegment>> segments = store_->rewriter()->segments();
        ASSERT_OK(segments);
        const auto same = [](SegmentWriter& writer) { return many_blocks().fill(writer); };
        ASSERT_OK(store_->rewriter()->rewrite({.inputs = {segments->front().id},
                                               .level = segments->front().level + 1,
                                               .applied_deletes = {},
                                               .members = {same}}));
        std::size_t reads = 0;
        files_.on_operation([&](FaultyFileSystem::Operation operation, const std::string&) {
            reads += operation == FaultyFileSystem::Operation::kRead ? 1 : 0;
        });
        const Result<std::vector<storage::Run>> runs = store_->select(everything("a"), {});
        ASSERT_OK(runs);
        for (const storage::Run& run : *runs) EXPECT_NE(run.block->filter(), nullptr);
        files_.on_operation({});
        EXPECT_EQ(reads == 0, was_there);
        ASSERT_OK(store_->rewriter()->sweep(Clock::TimePoint::max(), {}));
        close();
    }
}

TEST_F(StoreTest, AsksTheCatalogBeforeItOpensLargeTables) {
    open(0);
    const TenantId tenant = *TenantId::parse("a");
    for (std::uint64_t number = 1; number <= 2; ++number) {
        TestGeneration generation;
        generation.id = {"one", number};
        for (int i = 0; i < 3000; ++i)
            generation.add(
                tenant, make_stream({{"app", std::to_string(number)}, {"pod", std::to_string(i)}}),
                100 + i, "x");
        ASSERT_OK(generation.publish_to(*store_));
    }
    std::set<std::string> read;
    files_.on_operation([&](FaultyFileSystem::Operation operation, const std::string& path) {
        if (operation == FaultyFileSystem::Operation::kRead) read.insert(path);
    });
    const Selection one{tenant, {make_matcher(MatchOp::kRegex, "app", "2|3")}, 0, 10'000};
    const auto runs = store_->select(one, {});
    files_.on_operation({});
    ASSERT_OK(runs);
    EXPECT_EQ(runs->size(), 3000U);
    EXPECT_EQ(read, std::set<std::string>{"objects/" +
                                          SegmentId::of_generation({"one", 2}).object_key()});
}

/// Streams that somebody writes to.
class ActiveStreams final : public StreamSource {
public:
    explicit ActiveStreams(std::vector<StreamPtr> streams) : streams_(std::move(streams)) {}
    StreamPtr find(const TenantId& tenant, const StreamId& id) const override {
        if (tenant.text() != "a") return nullptr;
        for (const StreamPtr& stream : streams_)
            if (stream->id == id) return stream;
        return nullptr;
    }

private:
    std::vector<StreamPtr> streams_;
};

TEST_F(StoreTest, TablesNameTheStreamsThatAreInMemoryAnyway) {
    const StreamPtr active = make_stream({{"app", "active"}});
    const StreamPtr idle = make_stream({{"app", "idle"}});
    TestGeneration generation;
    generation.id = {"one", 1};
    for (const char* tenant : {"a", "b"})
        for (const StreamPtr& stream : {active, idle})
            generation.add(*TenantId::parse(tenant), stream, 100, "x");
    const auto found_in = [&](const char* tenant) {
        std::set<StreamPtr> found;
        const auto runs = store_->select(everything(tenant), {});
        EXPECT_OK(runs);
        for (const storage::Run& run : *runs) found.insert(run.stream);
        return found;
    };
    // Tables that were just written and stay in the cache, and tables that are read for the query.
    for (const std::size_t cache_bytes : {std::size_t{8} << 20, std::size_t{0}}) {
        open(cache_bytes);
        auto source = std::make_shared<ActiveStreams>(std::vector{active});
        store_->share_streams(source);
        ASSERT_OK(generation.publish_to(*store_));
        EXPECT_TRUE(found_in("a").contains(active));
        EXPECT_FALSE(found_in("a").contains(idle));
        EXPECT_EQ(found_in("a").size(), 2U);
        EXPECT_FALSE(found_in("b").contains(active));

        source.reset();
        expect_rows(everything("a"), generation.select(everything("a")));
        close();
        start_anew();
    }
}

TEST_F(StoreTest, TablesOutsideTheCacheArePartOfASelectionsMemory) {
    constexpr int kStreams = 5000;
    TestGeneration generation;
    generation.id = {"one", 1};
    for (int i = 0; i < kStreams; ++i)
        generation.add(*TenantId::parse("a"), make_stream({{"pod", std::to_string(i)}}), 100, "x");
    const auto asked = [&](std::size_t cache_bytes) {
        open(cache_bytes);
        EXPECT_OK(generation.publish_to(*store_));
        Selection all = everything("a");
        std::uint64_t bytes = 0;
        all.take_memory = [&bytes](std::uint64_t more) {
            bytes += more;
            return true;
        };
        EXPECT_EQ(store_->select(all, {})->size(), kStreams);
        all.take_memory = [](std::uint64_t) { return false; };
        EXPECT_EQ(store_->select(all, {}).error().code, ErrorCode::kUnavailable);
        close();
        start_anew();
        return bytes;
    };
    const std::uint64_t cached = asked(64U << 20);
    const std::uint64_t read = asked(0);
    EXPECT_GT(read, cached + kStreams * 40);
    EXPECT_LT(read, kStreams * 260 + kMiB);
}

TEST_F(StoreTest, QueriesSeeWholeGenerationsWhileOthersArePublished) {
    RandomStreams random(44);
    use_memory_catalog();
    open(64 * kKiB);
    std::vector<TestGeneration> generations;
    for (std::uint64_t number = 1; number <= 12; ++number)
        generations.push_back(make_generation(random, number));
    const Selection all = everything("a");
    std::atomic<bool> done = false;
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) {
        readers.emplace_back([&] {
            std::size_t before = 0;
            while (!done || before < generations.size()) {
                const Result<std::vector<storage::Run>> runs = store_->select(all, {});
                ASSERT_OK(runs);
                const Result<std::set<TestRow>> rows = read_rows(*runs, all);
                ASSERT_OK(rows);
                std::set<std::uint64_t> seen;
                for (const storage::Run& run : *runs) seen.insert(run.generation);
                std::set<TestRow> expected;
                for (const std::uint64_t number : seen)
                    expected.merge(generations[number - 1].select(all));
                ASSERT_EQ(*rows, expected);
                ASSERT_GE(seen.size(), before);
                before = seen.size();
            }
        });
    }
    for (const TestGeneration& generation : generations) EXPECT_OK(generation.publish_to(*store_));
    done = true;
    for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace skald::storage

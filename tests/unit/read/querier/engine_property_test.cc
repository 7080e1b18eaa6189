// SPDX-License-Identifier: Apache-2.0
//
// Goal: the engine answers as LogQL says, however rows lie in runs and blocks.
// Method: random rows (ties, repeats, disorder) are dealt out to runs of generations, some in
// memory and some in the store, some in blocks that several streams share; random queries are
// answered by the engine and by a naive evaluator over the list of rows.
#include "support/naive_logql.h"
#include "support/querier_fixture.h"
#include "support/result_assertions.h"
#include "windows.h"

#include <skald/read/logql/parser.h>
#include <skald/storage/block/block_codec.h>

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace skald::read {
namespace {

using support::MemoryBlock;
using support::MemoryRow;
using support::NaiveLogql;
using support::NaiveRow;

constexpr DurationNs kSecond = 1'000'000'000;

/// Random rows and where they lie.
class World {
public:
    explicit World(std::uint64_t seed) : random_(seed) {
        const std::size_t streams = 1 + below(6);
        for (std::size_t i = 0; i < streams; ++i) {
            std::vector<Labels::Pair> pairs = {{"app", pick({"web", "api", "db"})},
                                               {"pod", std::to_string(i)}};
            if (chance(40)) pairs.emplace_back("env", pick({"prod", "dev"}));
            streams_.push_back(std::make_shared<const Stream>(Labels::from_pairs(pairs)));
        }
        const std::size_t generations = 1 + below(4);
        for (std::size_t i = 0; i < generations; ++i) add_generation(i + 1);
    }

    std::vector<NaiveRow> rows;
    support::RunList in_memory;
    support::RunList stored;

    std::size_t below(std::size_t limit) { return random_() % limit; }
    bool chance(unsigned percent) { return below(100) < percent; }
    std::string pick(std::vector<std::string> from) { return from[below(from.size())]; }

private:
    struct Placed {
        StreamPtr stream;
        std::vector<MemoryRow> rows;
        std::uint64_t position;
    };

    void add_generation(std::uint64_t generation) {
        const bool memory = chance(40);
        std::vector<Placed> runs;
        std::uint64_t position = 0;
        for (const StreamPtr& stream : streams_) {
            for (std::size_t run = below(4); run > 0; --run) {
                runs.push_back({stream, make_run(stream), position++});
            }
        }
        while (!runs.empty()) {
            // Several runs share a block, ordered by stream.
            std::vector<Placed> block;
            for (std::size_t count = 1 + below(4); count > 0 && !runs.empty(); --count) {
                block.push_back(std::move(runs.back()));
                runs.pop_back();
            }
            place(block, generation, memory ? in_memory : stored);
        }
    }

    void place(const std::vector<Placed>& runs, std::uint64_t generation, support::RunList& list) {
        std::vector<MemoryRow> all;
        for (const Placed& run : runs) all.insert(all.end(), run.rows.begin(), run.rows.end());
        const std::shared_ptr<const storage::Block> block = make_block(all);
        std::uint32_t row = 0;
        for (const Placed& placed : runs) {
            storage::Run run{.block = block,
                             .stream = placed.stream,
                             .row_begin = row,
                             .row_end = row + static_cast<std::uint32_t>(placed.rows.size()),
                             .min_time = placed.rows.front().time,
                             .max_time = placed.rows.back().time,
                             .line_bytes = 0,
                             .generation = generation,
                             .position = placed.position};
            for (const MemoryRow& each : placed.rows) {
                run.line_bytes += each.line.size();
                NaiveRow naive{.stream = placed.stream->labels,
                               .time = each.time,
                               .line = each.line,
                               .metadata = {each.metadata.begin(), each.metadata.end()},
                               .parsed = {},
                               .original = {},
                               .generation = generation,
                               .position = placed.position};
                if (!each.level.empty()) naive.metadata["detected_level"] = each.level;
                rows.push_back(std::move(naive));
            }
            row = run.row_end;
            list.runs.push_back({run, {"instance", generation}});
        }
    }

    /// Half of the blocks are as stored, the others plain vectors.
    std::shared_ptr<const storage::Block> make_block(const std::vector<MemoryRow>& all) {
        auto plain = std::make_shared<MemoryBlock>(all);
        if (chance(50)) return plain;
        const auto times = *plain->times();
        const auto levels = *plain->levels();
        const auto metadata = *plain->metadata();
        const storage::BlockRows rows_of_block{.times = times.values,
                                               .lines = *plain->lines(),
                                               .levels = levels.get(),
                                               .metadata = metadata.get()};
        return storage::make_encoded_block(std::make_shared<const storage::EncodedBlock>(
            storage::encode_block(rows_of_block, {.codec = storage::Codec::kLz4})));
    }

    /// Rows by time without exact repeats; some are copies of rows of earlier runs.
    std::vector<MemoryRow> make_run(const StreamPtr& stream) {
        std::vector<MemoryRow> run;
        const std::size_t count = 1 + below(40);
        const TimeNs begin = static_cast<TimeNs>(below(100)) * kSecond;
        const bool many_ties = chance(20);
        for (std::size_t i = 0; i < count; ++i) {
            MemoryRow row = make_row();
            row.time = begin + static_cast<TimeNs>(below(many_ties ? 3 : 30)) * kSecond;
            // Around the edges of windows.
            if (chance(20)) row.time += static_cast<TimeNs>(below(3)) - 1;
            run.push_back(std::move(row));
        }
        for (const NaiveRow& row : rows) {
            if (!(row.stream == stream->labels) || !chance(20)) continue;
            MemoryRow copy{row.time, row.line, "", {}};
            for (const auto& [name, value] : row.metadata) {
                if (name == "detected_level") {
                    copy.level = value;
                } else {
                    copy.metadata.emplace_back(name, value);
                }
            }
            run.push_back(std::move(copy));
        }
        std::stable_sort(run.begin(), run.end(),
                         [](const MemoryRow& a, const MemoryRow& b) { return a.time < b.time; });
        std::vector<MemoryRow> unique;
        for (MemoryRow& row : run) {
            if (std::find(unique.begin(), unique.end(), row) == unique.end()) {
                unique.push_back(std::move(row));
            }
        }
        return unique;
    }

    MemoryRow make_row() {
        MemoryRow row;
        row.line = pick({"", "error", "an error here", "all is well", "GET /x 200", "GET /y 500",
                         "a\nb", "code=500 lat=1.5 user=eve", "lat=2 size=10 error=no",
                         "lat=0.25 code=200 size=-3", R"({"code":"404","lat":7,"user":"eve"})",
                         R"({"size":12,"pod":"x"})"});
        row.level = pick({"", "info", "info", "error"});
        if (chance(30)) row.metadata.emplace_back("app", "hidden");
        if (chance(30)) row.metadata.emplace_back("code", pick({"200", "404", "500"}));
        if (chance(30)) row.metadata.emplace_back("user", pick({"ann", "bob"}));
        return row;
    }

    std::mt19937_64 random_;
    std::vector<StreamPtr> streams_;
};

/// Random queries of what both evaluators know.
class Queries {
public:
    explicit Queries(World& world) : world_(world) {}

    std::string log() {
        std::string query =
            pick({R"({app="web"})", R"({app=~".+"})", R"({app=~"web|api", env!="dev"})",
                  R"({pod=~"[0-3]"})", R"({env="prod"})"});
        for (std::size_t stages = world_.below(4); stages > 0; --stages) {
            query += pick({R"( |= "error")",
                           R"( != "error")",
                           R"( |~ "[45]\\d\\d")",
                           R"( |= "GET" or "well")",
                           R"( !~ "a.")",
                           R"( | code="500")",
                           R"( | detected_level="error" or user="ann")",
                           R"( | app="web")",
                           R"( | app_extracted!="")",
                           R"( | code >= 404)",
                           R"( | code > 100, user!="bob")",
                           R"( | drop user)",
                           R"( | drop code, detected_level)",
                           R"( | env="")",
                           R"( | logfmt)",
                           R"( | json | __error__="")",
                           R"( | logfmt | lat > 1)",
                           R"( | logfmt | json | drop __error__, __error_details__)",
                           R"( | json | drop __error__, __error_details__ | size >= 0)",
                           R"( | line_format "{{.code}} of {{.user}} error")",
                           R"( | label_format where=app, who="{{.user}}!")",
                           R"( | label_format code=size)",
                           R"( | user_extracted="eve")",
                           R"( | keep app, code, lat, size, user)"});
        }
        return query;
    }

    /// `exact`: only whole numbers, for whatever compares values, because the two evaluators add
    /// fractions up in different orders.
    std::string metric(bool exact = false, int depth = 0) {
        switch (world_.below(depth > 2 ? 2 : 7)) {
            case 0: return range(exact);
            case 5: return exact ? range(true) : unwrapped();
            case 6:
                return "sum by (app, d) (label_replace(" + range(exact) +
                       pick({R"q(, "d", "${1}x", "code", "(.).*"))q",
                             R"q(, "d", "a", "app", "web"))q",
                             R"q(, "app", "", "app", "(.*)"))q"}) +
                       ")";
            case 1: return "sum" + grouping() + "(" + range(exact) + ")";
            case 2: {
                const std::string op =
                    exact ? pick({"min", "max", "count", "sum"})
                          : pick({"avg", "min", "max", "count", "sum", "stddev", "stdvar"});
                return op + grouping() + "(" + metric(exact, depth + 1) + ")";
            }
            case 3:
                return pick({"topk(2, ", "bottomk(1, "}) + metric(true, depth + 1) + ")" +
                       grouping();
            default: return exact ? range(true) : binary(depth);
        }
    }

private:
    std::string pick(std::vector<std::string> from) { return world_.pick(std::move(from)); }

    std::string range(bool exact) {
        const std::string op =
            exact ? pick({"count_over_time", "bytes_over_time"})
                  : pick({"count_over_time", "rate", "bytes_over_time", "bytes_rate"});
        return op + "(" + log() + " [" + pick({"1s", "7s", "10s", "25s", "3m"}) + "]" +
               pick({"", "", " offset 13s", " offset -5s"}) + ")";
    }
    std::string unwrapped() {
        const std::string op = pick({"sum", "avg", "min", "max", "stdvar", "stddev", "first",
                                     "last", "quantile", "quantile", "rate"});
        const std::string selector = log() + pick({" | logfmt", " | logfmt", ""}) + " | unwrap " +
                                     pick({"lat", "size", "code"}) + R"( | __error__="" [)" +
                                     pick({"1s", "7s", "25s", "3m"}) + "]" +
                                     pick({"", " offset 13s"});
        const std::string by =
            pick({"", " by (app)", " by (code, user)", " without (pod)", " by ()"});
        if (op == "rate") return "rate(" + selector + ")";
        if (op == "sum")
            return pick({"", "sum", "sum by (app)"}) + "(sum_over_time(" + selector + "))";
        if (op == "quantile") {
            return "quantile_over_time(" + pick({"0", "0.5", "0.99", "1"}) + ", " + selector + ")" +
                   by;
        }
        return op + "_over_time(" + selector + ")" + by;
    }
    std::string grouping() {
        return pick({"", "", " by (app)", " by (app, detected_level)", " by (code)",
                     " without (pod)", " without (app, user)", " by (app_extracted)"});
    }
    std::string binary(int depth) {
        const std::string op =
            pick({" + ", " - ", " * ", " / ", " % ", " > ", " <= bool ", " == ", " != "});
        if (world_.chance(40)) {
            return world_.chance(50) ? "(" + metric(true, depth + 1) + ")" + op + "2"
                                     : "3" + op + "(" + metric(true, depth + 1) + ")";
        }
        // Sides with unique labels as far as they are matched.
        const std::string by = pick({"app", "detected_level"});
        const auto side = [&] { return "(sum by (" + by + ") (" + range(true) + "))"; };
        const std::string matching = pick({"", " on (" + by + ") ", " ignoring (pod) "});
        if (world_.chance(40))
            return side() + pick({" and", " or", " unless"}) + " " + matching + side();
        return side() + op + matching + side();
    }

    World& world_;
};

class EngineProperty : public support::QuerierFixture {
protected:
    void load(const World& world) {
        memtables_.list = world.in_memory;
        store_.list = world.stored;
        limits_.max_query_series = 0;
        make_querier();
    }
};

std::string describe(TimeNs time, const std::string& line,
                     const std::map<std::string, std::string>& labels) {
    std::string text = std::to_string(time) + " " + line;
    for (const auto& [name, value] : labels) text += " " + name + "=" + value;
    return text;
}

std::map<std::string, std::string> to_map(const Labels& labels) {
    std::map<std::string, std::string> map;
    for (std::size_t i = 0; i < labels.size(); ++i) map.emplace(labels[i].name, labels[i].value);
    return map;
}

TEST_F(EngineProperty, LogQueriesAgreeWithTheNaiveEvaluator) {
    std::size_t rows_found = 0;
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
        World world(seed);
        load(world);
        const NaiveLogql naive(world.rows);
        Queries queries(world);
        for (int i = 0; i < 8; ++i) {
            const std::string query = queries.log();
            QueryRequest request{.tenant = TenantId::anonymous(), .query = query};
            request.start = static_cast<TimeNs>(world.below(80)) * kSecond +
                            static_cast<TimeNs>(world.below(3)) - 1;
            request.end = request.start + static_cast<TimeNs>(world.below(100)) * kSecond +
                          static_cast<TimeNs>(world.below(3));
            request.limit =
                static_cast<std::uint32_t>(world.chance(50) ? 1 + world.below(20) : 5000);
            request.direction = world.chance(50) ? Direction::kForward : Direction::kBackward;
            if (world.chance(20))
                request.interval = static_cast<DurationNs>(1 + world.below(9)) * kSecond;
            const auto parsed = parse_query(query);
            ASSERT_OK(parsed);

            const auto response = run(request);
            const std::vector<NaiveRow> expected =
                naive.log(std::get<LogExpr>((*parsed)->node), request);

            ASSERT_OK(response);
            std::map<std::string, std::vector<std::string>> got;
            std::map<std::string, std::vector<std::string>> wanted;
            for (const NaiveRow& row : expected) {
                wanted[row.stream.to_string()].push_back(
                    describe(row.time, row.line, row.metadata) +
                    describe(row.time, "", row.parsed));
                ++rows_found;
            }
            for (const LogStream& stream : std::get<StreamsResult>(response->data).streams) {
                for (const LogRow& row : stream.rows) {
                    got[stream.labels.to_string()].push_back(
                        describe(row.time, row.line, to_map(row.metadata)) +
                        describe(row.time, "", to_map(row.parsed)));
                }
            }
            ASSERT_EQ(got, wanted)
                << query << " seed " << seed << " limit " << request.limit
                << (request.direction == Direction::kForward ? " forward" : " backward")
                << " interval " << request.interval;
        }
    }
    EXPECT_GT(rows_found, 5000U);
}

TEST_F(EngineProperty, MetricQueriesAgreeWithTheNaiveEvaluator) {
    std::size_t samples_found = 0;
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
        World world(seed + 1000);
        load(world);
        const NaiveLogql naive(world.rows);
        Queries queries(world);
        for (int i = 0; i < 8; ++i) {
            const std::string query = queries.metric();
            QueryRequest request{.tenant = TenantId::anonymous(), .query = query};
            request.instant = world.chance(30);
            request.start = static_cast<TimeNs>(world.below(80)) * kSecond;
            request.end = request.start + static_cast<TimeNs>(world.below(60)) * kSecond;
            request.step = static_cast<DurationNs>(1 + world.below(30)) * kSecond;
            const auto parsed = parse_query(query);
            ASSERT_OK(parsed);
            const auto steps =
                request.instant ? Result<Steps>(Steps{request.end, 1, 1}) : steps_of(request, true);
            ASSERT_OK(steps);

            const auto response = run(request);

            ASSERT_TRUE(response) << query << ": " << response.error().message;
            std::map<std::pair<TimeNs, std::map<std::string, std::string>>, double> got;
            const auto* vector = std::get_if<VectorResult>(&response->data);
            for (const Series& series : vector != nullptr
                                            ? vector->series
                                            : std::get<MatrixResult>(response->data).series) {
                for (const Sample& sample : series.samples) {
                    const auto key = std::pair(sample.time_ms * 1'000'000, to_map(series.labels));
                    ASSERT_TRUE(got.emplace(key, sample.value).second) << query;
                }
            }
            std::size_t expected = 0;
            for (std::size_t step = 0; step < steps->count; ++step) {
                const TimeNs time = steps->time(step);
                for (const auto& [labels, value] : naive.at(**parsed, time)) {
                    ++expected;
                    const auto found = got.find({time, labels});
                    ASSERT_NE(found, got.end())
                        << query << " seed " << seed << describe(time, "", labels);
                    if (std::isnan(value) && std::isnan(found->second)) continue;
                    ASSERT_NEAR(found->second, value, 1e-9 * std::max(1.0, std::abs(value)))
                        << query << " seed " << seed << describe(time, "", labels);
                }
            }
            ASSERT_EQ(got.size(), expected) << query << " seed " << seed;
            samples_found += expected;
        }
    }
    EXPECT_GT(samples_found, 5000U);
}

}  // namespace
}  // namespace skald::read

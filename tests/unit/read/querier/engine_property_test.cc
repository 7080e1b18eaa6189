// SPDX-License-Identifier: Apache-2.0
//
// Goal: the engine answers as LogQL says, however rows lie in runs and blocks.
// Method: random rows (ties, repeats, disorder) are dealt out to runs of generations, some in
// memory and some in the store, some in blocks that several streams share; random queries are
// answered by the engine and by a naive evaluator over the list of rows.
#include "support/naive_logql.h"
#include "support/querier_fixture.h"
#include "support/random_logql_world.h"
#include "support/result_assertions.h"
#include "windows.h"

#include <skald/read/logql/parser.h>

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace skald::read {
namespace {

using support::NaiveLogql;
using support::NaiveRow;
using Queries = support::RandomQueries;
using World = support::RandomWorld;

constexpr DurationNs kSecond = 1'000'000'000;

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

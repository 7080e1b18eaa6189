// SPDX-License-Identifier: Apache-2.0
//
// Goal: the frontend answers as the querier does, whatever it remembers.
// Method: random queries are asked again and again, over ranges that move, of a frontend and of the
// querier behind it; between them rows are pushed into any time, time passes, rows go.
#include "support/naive_logql.h"
#include "support/querier_fixture.h"
#include "support/quiet_stderr.h"
#include "support/random_logql_world.h"
#include "support/result_assertions.h"

#include <skald/read/frontend/frontend.h>
#include <skald/storage/store/change_log.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <vector>

namespace skald::read {
namespace {

using support::kWorldSecond;
using support::NaiveRow;
using support::RandomQueries;
using support::RandomWorld;

class FrontendProperty : public support::QuerierFixture {
protected:
    void load(const RandomWorld& world) {
        memtables_.list = world.in_memory;
        store_.list = world.stored;
    }

    void make_frontend(DurationNs interval, DurationNs freshness) {
        limits_.max_query_series = 0;
        limits_.split_queries_by_interval = interval;
        limits_.max_cache_freshness_per_query = freshness;
        make_querier();
        frontend_ = read::make_frontend(
            {.cache_bytes = 1 << 20},
            {*querier_, &changes_, *limits_source_, sim_, workers_, metrics_, queue_});
    }

    Result<QueryResponse> ask(const QueryRequest& request) {
        return support::run_task(context_, frontend_->query(request, {}));
    }

    void push(RandomWorld& world) {
        for (const NaiveRow& row : world.push()) {
            changes_.note(TenantId::anonymous(), row.time, row.time);
        }
        load(world);
    }

    /// World time is some minutes after the epoch.
    support::SimClock sim_{100 * kWorldSecond};
    FairQueue queue_{{}, sim_, metrics_};
    storage::ChangeLog changes_;
    std::unique_ptr<Querier> frontend_;
    QuietStderr quiet_;  // A line a query.
};

std::string text_of(const Labels& labels) {
    return labels.to_string();
}

void expect_same_rows(const QueryResponse& got, const QueryResponse& wanted,
                      const std::string& what) {
    const auto& a = std::get<StreamsResult>(got.data).streams;
    const auto& b = std::get<StreamsResult>(wanted.data).streams;
    ASSERT_EQ(a.size(), b.size()) << what;
    for (std::size_t i = 0; i < a.size(); ++i) {
        ASSERT_EQ(a[i].labels, b[i].labels) << what;
        ASSERT_EQ(a[i].rows.size(), b[i].rows.size()) << what << text_of(a[i].labels);
        for (std::size_t j = 0; j < a[i].rows.size(); ++j) {
            ASSERT_EQ(a[i].rows[j].time, b[i].rows[j].time) << what;
            ASSERT_EQ(a[i].rows[j].line, b[i].rows[j].line) << what;
            ASSERT_EQ(a[i].rows[j].metadata, b[i].rows[j].metadata) << what;
            ASSERT_EQ(a[i].rows[j].parsed, b[i].rows[j].parsed) << what;
        }
    }
}

void expect_same_samples(const QueryResponse& got, const QueryResponse& wanted,
                         const std::string& what) {
    const auto& a = std::get<MatrixResult>(got.data).series;
    const auto& b = std::get<MatrixResult>(wanted.data).series;
    ASSERT_EQ(a.size(), b.size()) << what;
    for (std::size_t i = 0; i < a.size(); ++i) {
        ASSERT_EQ(a[i].labels, b[i].labels) << what;
        ASSERT_EQ(a[i].samples.size(), b[i].samples.size()) << what << text_of(a[i].labels);
        for (std::size_t j = 0; j < a[i].samples.size(); ++j) {
            ASSERT_EQ(a[i].samples[j].time_ms, b[i].samples[j].time_ms) << what;
            const double value = b[i].samples[j].value;
            if (std::isnan(value) && std::isnan(a[i].samples[j].value)) continue;
            // Fractions are added up in another order.
            ASSERT_NEAR(a[i].samples[j].value, value, 1e-9 * std::max(1.0, std::abs(value)))
                << what;
        }
    }
}

TEST_F(FrontendProperty, MetricQueriesAreAnsweredAsWithoutIt) {
    std::uint64_t hits = 0;
    std::uint64_t requests = 0;
    for (std::uint64_t seed = 1; seed <= 25; ++seed) {
        RandomWorld world(seed + 5000);
        load(world);
        make_frontend(static_cast<DurationNs>(1 + world.below(50)) * kWorldSecond,
                      static_cast<DurationNs>(world.below(60)) * kWorldSecond);
        RandomQueries queries(world);
        std::vector<std::string> dashboard;
        for (int i = 0; i < 4; ++i) dashboard.push_back(queries.metric());
        const DurationNs step = static_cast<DurationNs>(1 + world.below(5)) * kWorldSecond;
        TimeNs start = static_cast<TimeNs>(world.below(60)) * kWorldSecond;
        DurationNs length = static_cast<DurationNs>(30 + world.below(120)) * kWorldSecond;
        for (int round = 0; round < 12; ++round) {
            for (const std::string& query : dashboard) {
                QueryRequest request{.tenant = TenantId::anonymous(), .query = query};
                request.start = start;
                request.end = start + length;
                request.step = step;

                const auto response = ask(request);
                const auto wanted = run(request);

                ASSERT_EQ(response.has_value(), wanted.has_value()) << query;
                if (!wanted) continue;
                ASSERT_NO_FATAL_FAILURE(expect_same_samples(
                    *response, *wanted,
                    query + " seed " + std::to_string(seed) + " round " + std::to_string(round)));
                hits += response->stats.cache_hits;
                requests += response->stats.cache_requests;
            }
            if (world.chance(30)) push(world);
            if (world.chance(60)) start += static_cast<TimeNs>(world.below(4)) * kWorldSecond;
            if (world.chance(10)) start = static_cast<TimeNs>(world.below(60)) * kWorldSecond;
            if (world.chance(20)) length = static_cast<DurationNs>(world.below(150)) * kWorldSecond;
            sim_.advance(std::chrono::seconds(world.below(6)));
        }
    }
    EXPECT_GT(hits, 500U);
    EXPECT_GT(requests, hits);
}

TEST_F(FrontendProperty, LogQueriesAreAnsweredAsWithoutIt) {
    std::uint64_t hits = 0;
    for (std::uint64_t seed = 1; seed <= 25; ++seed) {
        RandomWorld world(seed + 6000);
        load(world);
        make_frontend(static_cast<DurationNs>(1 + world.below(30)) * kWorldSecond,
                      static_cast<DurationNs>(world.below(60)) * kWorldSecond);
        RandomQueries queries(world);
        std::vector<std::string> panels;
        for (int i = 0; i < 6; ++i) panels.push_back(queries.log());
        for (int round = 0; round < 12; ++round) {
            for (const std::string& query : panels) {
                QueryRequest request{.tenant = TenantId::anonymous(), .query = query};
                request.start = static_cast<TimeNs>(world.below(80)) * kWorldSecond +
                                static_cast<TimeNs>(world.below(3)) - 1;
                request.end = request.start + static_cast<TimeNs>(world.below(100)) * kWorldSecond +
                              static_cast<TimeNs>(world.below(3));
                request.limit =
                    static_cast<std::uint32_t>(world.chance(50) ? 1 + world.below(20) : 5000);
                request.direction = world.chance(50) ? Direction::kForward : Direction::kBackward;
                if (world.chance(10)) request.interval = 3 * kWorldSecond;

                const auto response = ask(request);
                const auto wanted = run(request);

                ASSERT_OK(wanted);
                ASSERT_OK(response);
                ASSERT_NO_FATAL_FAILURE(expect_same_rows(
                    *response, *wanted,
                    query + " seed " + std::to_string(seed) + " round " + std::to_string(round)));
                hits += response->stats.cache_hits;
            }
            if (world.chance(20)) push(world);
            sim_.advance(std::chrono::seconds(world.below(6)));
        }
    }
    EXPECT_GT(hits, 500U);
}

}  // namespace
}  // namespace skald::read

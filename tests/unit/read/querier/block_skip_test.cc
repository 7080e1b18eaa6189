// SPDX-License-Identifier: Apache-2.0
//
// Goal: filters spare blocks that have no row of the answer, and never one that has.
// Method: encoded blocks, each with words and ids of its own; every query is asked twice, of blocks
// with filters and of the same blocks without.
#include "support/block_rows.h"
#include "support/querier_fixture.h"
#include "support/result_assertions.h"

#include <skald/storage/block/block_codec.h>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace skald::read {
namespace {

class BlockSkip : public support::QuerierFixture {
protected:
    static constexpr int kBlocks = 20;

    void store_blocks(bool filtered) {
        for (int block = 0; block < kBlocks; ++block) {
            storage::OpenBlock open;
            const std::string own = std::string(4, static_cast<char>('a' + block));
            for (int i = 0; i < 40; ++i) {
                const std::string number = std::to_string(block * 1000 + i);
                append(open, {at(block * 40 + i),
                              "Request from host-" + own + "-x to the service, id 77" + number +
                                  " took some time",
                              "info",
                              {{"trace_id", "trace-" + number}}});
            }
            // What other letters than ASCII mean to a regex.
            if (block == 3) append(open, {at(block * 40 + 39.5), "\u017Ftate o\u212A now", "", {}});
            const storage::RunInput input{open.snapshot()};
            const auto sealed = storage::seal_block({&input, 1}, {.filter = filtered});
            const auto readable = storage::make_encoded_block(sealed->block);
            const StreamPtr& of = block % 2 == 0 ? web_ : traced_;
            store_.list.runs.push_back(
                {support::run_of(readable, of, 1, static_cast<std::uint64_t>(block)), {"s", 1}});
        }
    }
    QueryResponse ask(const std::string& query, bool filtered) {
        store_.list.runs.clear();
        store_blocks(filtered);
        QueryRequest request = log_request(query, 0, 10'000);
        request.limit = 5000;
        const auto response = run(request);
        EXPECT_OK(response);
        return response ? *response : QueryResponse();
    }

    StreamPtr web_ = stream({{"app", "web"}});
    StreamPtr traced_ = stream({{"app", "web"}, {"trace_id", "trace-1"}});
};

TEST_F(BlockSkip, ChangesNoAnswer) {
    const std::vector<std::string> queries = {
        R"q({app="web"} |= "host-cccc")q",
        R"q({app="web"} |= "host-CCCC")q",
        R"q({app="web"} |~ "(?i)HOST-(cccc|dddd)")q",
        R"q({app="web"} |~ "host-cccc.*id 77")q",
        R"q({app="web"} |~ "host-(cccc|dddd)-x to")q",
        R"q({app="web"} |~ "(?i)state ok now")q",
        R"q({app="web"} |> "<_>host-eeee<_>")q",
        R"q({app="web"} |= "host-cccc" or "host-ffff")q",
        R"q({app="web"} |= "host-cccc" != "id 772001")q",
        R"q({app="web"} != "host-cccc")q",
        R"q({app="web"} !~ "host-[a-k]")q",
        R"q({app="web"} | trace_id="trace-4003")q",
        R"q({app="web"} | trace_id="trace-1")q",
        R"q({app="web"} | trace_id="trace-4003" or trace_id="trace-6003")q",
        R"q({app="web"} | trace_id="trace-4003" or app="web")q",
        R"q({app="web"} | trace_id!="trace-4003" | detected_level="info")q",
        R"q({app="web"} | trace_id_extracted="trace-5003")q",
        R"q({app="web"} | label_format trace_id=app | trace_id="web")q",
        R"q({app="web"} |= "not in any of them")q"};
    for (const std::string& query : queries) {
        const QueryResponse with = ask(query, true);
        const QueryResponse without = ask(query, false);
        EXPECT_EQ(lines(with), lines(without)) << query;
        EXPECT_EQ(without.stats.blocks_skipped, 0U);
    }
}

TEST_F(BlockSkip, SparesTheBlocksThatHaveNoMatch) {
    EXPECT_GE(ask(R"q({app="web"} |= "host-cccc")q", true).stats.blocks_skipped, kBlocks - 2U);
    EXPECT_GE(ask(R"q({app="web"} |~ "(?i)HOST-(cccc|dddd)-x")q", true).stats.blocks_skipped,
              kBlocks - 4U);
    EXPECT_GE(ask(R"q({app="web"} |> "<_>host-eeee<_>")q", true).stats.blocks_skipped,
              kBlocks - 2U);
    EXPECT_EQ(ask(R"q({app="web"} != "host-cccc")q", true).stats.blocks_skipped, 0U);
    // Half of the blocks are of a stream that has the label itself.
    EXPECT_GE(ask(R"q({app="web"} | trace_id="trace-4003")q", true).stats.blocks_skipped,
              kBlocks / 2 - 2U);
    const QueryResponse none = ask(R"q({app="web"} |= "not in any of them")q", true);
    EXPECT_EQ(none.stats.blocks_skipped, static_cast<std::uint64_t>(kBlocks));
    EXPECT_EQ(none.stats.blocks_read, 0U);
}

TEST_F(BlockSkip, ShowsInThePlan) {
    store_blocks(true);
    QueryRequest request = log_request(R"q({app="web"} |= "host-cccc")q", 0, 10'000);
    request.explain = true;
    const auto response = run(request);
    ASSERT_OK(response);
    ASSERT_EQ(response->plan.size(), 1U);
    const PlanStage& stage = response->plan[0].stages[0];
    EXPECT_EQ(stage.text, "block filter");
    EXPECT_EQ(stage.rows, static_cast<std::uint64_t>(kBlocks));
    EXPECT_LE(stage.passed, 2U);
}

}  // namespace
}  // namespace skald::read

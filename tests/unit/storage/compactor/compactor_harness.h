// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../store/store_harness.h"
#include "support/quiet_stderr.h"
#include "support/sim_clock.h"

#include <skald/storage/compactor/compactor.h>
#include <skald/storage/store/segment_rewriter.h>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace skald::storage {

/// A compactor over the store of StoreTest, with small blocks so that little data makes many.
class CompactorTest : public StoreTest {
protected:
    static Compactor::Options small_options() {
        Compactor::Options options;
        options.own_segment_bytes = 2 * kKiB;
        options.block_bytes = 4 * kKiB;
        options.removal_delay = 0;
        return options;
    }
    void open_all() {
        open();
        if (HasFatalFailure()) return;
        make_compactor();
    }
    void make_compactor() {
        Result<std::unique_ptr<Compactor>> compactor = Compactor::create(
            options_,
            {*store_->rewriter(), *limits_, files_, clock_, workers_, metrics_, is_busy_});
        ASSERT_OK(compactor);
        compactor_ = *std::move(compactor);
    }
    void close_all() {
        compactor_.reset();
        close();
    }

    std::vector<StoredSegment> segments() {
        Result<std::vector<StoredSegment>> found = store_->rewriter()->segments();
        EXPECT_OK(found);
        return found ? *std::move(found) : std::vector<StoredSegment>{};
    }
    std::size_t objects() { return objects_->list("segments/")->size(); }

    /// As `expect_rows`, and no row is there twice.
    void expect_once(const Selection& selection, const std::set<TestRow>& expected) {
        expect_rows(selection, expected);
        const Result<std::vector<storage::Run>> runs = store_->select(selection, {});
        ASSERT_OK(runs);
        std::size_t rows = 0;
        for (const storage::Run& run : *runs) rows += run.rows();
        EXPECT_EQ(rows, expected.size());
    }

    /// Rows of a stream in the order that queries give them to equal times.
    std::vector<std::pair<TimeNs, std::string>> in_order(const Selection& selection) {
        using Key = std::tuple<TimeNs, std::uint64_t, std::uint64_t, std::uint32_t>;
        std::vector<std::pair<Key, std::string>> keyed;
        const Result<std::vector<storage::Run>> runs = store_->select(selection, {});
        EXPECT_OK(runs);
        for (const storage::Run& run : *runs) {
            const Result<TimeColumn> times = run.block->times();
            const Result<LineColumn> lines = run.block->lines();
            EXPECT_TRUE(times && lines);
            for (std::uint32_t row = run.row_begin; row < run.row_end; ++row)
                keyed.push_back({{times->values[row], run.generation, run.position, row},
                                 std::string(lines->line(row))});
        }
        std::sort(keyed.begin(), keyed.end());
        std::vector<std::pair<TimeNs, std::string>> rows;
        for (auto& [key, line] : keyed) rows.emplace_back(std::get<0>(key), std::move(line));
        return rows;
    }

    support::SimClock clock_;
    WorkerPool workers_{{.threads = 2}};
    std::unique_ptr<LimitsSource> limits_ = std::make_unique<FixedLimits>(Limits());
    Compactor::Options options_ = small_options();
    std::function<bool()> is_busy_;  ///< Asked before each block of a merge.
    std::unique_ptr<Compactor> compactor_;
};

}  // namespace skald::storage

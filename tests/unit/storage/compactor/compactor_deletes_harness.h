// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compactor_harness.h"
#include "support/no_memtables.h"

#include <skald/storage/deletes/delete_log.h>
#include <skald/storage/store/row_view.h>

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald::storage {

/// Rows whose line ends with the query's text; "" takes all.
class SuffixSelector final : public RowSelector {
public:
    explicit SuffixSelector(std::string_view suffix) : suffix_(suffix) {}
    bool takes_stream(const Labels&) const override { return true; }
    bool takes_all_rows() const override { return suffix_.empty(); }
    Result<void> select(const Run& run, std::uint32_t begin, std::uint32_t end,
                        std::vector<std::uint32_t>& rows) const override {
        SKALD_TRY(const LineColumn lines, run.block->lines());
        for (std::uint32_t row = begin; row < end; ++row) {
            if (lines.line(row).ends_with(suffix_)) rows.push_back(row);
        }
        return {};
    }

private:
    std::string suffix_;
};

/// Deletes over the store and the compactor of CompactorTest.
class CompactorDeletesTest : public CompactorTest {
protected:
    CompactorDeletesTest() {
        use_memory_catalog();
        options_.own_segment_bytes = kKiB;
        options_.merge_segments = 3;
    }

    void open_with_deletes() {
        open();
        if (HasFatalFailure()) return;
        const auto compile = [](std::string_view query) {
            return Result<std::shared_ptr<const RowSelector>>(
                std::make_shared<SuffixSelector>(query));
        };
        Result<std::unique_ptr<DeleteLog>> log =
            DeleteLog::open({.cancel_period = 0}, {.objects = *objects_,
                                                   .limits = *limits_,
                                                   .clock = clock_,
                                                   .metrics = metrics_,
                                                   .compile = compile});
        ASSERT_OK(log);
        log_ = *std::move(log);
        Compactor::Parts parts{
            *store_->rewriter(), *limits_, files_, clock_, workers_, metrics_, {}, log_.get()};
        parts.in_memory = [this](const TenantId&) { return in_memory_; };
        Result<std::unique_ptr<Compactor>> compactor = Compactor::create(options_, parts);
        ASSERT_OK(compactor);
        compactor_ = *std::move(compactor);
    }
    void restart(bool loses_catalog) {
        compactor_.reset();
        log_.reset();
        close();
        files_.restart();
        if (loses_catalog) lose_catalog();
        open_with_deletes();
    }

    void start_over() {
        compactor_.reset();
        log_.reset();
        close();
        start_anew({"objects/deletes/t-a"});
        open_with_deletes();
    }

    /// As queries see it.
    std::set<TestRow> shown(const char* tenant) {
        const RowView view(no_memtables_, *store_, hide_deleted(*log_));
        const Selection selection = everything(tenant);
        const Result<std::vector<storage::Run>> runs = view.store().select(selection, {});
        EXPECT_OK(runs);
        std::size_t rows = 0;
        for (const storage::Run& run : *runs) {
            rows += run.rows();
            expect_exact(run);
        }
        Result<std::set<TestRow>> found = read_rows(*runs, selection);
        EXPECT_OK(found);
        EXPECT_EQ(found->size(), rows);
        return *std::move(found);
    }
    /// What is counted by headers must be right.
    static void expect_exact(const storage::Run& run) {
        const Result<TimeColumn> times = run.block->times();
        const Result<LineColumn> lines = run.block->lines();
        const auto levels = run.block->levels();
        const auto metadata = run.block->metadata();
        ASSERT_TRUE(times && lines && levels && metadata);
        EXPECT_EQ(times->values[run.row_begin], run.min_time);
        EXPECT_EQ(times->values[run.row_end - 1], run.max_time);
        std::uint64_t bytes = 0;
        for (std::uint32_t row = run.row_begin; row < run.row_end; ++row) {
            bytes += lines->line(row).size();
            EXPECT_EQ((*levels)->value(row), times->values[row] % 2 == 0 ? "info" : "");
            EXPECT_EQ((*metadata)->find("trace")->value(row), lines->line(row));
        }
        EXPECT_EQ(bytes, run.line_bytes);
    }
    std::set<TestRow> stored(const char* tenant) {
        const Selection selection = everything(tenant);
        return *read_rows(*store_->select(selection, {}), selection);
    }

    static std::set<TestRow> without(std::set<TestRow> rows, std::string_view suffix,
                                     TimeNs start = kTimeMin, TimeNs end = kTimeMax) {
        std::erase_if(rows, [&](const TestRow& row) {
            return row.line.ends_with(suffix) && row.time >= start && row.time <= end;
        });
        return rows;
    }
    std::string add(std::string query, TimeNs start = kTimeMin, TimeNs end = kTimeMax) {
        const Result<std::string> id = log_->add(a_, std::move(query), start, end);
        EXPECT_OK(id);
        clock_.advance(std::chrono::seconds(1));
        return id ? *id : "";
    }
    bool is_processed(const std::string& id) {
        for (const DeleteStatus& each : log_->list(a_)) {
            if (each.request.id == id)
                return each.request.state == DeleteRequest::State::kProcessed;
        }
        return false;
    }

    const TenantId a_ = *TenantId::parse("a");
    const support::NoMemtables no_memtables_;
    std::set<GenerationId> in_memory_;
    std::unique_ptr<DeleteLog> log_;
};

}  // namespace skald::storage

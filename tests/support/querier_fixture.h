// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/fake_storage.h"
#include "support/memory_block.h"
#include "support/run_task.h"
#include "support/sim_clock.h"

#include <skald/foundation/model/limits.h>
#include <skald/foundation/model/text.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/read/querier/querier.h>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace skald::support {

/// A querier over lists of runs, with two workers and a clock that stands still.
class QuerierFixture : public testing::Test {
protected:
    static constexpr TimeNs kStart = SimClock::kDefaultStart;

    static StreamPtr stream(std::vector<Labels::Pair> pairs) {
        return std::make_shared<const Stream>(Labels::from_pairs(std::move(pairs)));
    }
    static TimeNs at(double seconds) { return kStart + static_cast<TimeNs>(seconds * 1e9); }

    /// Adds a block of one run to the store. Rows must be as Block asks for.
    std::shared_ptr<MemoryBlock> store_run(const StreamPtr& of, const std::vector<MemoryRow>& rows,
                                           std::uint64_t generation = 1,
                                           std::uint64_t position = 0) {
        auto block = std::make_shared<MemoryBlock>(rows);
        store_.list.runs.push_back(
            {run_of(block, of, generation, position), {"store", generation}});
        return block;
    }
    std::shared_ptr<MemoryBlock> memory_run(const StreamPtr& of, const std::vector<MemoryRow>& rows,
                                            std::uint64_t generation = 100,
                                            std::uint64_t position = 0) {
        auto block = std::make_shared<MemoryBlock>(rows);
        memtables_.list.runs.push_back(
            {run_of(block, of, generation, position), {"memory", generation}});
        return block;
    }

    Result<read::QueryResponse> run(read::QueryRequest request, CancelToken cancel = {}) {
        if (querier_ == nullptr) make_querier();
        return run_task(context_, querier_->query(std::move(request), std::move(cancel)));
    }
    read::QueryRequest log_request(std::string query, double from, double to) const {
        return {.tenant = TenantId::anonymous(),
                .query = std::move(query),
                .start = at(from),
                .end = at(to)};
    }
    read::QueryRequest range_request(std::string query, double from, double to, double step) const {
        read::QueryRequest request = log_request(std::move(query), from, to);
        request.step = static_cast<DurationNs>(step * 1e9);
        return request;
    }
    read::QueryRequest instant_request(std::string query, double time) const {
        read::QueryRequest request = log_request(std::move(query), time, time);
        request.instant = true;
        return request;
    }
    /// Lines of the answer, stream after stream.
    static std::vector<std::string> lines(const read::QueryResponse& response) {
        std::vector<std::string> lines;
        for (const auto& each : std::get<read::StreamsResult>(response.data).streams) {
            for (const auto& row : each.rows) lines.push_back(row.line);
        }
        return lines;
    }
    /// Samples of the answer as `{labels} value@seconds`.
    static std::vector<std::string> samples(const read::QueryResponse& response) {
        const auto* matrix = std::get_if<read::MatrixResult>(&response.data);
        const auto& series =
            matrix != nullptr ? matrix->series : std::get<read::VectorResult>(response.data).series;
        std::vector<std::string> texts;
        for (const auto& each : series) {
            for (const auto& sample : each.samples) {
                const double seconds =
                    static_cast<double>(sample.time_ms - kStart / 1'000'000) / 1000;
                texts.push_back(each.labels.to_string() + " " + format_float(sample.value) + "@" +
                                format_float(seconds));
            }
        }
        return texts;
    }

    void make_querier() {
        limits_source_ = std::make_unique<FixedLimits>(limits_);
        querier_ =
            read::Querier::create(memtables_, store_, *limits_source_, clock_, workers_, metrics_);
    }

    boost::asio::io_context context_;  // Before the workers, which resume tasks on it.
    FakeMemtables memtables_;
    FakeRunStore store_;
    Limits limits_;
    SimClock clock_;
    WorkerPool workers_{WorkerPool::Options{.threads = 2, .name = "test"}};
    MetricsRegistry metrics_;
    std::unique_ptr<FixedLimits> limits_source_;
    std::unique_ptr<read::Querier> querier_;
};

}  // namespace skald::support

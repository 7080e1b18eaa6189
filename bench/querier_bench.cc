// SPDX-License-Identifier: Apache-2.0
//
// How fast queries run over sealed blocks in memory: 200 streams, 500 MB of lines in blocks of 256
// KiB. Not part of the default build; link it with the querier, logql, block and foundation
// libraries:
//   clang++-19 -std=c++20 -O2 -Iinclude -Itests bench/querier_bench.cc …
#include "support/fake_storage.h"
#include "support/run_task.h"

#include <skald/read/querier/querier.h>
#include <skald/storage/block/block_codec.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace skald {
namespace {

constexpr TimeNs kStart = 1'793'491'200'000'000'000;
constexpr DurationNs kSpan = 3600LL * 1'000'000'000;
constexpr int kStreams = 200;
constexpr int kBlocksPerStream = 10;
constexpr std::size_t kBlockBytes = 256 * 1024;

/// Builds one block of a stream over [from, to).
storage::Run make_run(const StreamPtr& stream, TimeNs from, TimeNs to, std::uint64_t position,
                      std::mt19937_64& random) {
    std::string text;
    std::vector<std::uint32_t> offsets = {0};
    storage::MetadataColumn levels{.name = "detected_level",
                                   .values = {"", "info", "warn", "error"},
                                   .rows = {},
                                   .owner = nullptr};
    while (text.size() < kBlockBytes) {
        const std::uint64_t r = random();
        const std::uint32_t level = r % 100 < 7 ? 3 : r % 100 < 20 ? 2 : 1;
        text += "ts=2026-11-01T00:00:00Z level=";
        text += level == 3 ? "error" : level == 2 ? "warn" : "info";
        text += " method=GET path=/api/v1/users/" + std::to_string((r >> 8) % 10000);
        text += " status=" + std::to_string(200 + 100 * ((r >> 24) % 4));
        text += " took=" + std::to_string((r >> 32) % 5000) + "us trace=";
        text += std::to_string(random()) + " msg=\"request handled\"\n";
        offsets.push_back(static_cast<std::uint32_t>(text.size()));
        levels.rows.push_back(level);
    }
    const std::size_t rows = levels.rows.size();
    std::vector<TimeNs> times(rows);
    for (TimeNs& time : times) {
        time = from + static_cast<TimeNs>(random() % static_cast<std::uint64_t>(to - from));
    }
    std::sort(times.begin(), times.end());
    const storage::BlockRows block_rows{.times = times,
                                        .lines = {text, {offsets, nullptr}, nullptr},
                                        .levels = &levels,
                                        .metadata = nullptr};
    auto block = storage::make_encoded_block(
        std::make_shared<const storage::EncodedBlock>(storage::encode_block(block_rows, {})));
    return {.block = block,
            .stream = stream,
            .row_begin = 0,
            .row_end = static_cast<std::uint32_t>(rows),
            .min_time = times.front(),
            .max_time = times.back(),
            .line_bytes = block->summary().line_bytes,
            .generation = 1,
            .position = position};
}

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

int run_bench(int repeats) {
    support::FakeRunStore store;
    support::FakeMemtables memtables;
    std::mt19937_64 random(42);
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
    for (int i = 0; i < kStreams; ++i) {
        const auto stream = std::make_shared<const Stream>(
            Labels::from_pairs({{"app", "app" + std::to_string(i % 20)},
                                {"env", i % 3 == 0 ? "dev" : "prod"},
                                {"pod", "pod-" + std::to_string(i)}}));
        const DurationNs part = kSpan / kBlocksPerStream;
        for (int k = 0; k < kBlocksPerStream; ++k) {
            const TimeNs from = kStart + k * part;
            storage::Run run =
                make_run(stream, from, from + part, static_cast<std::uint64_t>(k), random);
            rows += run.rows();
            bytes += run.line_bytes;
            store.list.runs.push_back({std::move(run), {"bench", 1}});
        }
    }
    std::printf("%lu rows, %lu MB, %zu runs\n", rows, bytes >> 20, store.list.runs.size());

    Limits limits;
    limits.max_query_series = 0;
    const FixedLimits source(limits);
    SystemClock clock;
    boost::asio::io_context context;
    WorkerPool workers({.threads = 2, .name = "bench"});
    MetricsRegistry metrics;
    const auto querier = read::Querier::create(memtables, store, source, clock, workers, metrics);

    struct Case {
        const char* name;
        const char* query;
        std::uint32_t limit;
        std::int64_t step_seconds;
    };
    const Case cases[] = {
        {"recent_1000", R"({app="app3"})", 1000, 0},
        {"oldest_1000", R"({env="prod"})", 1000, 0},
        {"frequent_needle_100", R"({env=~".+"} |= "error")", 100, 0},
        {"absent_string", R"({env=~".+"} |= "zzz-not-in-any-line-zzz")", 100, 0},
        {"absent_regex", R"({env=~".+"} |~ "zzz[0-9]+notthere")", 100, 0},
        {"level_1000", R"({env=~".+"} | detected_level="error")", 1000, 0},
        {"count_all", R"(sum(count_over_time({env=~".+"}[1m])))", 0, 60},
        {"bytes_by_app", R"(sum by (app) (bytes_over_time({env=~".+"}[5m])))", 0, 60},
        {"rate_by_app", R"(sum by (app) (rate({env=~".+"}[1m])))", 0, 60},
        {"topk_pods", R"(topk(10, sum by (pod) (rate({env=~".+"}[5m]))))", 0, 60},
        {"explore_histogram",
         R"(sum by (level, detected_level) (count_over_time({env=~".+"} | drop __error__ [30s])))",
         0, 30},
        {"count_all_labels", R"(count_over_time({env=~".+"}[1m]))", 0, 60},
        {"count_error_by_app", R"(sum by (app) (count_over_time({env=~".+"} |= "error" [1m])))", 0,
         60},
        {"count_all_1h_window", R"(sum(count_over_time({env=~".+"}[2h])))", 0, 3600},
    };
    for (const Case& each : cases) {
        double best_wall = 1e9;
        double best_cpu = 1e9;
        read::QueryStats stats;
        for (int i = 0; i < repeats; ++i) {
            read::QueryRequest request{.tenant = TenantId::anonymous(), .query = each.query};
            request.start = kStart;
            request.end = kStart + kSpan;
            request.limit = std::max(each.limit, 1U);
            request.step = each.step_seconds * 1'000'000'000;
            const double cpu = cpu_seconds();
            const auto wall = std::chrono::steady_clock::now();
            auto response =
                support::run_task(context, querier->query(std::move(request), CancelToken()));
            const double took =
                std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count();
            if (!response) {
                std::printf("%s: %s\n", each.name, response.error().message.c_str());
                return 1;
            }
            best_wall = std::min(best_wall, took);
            best_cpu = std::min(best_cpu, cpu_seconds() - cpu);
            stats = response->stats;
        }
        std::printf(
            "%-22s wall %8.2f ms  cpu %8.2f ms  lines %9lu  blocks %5lu  %6.2f GB/s of lines a "
            "core\n",
            each.name, best_wall * 1e3, best_cpu * 1e3, stats.lines_processed, stats.blocks_read,
            static_cast<double>(stats.bytes_processed) / best_cpu / 1e9);
    }
    // The yardstick of this machine at this moment.
    std::vector<char> from(64 << 20, 'x');
    std::vector<char> to(64 << 20);
    double best = 1e9;
    for (int i = 0; i < 5; ++i) {
        const double cpu = cpu_seconds();
        std::memcpy(to.data(), from.data(), from.size());
        best = std::min(best, cpu_seconds() - cpu);
    }
    std::printf("memcpy %.1f GB/s (%d)\n", static_cast<double>(from.size()) / best / 1e9,
                to[12345]);
    return 0;
}

}  // namespace
}  // namespace skald

int main(int argc, char** argv) {
    return skald::run_bench(argc > 1 ? std::atoi(argv[1]) : 5);
}

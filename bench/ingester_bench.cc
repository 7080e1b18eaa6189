// SPDX-License-Identifier: Apache-2.0
//
// What a push costs in the ingester, hand by hand (check, encode, frame, apply, seal), whole pushes
// through a real log on a disk, how fast a log is replayed, and the memory of small streams.
//   ingester_bench FOLDER [FILE...]     FOLDER for the log; lines come from the files, or are made
//   up
#include "write/ingester/memtable.h"
#include "write/ingester/sealer.h"
#include "write/ingester/stream_table.h"
#include "write/ingester/wal_record.h"

#include <skald/foundation/runtime/io_threads.h>
#include <skald/foundation/runtime/task_group.h>
#include <skald/storage/catalog/catalog.h>
#include <skald/storage/objstore/object_store.h>
#include <skald/storage/wal/wal.h>
#include <skald/write/ingester/ingester.h>

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <random>
#include <string>
#include <vector>

namespace skald::write {
namespace {

using cluster::StreamBatch;

constexpr std::size_t kPushBytes = 1'000'000;
constexpr std::size_t kStreams = 200;
constexpr std::size_t kStreamsAPush = 10;
constexpr TimeNs kStart = 1'793'491'200'000'000'000;

double seconds_of(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}
double thread_seconds() {
    return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}
double process_seconds() {
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}
double wall_seconds() {
    return seconds_of(CLOCK_MONOTONIC);
}

double resident_mib() {
    std::ifstream in("/proc/self/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    in >> total >> resident;
    return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

std::vector<std::string> lines_of(int argc, char** argv) {
    std::vector<std::string> lines;
    for (int i = 2; i < argc; ++i) {
        std::ifstream in(argv[i], std::ios::binary);
        for (std::string line; std::getline(in, line);) lines.push_back(line);
    }
    std::mt19937_64 random(1);
    while (lines.size() < 20'000) {
        lines.push_back("level=info ts=" + std::to_string(random() % 100'000'000) +
                        " caller=request.go:57 method=GET path=/api/v1/items/" +
                        std::to_string(random() % 1000) +
                        " status=200 took=" + std::to_string(random() % 5000) + "us");
    }
    return lines;
}

StreamPtr stream_of(std::size_t number) {
    const std::string name = "application-" + std::to_string(number);
    return std::make_shared<const Stream>(
        Labels::from_pairs({{"app", name}, {"namespace", "default"}, {"service_name", name}}));
}

/// Makes pushes of kPushBytes; each has a fresh copy of its text, as one from the network has.
class Pushes {
public:
    explicit Pushes(std::vector<std::string> lines) : lines_(std::move(lines)) {
        for (std::size_t i = 0; i < kStreams; ++i) streams_.push_back(stream_of(i));
    }

    StreamBatch next() {
        static constexpr std::string_view kLevels[] = {"info", "warn", "error", "debug"};
        auto text = std::make_shared<std::string>();
        text->reserve(kPushBytes + 100'000);
        StreamBatch batch{TenantId::anonymous(), {}, {}, {}, {text}};
        for (std::size_t s = 0; s < kStreamsAPush; ++s) {
            const auto begin = static_cast<std::uint32_t>(batch.entries.size());
            const std::size_t end = kPushBytes / kStreamsAPush * (s + 1);
            // A stream's lines follow each other in its file.
            const std::size_t stream = (pushes_ * kStreamsAPush + s) % kStreams;
            std::size_t& at = cursors_[stream];
            if (at == 0) at = stream * lines_.size() / kStreams;
            while (text->size() < end) {
                const std::string& line = lines_[at++ % lines_.size()];
                EntryView entry;
                entry.time = time_ += 1'000'003;
                entry.line = {text->data() + text->size(), line.size()};
                text->append(line);
                entry.level = kLevels[at % 4];
                batch.entries.push_back(entry);
            }
            batch.streams.push_back(
                {streams_[stream], begin, static_cast<std::uint32_t>(batch.entries.size())});
        }
        ++pushes_;
        bytes_ += text->size();
        return batch;
    }
    std::uint64_t bytes() const { return bytes_; }

private:
    std::vector<std::string> lines_;
    std::vector<StreamPtr> streams_;
    std::vector<std::size_t> cursors_ = std::vector<std::size_t>(kStreams);
    std::size_t pushes_ = 0;
    TimeNs time_ = kStart;
    std::uint64_t bytes_ = 0;
};

struct Costs {
    double check = 0;
    double encode = 0;
    double frame = 0;
    double decode = 0;
    double apply = 0;
    double copy = 0;
};

void bench_hands(const std::vector<std::string>& lines) {
    MetricsRegistry metrics;
    StreamTable streams({kNanosPerHour, 10}, metrics);
    Limits limits;
    limits.per_stream_rate_limit = 1ULL << 40;
    limits.per_stream_rate_limit_burst = 1ULL << 40;
    auto ledger = std::make_shared<MemoryLedger>();
    WorkerPool workers({.threads = 2});
    Sealer sealer(workers, {}, *ledger, [] {}, {});
    auto memtable =
        std::make_shared<Memtable>(Memtable::Options{{"i", 1}, 256 * kKiB, {}}, sealer, ledger);
    Pushes pushes(lines);
    Costs costs;
    WalRecordDecoder decoder;
    Buffer buffer;
    std::string copy(2 * kPushBytes, '\0');
    std::uint64_t stored = 0;
    const auto timed = [](double& sum, const auto& work) {
        const double begin = thread_seconds();
        work();
        sum += thread_seconds() - begin;
    };
    const double process = process_seconds();
    for (int i = 0; i < 200; ++i) {
        StreamBatch batch = pushes.next();
        std::string_view payload;
        CheckOutcome outcome;
        timed(costs.copy,
              [&] { std::memcpy(copy.data(), batch.entries.front().line.data(), kPushBytes); });
        timed(costs.check, [&] {
            const ShardOrder order(batch);
            outcome = streams.of(batch.tenant).check(batch, order, limits, i);
        });
        timed(costs.encode, [&] { payload = encode_wal_record(batch, buffer).head; });
        timed(costs.frame, [&] { stored += storage::frame_record(payload).frame.size(); });
        timed(costs.decode, [&] {
            if (!decoder.decode(payload)) std::abort();
        });
        timed(costs.apply, [&] { memtable->append(batch); });
        sealer.wait_below(32 * kMiB);
    }
    sealer.wait_idle();
    const double others = process_seconds() - process - thread_seconds();
    const auto bytes = static_cast<double>(pushes.bytes());
    const auto print = [&](const char* what, double seconds) {
        std::printf("  %-28s %6.3f ns/byte\n", what, seconds * 1e9 / bytes);
    };
    std::printf("pushes of 1 MB in %zu streams, lines of %.0f bytes\n", kStreamsAPush,
                bytes / static_cast<double>(memtable->rows()));
    print("memcpy of the lines", costs.copy);
    print("check", costs.check);
    print("encode", costs.encode);
    print("frame (LZ4)", costs.frame);
    print("apply", costs.apply);
    print("seal (on the workers)", std::max(0.0, others));
    print("decode (replay)", costs.decode);
    std::printf("  log bytes / line bytes %.3f, memory / line bytes %.3f\n",
                static_cast<double>(stored) / bytes,
                static_cast<double>(memtable->memory_bytes()) / bytes);
}

/// An ingester on a real disk.
struct Server {
    explicit Server(const std::string& folder) : folder_(folder) {
        limits_.per_stream_rate_limit = 0;
        limits_.max_global_streams_per_user = 0;
    }
    void start() {
        options.wal_directory = folder_ + "/wal";
        auto& files = storage::posix_file_system();
        objects = must(storage::open_file_object_store(files, folder_ + "/objects"));
        catalog = must(storage::Catalog::open({.directory = folder_ + "/catalog"}, metrics));
        store = must(storage::Store::open(*objects, *catalog, {}, metrics));
        source = std::make_unique<FixedLimits>(limits_);
        ingester = must(Ingester::create(options, files, *store, *source, clock, workers, metrics));
    }
    void stop() {
        ingester.reset();
        store.reset();
        catalog.reset();
        objects.reset();
    }
    template <class T>
    static T must(Result<T> result) {
        if (result) return *std::move(result);
        std::printf("failed: %s\n", result.error().message.c_str());
        std::abort();
    }

    const std::string folder_;
    Limits limits_;
    Ingester::Options options;
    MetricsRegistry metrics;
    SystemClock clock;
    WorkerPool workers{{.threads = 2}};
    std::unique_ptr<FixedLimits> source;
    std::unique_ptr<storage::ObjectStore> objects;
    std::unique_ptr<storage::Catalog> catalog;
    std::unique_ptr<storage::Store> store;
    std::unique_ptr<Ingester> ingester;
};

/// One client: pushes until there is nothing left.
Task<> client(Ingester& ingester, std::function<std::optional<StreamBatch>()> next) {
    for (;;) {
        std::optional<StreamBatch> batch = next();
        if (!batch) co_return;
        Result<void> pushed = co_await ingester.push(*std::move(batch));
        if (!pushed) std::printf("push failed: %s\n", pushed.error().message.c_str());
    }
}

void push_all(Ingester& ingester, std::size_t clients, std::size_t pushes,
              const std::function<StreamBatch()>& make) {
    IoThreads io(1);
    TaskGroup group;
    std::size_t left = pushes;  // One I/O thread: no lock.
    for (std::size_t i = 0; i < clients; ++i) {
        group.spawn(io.next().get_executor(), client(ingester, [&]() -> std::optional<StreamBatch> {
                        if (left == 0) return std::nullopt;
                        --left;
                        return make();
                    }));
    }
    group.close();
}

void bench_server(const std::string& folder, const std::vector<std::string>& lines) {
    Server server(folder);
    server.options.wal_bytes_max = kGiB;  // One generation, so that all of it is replayed.
    server.options.memtable_bytes_max = kGiB;
    server.options.memory_budget = kGiB;
    server.start();
    Pushes pushes(lines);
    constexpr std::size_t kCount = 500;
    double making = 0;
    const double wall = wall_seconds();
    const double cpu = process_seconds();
    push_all(*server.ingester, 4, kCount, [&] {
        const double begin = thread_seconds();
        StreamBatch batch = pushes.next();
        making += thread_seconds() - begin;
        return batch;
    });
    const double pushed = wall_seconds() - wall;
    const auto totals = server.ingester->totals();
    const double gigabytes = static_cast<double>(pushes.bytes()) / 1e9;
    std::printf(
        "\n%zu pushes of 1 MB, 4 clients: %.2f s, %.2f CPU s/GB without making them; log %.0f MB, "
        "memtables %.0f MiB, resident %.0f MiB\n",
        kCount, pushed, (process_seconds() - cpu - making) / gigabytes,
        static_cast<double>(totals.wal_bytes) / 1e6,
        static_cast<double>(totals.memory_bytes) / (1 << 20), resident_mib());
    server.stop();

    const double replay_wall = wall_seconds();
    const double replay_cpu = process_seconds();
    server.start();
    std::printf("replay: ready after %.2f s (%.2f CPU s)\n", wall_seconds() - replay_wall,
                process_seconds() - replay_cpu);
    const double flush_wall = wall_seconds();
    if (!server.ingester->flush()) std::printf("flush failed\n");
    std::printf("flush: %.2f s, %.1f MB in %llu segments, resident %.0f MiB\n",
                wall_seconds() - flush_wall,
                static_cast<double>(server.store->totals().stored_bytes) / 1e6,
                static_cast<unsigned long long>(server.store->totals().segments), resident_mib());
}

void bench_small_streams(const std::string& folder) {
    constexpr std::size_t kCount = 100'000;
    constexpr std::size_t kLines = 3;
    constexpr std::size_t kAPush = 100;
    const std::string line(100, 'x');
    Server server(folder);
    server.start();
    const double before = resident_mib();
    std::size_t at = 0;
    const double cpu = process_seconds();
    push_all(*server.ingester, 4, kCount * kLines / kAPush, [&] {
        auto text = std::make_shared<std::string>(line);
        StreamBatch batch{TenantId::anonymous(), {}, {}, {}, {text}};
        for (std::uint32_t i = 0; i < kAPush; ++i, ++at) {
            EntryView entry;
            entry.time = kStart + static_cast<TimeNs>(at / kCount);
            entry.line = *text;
            entry.level = "info";
            batch.entries.push_back(entry);
            batch.streams.push_back({stream_of(at % kCount), i, i + 1});
        }
        return batch;
    });
    const auto totals = server.ingester->totals();
    const double used = (resident_mib() - before) * (1 << 20) / kCount;
    std::printf(
        "\n%zu streams with %zu lines of %zu bytes: %.0f bytes resident a stream beyond its lines "
        "(%.0f "
        "accounted), %.1f us CPU a line\n",
        kCount, kLines, line.size(), used - static_cast<double>(kLines * (line.size() + 1)),
        static_cast<double>(totals.memory_bytes) / kCount -
            static_cast<double>(kLines * (line.size() + 1)),
        (process_seconds() - cpu) * 1e6 / (kCount * kLines));
    const double flush_wall = wall_seconds();
    const double flush_cpu = process_seconds();
    if (!server.ingester->flush()) std::printf("flush failed\n");
    std::printf("flush: %.2f s, %.2f CPU s, %.1f MB stored, resident %.0f MiB\n",
                wall_seconds() - flush_wall, process_seconds() - flush_cpu,
                static_cast<double>(server.store->totals().stored_bytes) / 1e6, resident_mib());
}

}  // namespace
}  // namespace skald::write

int main(int argc, char** argv) {
    if (argc < 2) {
        std::printf("usage: ingester_bench FOLDER [FILE...]\n");
        return 2;
    }
    const std::string folder = std::string(argv[1]) + "/ingester-bench";
    std::filesystem::remove_all(folder);
    const std::vector<std::string> lines = skald::write::lines_of(argc, argv);
    skald::write::bench_small_streams(folder + "/small");
    skald::write::bench_hands(lines);
    skald::write::bench_server(folder + "/large", lines);
    std::filesystem::remove_all(folder);
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
//
// The write-ahead log on the real disk:
//
//     wal_bench FOLDER_FOR_THE_LOG [FOLDER_WITH_LOG_TEXT]
//
// Clients push, wait for the acknowledgement, and push again. For several sizes of a push and
// numbers of clients: pushes and bytes a second, syncs a second, the latency of a push against that
// of a sync, and CPU time a byte in framing (compression, checksums), in all the rest (the log's
// thread, and the waking of clients), and in replay.
// Bytes are those before compression.
#include <skald/foundation/base/hash.h>
#include <skald/foundation/runtime/guarded.h>
#include <skald/storage/wal/wal.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <ctime>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

namespace {

using namespace std::chrono;
using skald::storage::Wal;

double thread_cpu_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double process_cpu_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

std::string log_text(const char* folder) {
    std::string text;
    if (folder != nullptr) {
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            std::ifstream in(entry.path(), std::ios::binary);
            text.append(std::istreambuf_iterator<char>(in), {});
        }
    }
    for (std::uint64_t i = 0; text.size() < 4'000'000; ++i) {
        const std::uint64_t hash = skald::hash64(std::to_string(i));
        text += "ts=" + std::to_string(1'700'000'000'000 + i) +
                " level=info trace=" + std::to_string(hash) +
                " msg=\"request done\" status=" + std::to_string(200 + hash % 5) +
                " duration=" + std::to_string(hash % 997) + "ms\n";
    }
    return text;
}

/// `count` pushes of `bytes` from places spread over the text.
std::vector<std::string> make_pushes(const std::string& text, std::size_t bytes) {
    std::vector<std::string> pushes;
    for (std::size_t i = 0; i < 64; ++i) {
        const std::size_t begin = i * 7'654'321 % (text.size() - bytes);
        pushes.push_back(text.substr(begin, bytes));
    }
    return pushes;
}

double percentile(std::vector<double>& values, double share) {
    if (values.empty()) return 0;
    const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at),
                     values.end());
    return values[at];
}

struct Load {
    std::size_t clients;
    std::size_t push_bytes;
    std::size_t pushes;
};

/// Clients that may push, and what they saw.
struct Clients {
    std::deque<std::size_t> ready;
    std::size_t started = 0;
    std::size_t finished = 0;
    std::vector<double> milliseconds;
};

class Run {
public:
    Run(Wal& wal, const Load& load, const std::vector<std::string>& pushes)
        : wal_(wal), load_(load), pushes_(pushes) {
        for (std::size_t i = 0; i < load.clients; ++i) clients_.lock()->ready.push_back(i);
    }

    /// Two threads frame, as the server's would.
    void go() {
        std::jthread second([this] { push(); });
        push();
    }
    Clients result() { return *clients_.lock(); }
    double framing_seconds() { return *framing_.lock(); }

private:
    void push() {
        double framing = 0;
        while (true) {
            std::size_t client = 0;
            std::size_t number = 0;
            {
                auto clients = clients_.lock();
                while (clients->ready.empty() && clients->started < load_.pushes) {
                    woken_.wait(clients.lock());
                }
                if (clients->started == load_.pushes) break;
                client = clients->ready.front();
                clients->ready.pop_front();
                number = clients->started++;
            }
            const auto begin = steady_clock::now();
            const double cpu = thread_cpu_seconds();
            auto record = skald::storage::frame_record(pushes_[number % pushes_.size()]);
            framing += thread_cpu_seconds() - cpu;
            wal_.append(std::move(record), [this, client, begin](const auto& outcome) {
                if (!outcome) std::printf("failed: %s\n", outcome.error().message.c_str());
                finish(client, begin);
            });
        }
        woken_.notify_all();
        *framing_.lock() += framing;
        auto clients = clients_.lock();
        while (clients->finished < load_.pushes) woken_.wait(clients.lock());
    }

    void finish(std::size_t client, steady_clock::time_point begin) {
        auto clients = clients_.lock();
        clients->ready.push_back(client);
        clients->milliseconds.push_back(
            duration<double, std::milli>(steady_clock::now() - begin).count());
        ++clients->finished;
        if (clients->finished == load_.pushes) {
            woken_.notify_all();
        } else {
            woken_.notify_one();
        }
    }

    Wal& wal_;
    Load load_;
    const std::vector<std::string>& pushes_;
    skald::Guarded<Clients> clients_;
    skald::Guarded<double> framing_;
    std::condition_variable woken_;
};

/// The number behind a series in the Prometheus text.
double series(const skald::MetricsRegistry& metrics, const std::string& name) {
    const std::string text = metrics.exposition();
    const std::size_t at = text.find("\n" + name + " ");
    return at == std::string::npos ? 0 : std::stod(text.substr(at + name.size() + 2));
}

/// Ends the log and reads all of it back.
double replay_seconds(Wal& wal, const std::string& folder) {
    wal.stop();
    const double begin = thread_cpu_seconds();
    std::size_t bytes = 0;
    const auto report = skald::storage::replay_wal_file(
        skald::storage::posix_file_system(), folder, wal.current_generation(),
        [&](std::string_view payload) -> skald::Result<void> {
            bytes += payload.size();
            return {};
        });
    if (!report || bytes == 0) std::printf("replay failed\n");
    return thread_cpu_seconds() - begin;
}

int measure(const std::string& folder, const std::string& text, const Load& load) {
    skald::MetricsRegistry metrics;
    Wal::Options options;
    options.directory = folder;
    auto opened = Wal::open(skald::storage::posix_file_system(), options, {}, metrics);
    if (!opened) {
        std::fprintf(stderr, "%s\n", opened.error().message.c_str());
        return 1;
    }
    Wal& wal = **opened;
    const std::vector<std::string> pushes = make_pushes(text, load.push_bytes);
    Run run(wal, load, pushes);
    const double cpu = process_cpu_seconds();
    const auto begin = steady_clock::now();
    run.go();
    const double seconds = duration<double>(steady_clock::now() - begin).count();
    const double used = process_cpu_seconds() - cpu;
    Clients clients = run.result();
    const double bytes = static_cast<double>(load.pushes * load.push_bytes);
    const double syncs = series(metrics, "skald_wal_sync_duration_seconds_count");
    const double sync_ms = series(metrics, "skald_wal_sync_duration_seconds_sum") / syncs * 1e3;
    std::printf("%7zu %9zu %9.0f %8.0f %8.0f %8.2f %8.2f %8.2f %8.2f %9.3f %9.3f %6.2f %9.3f\n",
                load.clients, load.push_bytes, static_cast<double>(load.pushes) / seconds,
                bytes / seconds / 1e6, syncs / seconds, sync_ms,
                percentile(clients.milliseconds, 0.5), percentile(clients.milliseconds, 0.99),
                percentile(clients.milliseconds, 1.0), run.framing_seconds() / bytes * 1e9,
                (used - run.framing_seconds()) / bytes * 1e9,
                bytes / series(metrics, "skald_wal_bytes_written_total"),
                replay_seconds(wal, folder) / bytes * 1e9);
    std::fflush(stdout);
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2 || argc > 3) {
        std::fprintf(stderr, "usage: wal_bench FOLDER_FOR_THE_LOG [FOLDER_WITH_LOG_TEXT]\n");
        return 2;
    }
    const std::string text = log_text(argc > 2 ? argv[2] : nullptr);
    std::printf("%7s %9s %9s %8s %8s %8s %8s %8s %8s %9s %9s %6s %9s\n", "clients", "bytes",
                "pushes/s", "MB/s", "syncs/s", "sync ms", "p50 ms", "p99 ms", "max ms", "frame ns",
                "rest ns", "ratio", "replay ns");
    for (const Load& load : {Load{1, 1'000, 5'000}, Load{1, 10'000, 5'000}, Load{4, 100'000, 5'000},
                             Load{4, 1'000'000, 1'000}, Load{64, 10'000, 50'000},
                             Load{500, 10'000, 100'000}, Load{500, 100, 500'000}}) {
        if (const int failed = measure(std::string(argv[1]) + "/wal-bench", text, load))
            return failed;
    }
    return 0;
}

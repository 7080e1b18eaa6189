// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/faulty_file_system.h"

#include <skald/storage/wal/wal.h>

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace skald::storage {

inline constexpr const char* kWalFolder = "wal";

/// One registry for all tests: they compare differences.
inline MetricsRegistry& test_metrics() {
    static MetricsRegistry metrics;
    return metrics;
}

/// The value of an unlabelled series, 0 if it is not there.
inline double metric_value(const std::string& name) {
    const std::string text = "\n" + test_metrics().exposition();
    const std::size_t at = text.find("\n" + name + " ");
    return at == std::string::npos ? 0 : std::stod(text.substr(at + name.size() + 2));
}

/// So that the only syncs are those of records.
inline Wal::Options without_room() {
    Wal::Options options;
    options.room_bytes = 0;
    return options;
}

inline std::unique_ptr<Wal> open_wal(FileSystem& files, Wal::GenerationEnded ended = {},
                                     Wal::Options options = without_room()) {
    options.directory = kWalFolder;
    auto wal = Wal::open(files, std::move(options), std::move(ended), test_metrics());
    EXPECT_TRUE(wal) << (wal ? "" : wal.error().message);
    return wal ? *std::move(wal) : nullptr;
}

/// Appends and waits for the outcome.
inline Result<std::uint64_t> append_now(Wal& wal, std::string_view payload) {
    std::promise<Result<std::uint64_t>> promise;
    auto future = promise.get_future();
    wal.append(frame_record(payload),
               [&](Result<std::uint64_t> outcome) { promise.set_value(std::move(outcome)); });
    return future.get();
}

inline void rotate_now(Wal& wal) {
    std::promise<void> promise;
    auto future = promise.get_future();
    wal.rotate([&] { promise.set_value(); });
    future.wait();
}

struct Replayed {
    std::vector<std::pair<std::uint64_t, std::string>> records;  ///< Generation and payload.
    WalFileReport total;
};

/// All generations in order.
inline Replayed replay_all(FileSystem& files) {
    Replayed replayed;
    const auto generations = list_wal_generations(files, kWalFolder);
    EXPECT_TRUE(generations);
    for (const std::uint64_t generation : *generations) {
        const auto report = replay_wal_file(
            files, kWalFolder, generation, [&](std::string_view payload) -> Result<void> {
                replayed.records.emplace_back(generation, std::string(payload));
                return {};
            });
        EXPECT_TRUE(report) << (report ? "" : report.error().message);
        if (!report) continue;
        replayed.total.records += report->records;
        replayed.total.damaged_records += report->damaged_records;
        replayed.total.torn_bytes += report->torn_bytes;
    }
    return replayed;
}

}  // namespace skald::storage

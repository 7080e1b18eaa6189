// SPDX-License-Identifier: Apache-2.0
//
// Goal: snapshots that are taken while a thread appends are prefixes of what it appends. Worth most
// under the thread sanitizer.
#include "support/block_rows.h"
#include "support/result_assertions.h"

#include <skald/storage/block/open_block.h>

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace skald::storage {
namespace {

constexpr int kRows = 20'000;

Row row_at(int i, bool disorder) {
    const TimeNs time = disorder && i % 10 == 9 ? i - 5 : i;
    Row row{time,
            "line " + std::to_string(i),
            i % 7 == 0 ? "level-" + std::to_string(i % 21) : "info",
            {}};
    if (i % 3 == 0) row.metadata.emplace_back("pod", std::to_string(i % 100));
    return row;
}

/// Checks every column of one snapshot without building rows; returns how many there are.
std::size_t check_snapshot(const Block& block) {
    const auto rows = read_rows(block);
    EXPECT_OK(rows);
    if (!rows) return 0;
    expect_summary(block.summary(), summary_of(*rows));
    for (std::size_t i = 1; i < rows->size(); ++i) {
        EXPECT_LE((*rows)[i - 1].time, (*rows)[i].time);
    }
    return rows->size();
}

class ConcurrentSnapshots : public testing::TestWithParam<bool> {};

TEST_P(ConcurrentSnapshots, SeeAPrefixOfTheRows) {
    OpenBlock open;
    std::atomic<bool> done = false;
    const auto read = [&] {
        std::size_t last = 0;
        while (!done.load()) {
            const auto snapshot = open.snapshot();
            if (snapshot == nullptr) continue;
            const std::size_t rows = check_snapshot(*snapshot);
            EXPECT_GE(rows, last);
            last = rows;
            EXPECT_GT(open.memory_bytes(), open.raw_bytes() / 2);
        }
    };
    std::thread first(read);
    std::thread second(read);
    for (int i = 0; i < kRows; ++i) append(open, row_at(i, GetParam()));
    done = true;
    first.join();
    second.join();

    EXPECT_EQ(check_snapshot(*open.snapshot()), static_cast<std::size_t>(kRows));
}

INSTANTIATE_TEST_SUITE_P(OpenBlock, ConcurrentSnapshots, testing::Bool(),
                         [](const auto& test) { return test.param ? "disorder" : "order"; });

}  // namespace
}  // namespace skald::storage

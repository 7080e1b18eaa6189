// SPDX-License-Identifier: Apache-2.0
//
// Goal: a snapshot is the folder at one moment, whatever is written and removed meanwhile. Method:
// a thread that merges: for each of two hundred places in turn it makes the next file and then
// removes the one before, so that at each moment each place has one, and at most one place two.
#include "support/result_assertions.h"
#include "support/temporary_folder.h"

#include <skald/tools/snapshot.h>

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>

namespace skald::tools {
namespace {

namespace fs = std::filesystem;

void write_file(const fs::path& path) {
    std::ofstream(path) << path.filename().string();
}

std::set<std::string> names_in(const fs::path& folder) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder))
        names.insert(entry.path().filename().string());
    return names;
}

class SnapshotTest : public testing::Test {
protected:
    void SetUp() override {
        fs::create_directories(segments());
        fs::create_directories(chunks() / "deletes" / "t-a");
    }
    fs::path chunks() const { return fs::path(folder_ / "data") / "chunks"; }
    fs::path segments() const { return chunks() / "segments"; }
    SnapshotOptions options(const std::string& target) const {
        return {.folders = {.chunks = chunks().string(),
                            .wal = folder_ / "data/wal",
                            .catalog = folder_ / "data/catalog"},
                .target = folder_ / target,
                .flush = [] { return Result<void>(); }};
    }

    TemporaryFolder folder_;
};

TEST_F(SnapshotTest, IsTheFolderAtOneMomentWhileFilesComeAndGo) {
    constexpr int kPlaces = 200;
    const auto name = [](int place, int turn) {
        return std::to_string(place) + "-" + std::to_string(turn);
    };
    for (int place = 0; place < kPlaces; ++place) write_file(segments() / name(place, 0));
    std::atomic<int> turns = 0;
    std::thread merging([&] {
        for (int turn = 0; turn < 20; turns = ++turn) {
            for (int place = 0; place < kPlaces; ++place) {
                write_file(segments() / name(place, turn + 1));
                fs::remove(segments() / name(place, turn));
            }
        }
    });
    while (turns == 0) std::this_thread::yield();
    const Result<SnapshotReport> report = make_snapshot(options("copy"));
    merging.join();
    ASSERT_OK(report);
    const std::set<std::string> names = names_in(folder_ / "copy/chunks/segments");
    std::set<std::string> places;
    for (const std::string& each : names) places.insert(each.substr(0, each.find('-')));
    EXPECT_EQ(places.size(), std::size_t{kPlaces});
    EXPECT_LE(names.size(), std::size_t{kPlaces} + 1);
    EXPECT_EQ(report->segments, names.size());
}

TEST_F(SnapshotTest, AFailedFlushLeavesNothing) {
    write_file(segments() / "a");
    SnapshotOptions failing = options("copy");
    failing.flush = [] { return Result<void>(Error{ErrorCode::kUnavailable, "no"}); };
    EXPECT_FALSE(make_snapshot(failing));
    EXPECT_FALSE(fs::exists(folder_ / "copy"));
    EXPECT_FALSE(fs::exists(folder_ / "copy.unfinished"));
}

TEST_F(SnapshotTest, WhatAnInterruptedOneLeftIsNotInTheNext) {
    write_file(segments() / "a");
    fs::create_directories(folder_ / "copy.unfinished/chunks/segments");
    write_file(folder_ / "copy.unfinished/chunks/segments/gone");
    ASSERT_OK(make_snapshot(options("copy")));
    EXPECT_EQ(names_in(folder_ / "copy/chunks/segments"), std::set<std::string>{"a"});
    EXPECT_FALSE(make_snapshot(options("copy")));
}

TEST_F(SnapshotTest, AReplacedDeleteRequestStaysAsItWas) {
    const fs::path request = chunks() / "deletes" / "t-a" / "00000001.del";
    write_file(request);
    ASSERT_OK(make_snapshot(options("copy")));
    write_file(request.string() + ".new");
    fs::rename(request.string() + ".new", request);
    std::ifstream copy(folder_ / "copy/chunks/deletes/t-a/00000001.del");
    std::string text;
    copy >> text;
    EXPECT_EQ(text, "00000001.del");
}

}  // namespace
}  // namespace skald::tools

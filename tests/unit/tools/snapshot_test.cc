// SPDX-License-Identifier: Apache-2.0
//
// Goal: a snapshot is the folder at one moment, whatever is written and removed meanwhile. Method:
// a thread that merges: it makes file n + 1 and then removes file n, so that at each moment one or
// two neighbours are there.
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
    std::atomic<bool> stop = false;
    std::atomic<int> made = 0;
    for (int i = 1000; i < 1040; ++i) write_file(segments() / ("old" + std::to_string(i)));
    write_file(segments() / "0");
    std::thread merging([&] {
        for (int i = 0; !stop; ++i) {
            write_file(segments() / std::to_string(i + 1));
            fs::remove(segments() / std::to_string(i));
            made = i;
            std::this_thread::yield();
        }
    });
    while (made < 10) std::this_thread::yield();
    const Result<SnapshotReport> report = make_snapshot(options("copy"));
    stop = true;
    merging.join();
    // A folder that changes at every look may be too fast; then nothing is there.
    if (!report) {
        EXPECT_FALSE(fs::exists(folder_ / "copy"));
        return;
    }
    std::set<std::string> names = names_in(folder_ / "copy/chunks/segments");
    std::erase_if(names, [](const std::string& name) { return name.starts_with("old"); });
    ASSERT_GE(names.size(), 1U);
    ASSERT_LE(names.size(), 2U);
    EXPECT_EQ(report->segments, 40 + names.size());
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

// SPDX-License-Identifier: Apache-2.0
//
// Goal: the disk that other tests crash on loses what it says it may lose, and nothing else.
// Method: each claim over many seeds; what is safe survives all of them, what is not is lost by
// some and kept by some.
#include "support/faulty_file_system.h"

#include "support/result_assertions.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string>

namespace skald::storage {
namespace {

using Operation = FaultyFileSystem::Operation;
constexpr std::uint64_t kSeeds = 300;
constexpr const char* kMissing = "(missing)";

std::unique_ptr<WritableFile> must_create(FileSystem& files, const std::string& path) {
    auto file = files.create(path);
    EXPECT_OK(file);
    return *std::move(file);
}

std::string content_of(FileSystem& files, const std::string& path) {
    const auto bytes = files.read_all(path);
    return bytes ? std::string(bytes->view()) : kMissing;
}

/// What `path` may hold after `prepare` and a power loss.
std::set<std::string> outcomes(const std::string& path,
                               const std::function<void(FaultyFileSystem&)>& prepare) {
    std::set<std::string> seen;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        FaultyFileSystem files(seed);
        prepare(files);
        files.restart();
        seen.insert(content_of(files, path));
    }
    return seen;
}

TEST(FaultyFileSystem, KeepsWhatWasSyncedInASyncedFolder) {
    const auto seen = outcomes("d/a", [](FaultyFileSystem& files) {
        ASSERT_OK(make_durable_directories(files, "d"));
        auto file = must_create(files, "d/a");
        ASSERT_OK(file->append("hello"));
        ASSERT_OK(file->sync());
        ASSERT_OK(files.sync_directory("d"));
    });
    EXPECT_EQ(seen, std::set<std::string>{"hello"});
}

TEST(FaultyFileSystem, MayLoseAFileWhoseFolderWasNotSynced) {
    const auto seen = outcomes("a", [](FaultyFileSystem& files) {
        auto file = must_create(files, "a");
        ASSERT_OK(file->append("hello"));
        ASSERT_OK(file->sync());
    });
    EXPECT_EQ(seen, (std::set<std::string>{"hello", kMissing}));
}

TEST(FaultyFileSystem, MayLoseAFolderWithAllThatWasSyncedInIt) {
    const auto seen = outcomes("d/a", [](FaultyFileSystem& files) {
        ASSERT_OK(files.make_directories("d"));
        auto file = must_create(files, "d/a");
        ASSERT_OK(file->append("hello"));
        ASSERT_OK(file->sync());
        ASSERT_OK(files.sync_directory("d"));
    });
    EXPECT_EQ(seen, (std::set<std::string>{"hello", kMissing}));
}

TEST(FaultyFileSystem, TearsWhatWasNotSyncedAnywhere) {
    const auto seen = outcomes("a", [](FaultyFileSystem& files) {
        files.put("a", "safe ");
        auto file = files.open_append("a");
        ASSERT_OK(file);
        ASSERT_OK((*file)->append(std::string(2000, 'x')));
    });
    EXPECT_GT(seen.size(), kSeeds / 2);
    for (const std::string& content : seen) EXPECT_TRUE(content.starts_with("safe ")) << content;
    EXPECT_TRUE(std::ranges::any_of(seen, [](const std::string& content) {
        return content.find('\0') != std::string::npos && content.back() == 'x';
    })) << "a page in the middle should be lost by some";
}

TEST(FaultyFileSystem, MayUndoATruncationThatWasNotSynced) {
    const auto cut = [](FaultyFileSystem& files) {
        files.put("a", "0123456789");
        auto file = files.open_append("a");
        ASSERT_OK(file);
        ASSERT_OK((*file)->truncate(4));
    };
    EXPECT_EQ(outcomes("a", cut), (std::set<std::string>{"0123", "0123456789"}));

    const auto seen = outcomes("a", [&](FaultyFileSystem& files) {
        cut(files);
        auto file = files.open_append("a");
        ASSERT_OK((*file)->sync());
    });
    EXPECT_EQ(seen, std::set<std::string>{"0123"});
}

TEST(FaultyFileSystem, ForgetsForGoodWhatAFailedSyncShouldHaveSaved) {
    const auto seen = outcomes("a", [](FaultyFileSystem& files) {
        files.put("a", "");
        auto file = files.open_append("a");
        ASSERT_OK(file);
        ASSERT_OK((*file)->append("lost?"));
        files.fail_next(Operation::kSync, Error{ErrorCode::kIo, "no"});
        EXPECT_FALSE((*file)->sync());
        EXPECT_EQ(content_of(files, "a"), "lost?");
        ASSERT_OK((*file)->sync());
    });
    EXPECT_GT(seen.size(), 2u);
    EXPECT_TRUE(seen.contains("lost?"));
}

TEST(FaultyFileSystem, MakesARenameSafeWithItsFolder) {
    const auto prepare = [](FaultyFileSystem& files) {
        files.put("d/old", "x");
        ASSERT_OK(files.rename("d/old", "d/new"));
    };
    EXPECT_EQ(outcomes("d/new", prepare), (std::set<std::string>{"x", kMissing}));
    EXPECT_EQ(outcomes("d/old", prepare), (std::set<std::string>{"x", kMissing}));

    const auto synced = [&](FaultyFileSystem& files) {
        prepare(files);
        ASSERT_OK(files.sync_directory("d"));
    };
    EXPECT_EQ(outcomes("d/new", synced), std::set<std::string>{"x"});
    EXPECT_EQ(outcomes("d/old", synced), std::set<std::string>{kMissing});
}

TEST(FaultyFileSystem, NeverLosesAFileBetweenTwoFolders) {
    for (const std::string synced : {"from", "to", ""}) {
        for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
            FaultyFileSystem files(seed);
            files.put("from/a", "x");
            files.put("to/other", "");
            ASSERT_OK(files.rename("from/a", "to/a"));
            if (!synced.empty()) ASSERT_OK(files.sync_directory(synced));
            files.restart();

            const std::set<std::string> both{content_of(files, "from/a"),
                                             content_of(files, "to/a")};
            EXPECT_TRUE(both.contains("x"));
            if (synced == "to") EXPECT_EQ(content_of(files, "to/a"), "x");
        }
    }
}

TEST(FaultyFileSystem, MayBringARemovedFileBack) {
    const auto prepare = [](FaultyFileSystem& files) {
        files.put("d/a", "x");
        ASSERT_OK(files.remove("d/a"));
        EXPECT_EQ(content_of(files, "d/a"), kMissing);
    };
    EXPECT_EQ(outcomes("d/a", prepare), (std::set<std::string>{"x", kMissing}));
}

TEST(FaultyFileSystem, LosesNothingThatWasWrittenWhenOnlyTheProcessDies) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        FaultyFileSystem files(seed);
        auto file = must_create(files, "a");
        ASSERT_OK(file->append("x"));
        files.restart(FaultyFileSystem::Loss::kProcess);
        EXPECT_EQ(content_of(files, "a"), "x");
    }
}

TEST(FaultyFileSystem, FailsEverythingFromTheCrashToTheRestart) {
    FaultyFileSystem files;
    auto file = must_create(files, "a");
    ASSERT_OK(file->append("1"));
    EXPECT_EQ(files.operations(), 2u);

    files.crash_after(1);
    ASSERT_OK(file->append("2"));
    EXPECT_FALSE(file->append("3"));
    EXPECT_TRUE(files.crashed());
    EXPECT_FALSE(file->sync());
    EXPECT_FALSE(files.exists("a"));
    EXPECT_FALSE(files.create("b"));

    files.restart();
    EXPECT_OK(files.create("b"));
    EXPECT_FALSE(file->append("4")) << "a handle of the dead process";
}

TEST(FaultyFileSystem, FailsAsOftenAsItWasAskedTo) {
    FaultyFileSystem files;
    files.fail_next(Operation::kCreate, Error{ErrorCode::kIo, "no"}, 2, 1);

    EXPECT_OK(files.create("a"));
    EXPECT_FALSE(files.create("b"));
    const auto failed = files.create("b");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().message, "no: b");
    EXPECT_EQ(content_of(files, "b"), kMissing);
    EXPECT_OK(files.create("b"));
}

TEST(FaultyFileSystem, CutsAnAppendShortWhenTheDiskIsFull) {
    FaultyFileSystem files;
    files.set_capacity(10);
    auto file = must_create(files, "a");
    ASSERT_OK(file->append("12345678"));

    const auto outcome = file->append("abc");

    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(content_of(files, "a"), "12345678ab");
    EXPECT_EQ(files.space("")->free_bytes, 0u);

    ASSERT_OK(file->truncate(4));
    EXPECT_EQ(files.used_bytes(), 4u);
    ASSERT_OK(file->append("abc"));
    ASSERT_OK(files.remove("a"));
    EXPECT_EQ(files.used_bytes(), 0u);
}

TEST(FaultyFileSystem, ListsOneFolderInNameOrder) {
    FaultyFileSystem files;
    files.put("d/b", "12");
    files.put("d/a/x", "");
    files.put("d-e", "");

    const auto entries = files.list("d");
    ASSERT_OK(entries);
    ASSERT_EQ(entries->size(), 2u);
    EXPECT_EQ((*entries)[0].name, "a");
    EXPECT_TRUE((*entries)[0].is_directory);
    EXPECT_EQ((*entries)[1].name, "b");
    EXPECT_EQ((*entries)[1].size, 2u);

    const auto top = files.list(".");
    ASSERT_OK(top);
    ASSERT_EQ(top->size(), 2u);
    EXPECT_EQ((*top)[0].name, "d");
    EXPECT_EQ(files.list("nowhere").error().code, ErrorCode::kNotFound);
}

TEST(FaultyFileSystem, DamagesOneByte) {
    FaultyFileSystem files;
    files.put("a", "abc");
    EXPECT_TRUE(files.damage("a", 1, 1));
    EXPECT_EQ(content_of(files, "a"), "acc");
    EXPECT_FALSE(files.damage("a", 3, 1));
}

TEST(MakeDurableDirectories, SurvivesAPowerLossEvenIfAKilledProcessMadeThem) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        FaultyFileSystem files(seed);
        files.crash_after(seed % 5);
        static_cast<void>(make_durable_directories(files, "a/b/c"));
        files.restart(FaultyFileSystem::Loss::kProcess);

        ASSERT_OK(make_durable_directories(files, "a/b/c"));
        files.restart();
        EXPECT_TRUE(*files.exists("a/b/c"));
    }
}

}  // namespace
}  // namespace skald::storage
